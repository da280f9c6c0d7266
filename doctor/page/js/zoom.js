// SPDX-License-Identifier: Apache-2.0
// Zoom and pan of the large picture: at once by CSS, and when the hand rests by the cart, which then sends that part of the
// camera's full frame. What it captures stays the full frame.

import { Cut } from "./cut.js";
import { announce, find, say, toast } from "./dom.js";
import { MOST, WHOLE as ALL, frame, holds, residual, seen, showing, suits } from "./region.js";
import { Steady } from "./steady.js";
import { number } from "./words.js";

const REST = 150;
const SOONER = 450;
const SETTLE = 700;
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

/** Wheel, two fingers, drag, double click, keys and buttons. `command(command)` resolves to {ok, line}. */
export class Zoom {
  #command;
  #stage = find("stage");
  #video = find("remote");
  #last = find("last-image");
  #pictures = [this.#video, this.#last];
  #now = WHOLE;
  #fingers = new Map();
  #camera = null;
  #cut = new Cut();
  #steady = new Steady();
  #old = ALL;
  #resting = 0;
  #settling = 0;
  #wish = null;
  #sent = -Infinity;
  #dead = true;
  #renewed = false;
  #unsent = false;

  constructor(command) {
    this.#command = command;
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
    new ResizeObserver(() => {
      this.#show(moved(this.#now, 0, 0, this.#size));
      if (this.#now.scale > 1) this.#later();
    }).observe(stage);
    this.#video.addEventListener("resize", () => this.#draw());
    this.#draw();
  }

  /** The cart says which part it sends (an older cart never does); one that another doctor wished is followed. */
  tell(zoom) {
    const before = this.#cut.newest;
    const renewed = this.#renewed;
    if (!zoom || (before !== null && !renewed && before.number >= zoom.number)) return;
    this.#renewed = false;
    if (before !== null) this.#steady.begin();
    this.#cut.tell(zoom);
    if (before !== null && renewed && before.number === zoom.number && near(before.region, zoom.region)) return;
    const ours = this.#wish !== null && near(this.#wish, zoom.region);
    if (ours) this.#wish = null;
    if (ours || this.#busy) this.#draw();
    else this.#follow(before !== null);
  }

  /** Another peer connection: what it tells first counts, whatever its number. */
  renew() {
    this.#renewed = true;
    this.#cut.renew();
  }

  /** A picture is shown; `metadata` is its frame callback's. */
  frame(metadata) {
    const before = this.#cut.part;
    this.#cut.show(metadata);
    this.#steady.paint(this.#wish === null && this.#cut.part === this.#cut.newest?.region);
    if (this.#cut.part !== before) this.#draw();
  }

  /** The picture on the screen is kept as the last one. */
  hold() {
    this.#old = this.#cut.part;
    this.#steady.end();
    this.#draw();
  }

  /** Another camera is seen whole; what was wished while the cart was not heard is asked for once it is. */
  update(view, dead) {
    const camera = view?.camera ?? null;
    this.#dead = dead;
    if (camera !== this.#camera && this.#camera !== null) {
      if (camera === null) this.#forget();
      else this.reset();
    }
    this.#camera = camera;
    if (this.#unsent && !dead) this.#later();
  }

  /** The whole picture. */
  reset() {
    if (this.#now.scale > 1) this.#tell(WHOLE);
  }

  /** The consultation is over: nothing of it is asked of the next one. */
  #forget() {
    for (const timer of [this.#resting, this.#settling]) clearTimeout(timer);
    this.#resting = 0;
    this.#wish = null;
    this.#unsent = false;
    this.#cut = new Cut();
    this.#now = WHOLE;
    this.#old = ALL;
    this.#draw();
  }

  get #size() {
    return { width: this.#stage.clientWidth, height: this.#stage.clientHeight };
  }

  get #laid() {
    return frame({ width: this.#video.videoWidth, height: this.#video.videoHeight }, this.#size);
  }

  /** Whether the hand moves, or a wish is under way: then nobody else's is followed. */
  get #busy() {
    return this.#resting !== 0 || this.#wish !== null;
  }

  #follow(say) {
    const { region, by } = this.#cut.newest;
    this.#now = showing(region, this.#laid);
    this.#draw();
    if (say && by) toast(`Image agrandie par ${by}`);
  }

  /** Ask the cart once the hand rests, or sooner when the hand leaves what it sends. */
  #later() {
    this.#unsent = false;
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => this.#ask(), REST);
    if (performance.now() - this.#sent > SOONER && !holds(this.#cut.part, this.#wanted)) this.#ask();
  }

  get #wanted() {
    return seen(this.#now, this.#laid, this.#size);
  }

  async #ask() {
    clearTimeout(this.#resting);
    this.#resting = 0;
    this.#unsent = this.#dead && this.#cut.newest !== null;
    const { newest } = this.#cut;
    const wanted = this.#wanted;
    if (this.#dead || newest === null || suits(this.#wish ?? newest.region, wanted)) return;
    this.#wish = wanted;
    this.#sent = performance.now();
    this.#cut.expect(wanted);
    this.#steady.begin();
    const { x, y, width } = wanted;
    const { ok, line } = await this.#command({ command: "zoom-picture", x, y, width });
    if (this.#wish !== wanted) return;
    if (!ok) {
      this.#wish = null;
      this.#cut.expect(null);
      this.#unsent = this.#dead;
      if (line && !this.#dead) toast(line);
      return;
    }
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.#settle(wanted), SETTLE);
  }

  /** The cart took the wish and then told of another part only: that is somebody's later one. */
  #settle(wanted) {
    if (this.#wish !== wanted) return;
    this.#wish = null;
    if (this.#resting === 0 && !near(wanted, this.#cut.newest.region)) this.#follow(true);
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
    const changed = next.scale !== this.#now.scale || next.x !== this.#now.x || next.y !== this.#now.y;
    this.#now = next;
    this.#draw();
    if (changed) this.#later();
  }

  #draw() {
    const { scale } = this.#now;
    this.#place(this.#video, this.#cut.part, this.#laid);
    this.#place(this.#steady.canvas, this.#cut.part, this.#laid);
    this.#place(this.#last, this.#old, frame(this.#last, this.#size));
    this.#stage.dataset.zoom = scale > 1 ? "near" : "whole";
    say(find("zoom-whole"), `${number(scale, 1)}×`);
    find("zoom-whole").setAttribute("aria-label", scale > 1 ? `Zoom ${number(scale, 1)} fois, revenir à l’image entière` : "Image entière");
    find("zoom-out").disabled = find("zoom-whole").disabled = scale <= 1;
    find("zoom-in").disabled = scale >= MOST;
  }

  #place(picture, part, laid) {
    const { x, y, across, down } = residual(this.#now, part, laid);
    const still = Math.max(Math.abs(x), Math.abs(y)) < 0.01 && Math.max(Math.abs(across - 1), Math.abs(down - 1)) < 1e-5;
    const times = across === down ? across : `${across}, ${down}`;
    picture.style.transform = still ? "" : `translate(${x}px, ${y}px) scale(${times})`;
  }
}

/** Whether the cart's part is the one that was wished, to the even pixel. */
function near(wish, part) {
  return ["x", "y", "width"].every((name) => Math.abs(wish[name] - part[name]) < 0.02);
}

function apart(one, two) {
  return Math.hypot(one.x - two.x, one.y - two.y);
}
