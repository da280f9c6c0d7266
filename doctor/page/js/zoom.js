// SPDX-License-Identifier: Apache-2.0
// Zoom and pan of the large picture, in this page alone: what the cart sends and captures stays the sensor's full frame.

import { announce, find, say } from "./dom.js";
import { number } from "./words.js";

const MOST = 8;
const STEP = 1.25;
const PUSH = 0.1;
const WHOLE = { scale: 1, x: 0, y: 0 };

/** `factor` times larger around a point of a stage of `width` × `height`; all in CSS pixels. */
export function zoomed({ scale, x, y }, factor, at, size) {
  const next = Math.min(MOST, Math.max(1, scale * factor));
  const grown = next / scale;
  return kept({ scale: next, x: at.x - (at.x - x) * grown, y: at.y - (at.y - y) * grown }, size);
}

/** Moved by `dx`, `dy`. */
export function moved({ scale, x, y }, dx, dy, size) {
  return kept({ scale, x: x + dx, y: y + dy }, size);
}

function kept({ scale, x, y }, { width, height }) {
  const within = (value, length) => Math.min(0, Math.max(length * (1 - scale), value));
  return { scale, x: within(x, width), y: within(y, height) };
}

/** Wheel, two fingers, drag, double click, keys and buttons. */
export class Zoom {
  #stage = find("stage");
  #pictures = [find("remote"), find("last-image")];
  #now = WHOLE;
  #fingers = new Map();
  #camera = null;

  constructor() {
    const stage = this.#stage;
    find("zoom-in").addEventListener("click", () => this.#by(STEP * STEP));
    find("zoom-out").addEventListener("click", () => this.#by(1 / (STEP * STEP)));
    find("zoom-whole").addEventListener("click", () => this.reset());
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    stage.addEventListener("dblclick", (event) => { if (this.#ours(event)) this.reset(); });
    stage.addEventListener("keydown", (event) => this.#key(event));
    stage.addEventListener("pointerdown", (event) => this.#down(event));
    stage.addEventListener("pointermove", (event) => this.#move(event));
    for (const type of ["pointerup", "pointercancel"]) stage.addEventListener(type, (event) => this.#fingers.delete(event.pointerId));
    new ResizeObserver(() => this.#show(moved(this.#now, 0, 0, this.#size))).observe(stage);
    this.#show(WHOLE);
  }

  /** Another camera is seen whole. */
  update(view) {
    const camera = view?.camera ?? null;
    if (camera !== this.#camera) this.reset();
    this.#camera = camera;
  }

  /** The whole picture. */
  reset() {
    if (this.#now.scale > 1) this.#tell(WHOLE);
  }

  get #size() {
    return { width: this.#stage.clientWidth, height: this.#stage.clientHeight };
  }

  #ours({ target }) {
    return target === this.#stage || this.#pictures.includes(target);
  }

  #by(factor) {
    const { width, height } = this.#size;
    this.#tell(zoomed(this.#now, factor, { x: width / 2, y: height / 2 }, { width, height }));
  }

  #wheel(event) {
    if (!this.#ours(event) || event.deltaY === 0) return;
    event.preventDefault();
    this.#show(zoomed(this.#now, event.deltaY < 0 ? STEP : 1 / STEP, this.#point(event), this.#size));
  }

  #key(event) {
    if (event.target !== this.#stage || event.ctrlKey || event.metaKey || event.altKey) return;
    const { width, height } = this.#size;
    const push = (dx, dy) => this.#show(moved(this.#now, dx * PUSH * width, dy * PUSH * height, { width, height }));
    const keys = {
      "+": () => this.#by(STEP), "=": () => this.#by(STEP), "-": () => this.#by(1 / STEP), "0": () => this.reset(),
      ArrowLeft: () => push(1, 0), ArrowRight: () => push(-1, 0), ArrowUp: () => push(0, 1), ArrowDown: () => push(0, -1),
    };
    if (!(event.key in keys)) return;
    event.preventDefault();
    keys[event.key]();
  }

  #down(event) {
    if (!this.#ours(event) || event.button !== 0) return;
    this.#fingers.set(event.pointerId, this.#point(event));
    if (this.#now.scale > 1 || this.#fingers.size > 1) this.#stage.setPointerCapture(event.pointerId);
  }

  #move(event) {
    const before = this.#fingers.get(event.pointerId);
    if (!before) return;
    const now = this.#point(event);
    const other = [...this.#fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.#fingers.set(event.pointerId, now);
    if (other) {
      const factor = apart(now, other) / Math.max(1, apart(before, other));
      this.#show(zoomed(this.#now, factor, { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 }, this.#size));
    } else {
      this.#show(moved(this.#now, now.x - before.x, now.y - before.y, this.#size));
    }
  }

  #point({ clientX, clientY }) {
    const box = this.#stage.getBoundingClientRect();
    return { x: clientX - box.left, y: clientY - box.top };
  }

  /** Show, and say it to a screen reader: for a button or a key, not for each step of a wheel. */
  #tell(next) {
    this.#show(next);
    announce(next.scale > 1 ? `Zoom ${number(next.scale, 1)} fois` : "Image entière");
  }

  #show(next) {
    this.#now = next;
    const { scale, x, y } = next;
    for (const picture of this.#pictures) picture.style.transform = scale > 1 ? `translate(${x}px, ${y}px) scale(${scale})` : "";
    this.#stage.dataset.zoom = scale > 1 ? "near" : "whole";
    say(find("zoom-whole"), `${number(scale, 1)}×`);
    find("zoom-whole").setAttribute("aria-label", scale > 1 ? `Zoom ${number(scale, 1)} fois, revenir à l’image entière` : "Image entière");
    find("zoom-out").disabled = find("zoom-whole").disabled = scale <= 1;
    find("zoom-in").disabled = scale >= MOST;
  }
}

function apart(one, two) {
  return Math.hypot(one.x - two.x, one.y - two.y);
}
