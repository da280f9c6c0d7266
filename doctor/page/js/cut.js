// SPDX-License-Identifier: Apache-2.0
// Which part of the camera's picture each picture has that is shown: its RTP time stamp tells, the cart numbers the parts.

import { WHOLE } from "./region.js";

const MARKS = 16;

/** `tell(zoom)` at what the cart says, `show(metadata)` at each picture; `part` is what the picture on the screen has. */
export class Cut {
  #parts = new Map();
  #newest = null;
  #mark = null;
  #asked = null;

  part = WHOLE;

  /** The newest that the cart told: {number, region, by}; null while it has told none. */
  get newest() {
    return this.#newest;
  }

  /** What was asked for, until the cart has told its number: a picture may come before it. Null: nothing. */
  expect(region) {
    this.#asked = region;
  }

  /** Another peer connection, of a cart that may have begun to count again. */
  renew() {
    this.#parts.clear();
    this.#asked = null;
  }

  /** The cart's word. */
  tell(zoom) {
    this.#newest = zoom;
    this.#asked = null;
    this.#parts.set(zoom.number % MARKS, zoom.region);
    for (let ahead = 1; ahead <= MARKS / 2; ahead += 1) this.#parts.delete((zoom.number + ahead) % MARKS);
    this.#settle();
  }

  /** A picture is shown; a browser that does not tell its time stamp is shown what the cart told last. */
  show(metadata) {
    this.#mark = metadata?.rtpTimestamp === undefined ? null : metadata.rtpTimestamp % MARKS;
    this.#settle();
  }

  #settle() {
    if (this.#newest === null) return;
    if (this.#mark === null) this.part = this.#newest.region;
    else this.part = this.#parts.get(this.#mark) ?? this.#asked ?? this.part;
  }
}
