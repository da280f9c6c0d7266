// SPDX-License-Identifier: Apache-2.0
// The data channel `chevet` (docs/signalling.md §2).

import { uniqueId } from "./dom.js";

const PATIENCE = 8000;
const AGAIN = 1000;
const NO_ANSWER = "Le chariot n’a pas répondu. Réessayez.";
const CUT = "La liaison est coupée : ce n’est pas transmis. Réessayez quand elle revient.";

const MANY = ["cameras", "instruments", "live"];

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** A copy of `before` with `set`: objects are merged, every other value takes the place of the old one. */
function merged(before, set) {
  const after = { ...before };
  for (const [name, value] of Object.entries(before)) if (isObject(value)) after[name] = merged(value, {});
  for (const [name, value] of Object.entries(set)) {
    after[name] = isObject(value) && isObject(after[name]) ? merged(after[name], value) : value;
  }
  return after;
}

/** Reads what the cart says (`say(type, detail)`) and sends commands, each answered by a promise of {ok, line}. */
export class Channel {
  #channel;
  #say;
  #waiting = new Map();
  #count = 0;
  #deaf = false;
  #greeted = false;
  #reading = 0;
  #view = null;

  heard = performance.now();
  speaks = () => true; // whether the doctor's voice is sent: said with each beat

  constructor(channel, say) {
    this.#channel = channel;
    this.#say = say;
    channel.onmessage = ({ data }) => this.#receive(data);
    channel.onopen = () => this.#opened();
    if (this.open) queueMicrotask(() => this.#opened());
  }

  get open() {
    return this.#channel.readyState === "open";
  }

  /** Ask for the entries after a position, again and again until the cart says that it heard: a browser may lose what
   *  is sent in the instant in which the channel opens. */
  read(after) {
    clearInterval(this.#reading);
    this.#reading = setInterval(() => this.#send({ type: "read", after }), AGAIN);
    this.#send({ type: "read", after });
  }

  /** Ask for a capture; its bytes come by the other channel. */
  getCapture(sha256) {
    this.#send({ type: "get-capture", sha256 });
  }

  /** Send a command; resolves to {ok, line}, never rejects. */
  command(command) {
    if (!this.open) return Promise.resolve({ ok: false, line: CUT });
    const id = uniqueId();
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answer(id, { ok: false, line: NO_ANSWER }), PATIENCE);
      this.#waiting.set(id, { resolve, timer });
      this.#send({ type: "command", id, command });
    });
  }

  /** Sign of life. */
  beat() {
    this.#count += 1;
    this.#send({ type: "beat", n: this.#count, ...(this.speaks() ? {} : { microphone: false }) });
  }

  /** What the page has shown (`sight.js`). */
  seen(report) {
    this.#send({ type: "seen", ...report });
  }

  /** Nothing more will come. */
  drop() {
    this.#deaf = true;
    clearInterval(this.#reading);
    for (const id of [...this.#waiting.keys()]) this.#answer(id, { ok: false, line: CUT });
  }

  #opened() {
    if (this.#greeted) return;
    this.#greeted = true;
    this.heard = performance.now();
    this.#say("open", null);
  }

  #receive(data) {
    if (this.#deaf) return;
    this.heard = performance.now();
    this.#opened(); // some Chromium open a channel between its announcement and our listener: what speaks is open
    const message = JSON.parse(data);
    switch (message.type) {
      case "words": this.#say("words", message.words); break;
      case "view": this.#see(message.view); break;
      case "change": this.#change(message); break;
      case "zoom": this.#say("zoom", message.zoom); break;
      case "entry": this.#say("entry", message.entry); break;
      case "reply": this.#answer(message.id, message); break;
      case "reading": clearInterval(this.#reading); break;
      case "beat": break;
      case "error": console.warn("the cart refused a message:", message.code); break;
      default: console.warn("unknown message from the cart:", message.type);
    }
  }

  #see(view) {
    this.#view = view;
    this.#say("view", { ...view, ...Object.fromEntries(MANY.map((name) => [name, Object.values(view[name])])) });
  }

  #change({ set = {}, gone = [] }) {
    if (this.#view === null) return;
    const view = merged(this.#view, set);
    for (const way of gone) delete way.slice(0, -1).reduce((place, name) => place[name], view)[way.at(-1)];
    this.#see(view);
  }

  #answer(id, reply) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    waiting.resolve({ ok: reply.ok, line: reply.line ?? "" });
  }

  #send(message) {
    if (this.open) this.#channel.send(JSON.stringify(message));
  }
}
