// SPDX-License-Identifier: Apache-2.0
// The large picture: what camera it is, whether it lives, and the last image greyed with its age when it does not.

import { since, stamp } from "./age.js";
import { find, say } from "./dom.js";
import * as words from "./words.js";

/** Seconds after which a picture that should move is old; and after which a still is, of which a thin link carries one
 *  every two seconds. Two pauses of `SPACED` one after the other tell them from a film that stumbled. */
const STALE = 2;
const STALE_STILL = 6;
const SPACED = 1;

const PHASES = {
  opening: "la caméra s’ouvre",
  absent: "caméra débranchée",
  stuck: "la caméra n’envoie plus d’image",
  black: "image noire : objectif couvert ?",
};

/** Owns the stage. `tick(view, dead)` is called several times a second; `onFrame(metadata)` at each picture that is shown
 *  (undefined where the browser tells nothing of it), `onHold` when the last one is kept. */
export class Picture {
  #onFrame;
  #onHold;
  #video = find("remote");
  #last = find("last-image");
  #at = null;
  #pauses = [0, 0];
  #over = null;

  constructor(onFrame = () => {}, onHold = () => {}) {
    this.#onFrame = onFrame;
    this.#onHold = onHold;
  }

  /** A new peer connection's stream; what stood there stays, greyed, until its first frame. */
  show(stream) {
    if (this.#video.srcObject !== stream) {
      this.#video.srcObject = stream;
      this.#watch(stream); // once, though it comes again with each of its tracks: a picture counts once
    }
    find("voice").srcObject = stream;
    this.sound();
  }

  /** Start the sound; a browser that refuses gets a button. */
  sound() {
    find("voice").play().then(() => { find("sound").hidden = true; }, (error) => {
      if (error.name === "NotAllowedError") find("sound").hidden = false;
    });
  }

  /** Keep the last image of this stream, greyed: its peer connection is about to be closed. */
  hold() {
    const stream = this.#video.srcObject;
    if (stream === null || stream === this.#over || !this.#video.videoWidth || this.#at === null) return;
    this.#over = stream; // a browser shows one more, black, frame when its tracks end
    this.#last.width = this.#video.videoWidth;
    this.#last.height = this.#video.videoHeight;
    this.#last.getContext("2d").drawImage(this.#video, 0, 0);
    this.#last.hidden = false;
    this.#onHold();
  }

  /** Forget every image. */
  clear() {
    this.#at = null;
    this.#pauses = [0, 0];
    this.#over = null;
    this.#last.hidden = true;
    this.#video.srcObject = null;
    find("voice").srcObject = null;
  }

  /** Seconds since the last frame, or null before the first. */
  get age() {
    return this.#at === null ? null : since(this.#at);
  }

  /** Say what is seen. */
  tick(view, dead) {
    const camera = view?.cameras.find((each) => each.id === view.camera);
    const off = view !== null && !view.camera_on;
    const spaced = this.#pauses.every((pause) => pause > SPACED);
    const stale = this.age !== null && (dead || this.age > (spaced ? STALE_STILL : STALE)) && !off;
    const alive = view?.frozen ? "frozen" : spaced ? "still" : "live";
    const picture = off || this.age === null ? "none" : stale ? "stale" : alive;
    find("stage").dataset.picture = picture;
    find("no-image").hidden = picture !== "none";
    say(find("no-image"), off ? "Image coupée par l’équipe auprès du patient" : "En attente de l’image…");
    find("caption").hidden = !camera && picture === "none";
    say(find("caption-camera"), camera?.label ?? "Caméra");
    say(find("caption-state"), ` · ${this.#state(picture, camera)}`);
  }

  #state(picture, camera) {
    if (picture === "stale") return `image d’il y a ${words.age(this.age)}`;
    if (camera && PHASES[camera.phase]) return PHASES[camera.phase];
    if (picture === "still") return `image fixe d’il y a ${words.age(this.age)}`;
    return { none: "pas d’image", frozen: "figé", live: "en direct" }[picture];
  }

  #watch(stream) {
    const video = this.#video;
    const frame = (_, metadata) => {
      if (video.srcObject !== stream || stream === this.#over) return;
      this.#pauses = [this.#pauses[1], this.age ?? 0];
      this.#at = stamp();
      this.#onFrame(metadata);
      video.dataset.frames = String(Number(video.dataset.frames ?? 0) + 1);
      this.#last.hidden = true;
      next();
    };
    const next = () => {
      if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(frame);
      else video.addEventListener("timeupdate", frame, { once: true });
    };
    next();
  }
}
