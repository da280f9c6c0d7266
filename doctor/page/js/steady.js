// SPDX-License-Identifier: Apache-2.0
// While the cart goes over to another part of the picture, each picture is painted here, over the video: a browser may put a
// video's picture on the glass before the page can place it, but a canvas and its place always come together.

import { find } from "./dom.js";

const MORE = 3;
const LONGEST = 2000;

/** `begin` when another part is to come, `paint(settled)` at each picture; it ends a few pictures after they settled. */
export class Steady {
  #canvas = find("steady");
  #video = find("remote");
  #left = 0;
  #timer = 0;

  get canvas() {
    return this.#canvas;
  }

  /** Cover the video, for two seconds at most. */
  begin() {
    if (!this.#video.videoWidth) return;
    this.#left = MORE;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), LONGEST);
    this.#copy();
    this.#canvas.hidden = false;
  }

  /** A picture came; `settled`: it has the part that was last told. */
  paint(settled) {
    if (this.#canvas.hidden) return;
    this.#left = settled ? this.#left - 1 : MORE;
    if (this.#left < 0) this.end();
    else this.#copy();
  }

  /** Show the video itself. */
  end() {
    clearTimeout(this.#timer);
    this.#canvas.hidden = true;
  }

  #copy() {
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    this.#canvas.getContext("2d").drawImage(this.#video, 0, 0);
  }
}
