// SPDX-License-Identifier: Apache-2.0
// The captures: fetched one at a time at full resolution, their SHA-256 checked, kept as blobs of this page only.

import { find, make, say, toast } from "./dom.js";
import { site, time } from "./words.js";

const PATIENCE = 60000;

/** The strip and its viewer. */
export class Captures {
  #items = new Map();
  #peer = null;
  #busy = false;

  constructor() {
    find("viewer-close").addEventListener("click", () => find("viewer").close());
    find("viewer-size").addEventListener("click", () => this.#resize());
  }

  /** The peer that can be asked, or null while there is none. */
  use(peer) {
    this.#peer = peer;
    for (const item of this.#items.values()) if (item.url === null) item.failed = false;
    this.#fetch();
  }

  /** Forget every capture. */
  clear() {
    for (const item of this.#items.values()) if (item.url !== null) URL.revokeObjectURL(item.url);
    this.#items.clear();
    find("strip").replaceChildren();
    find("captures").hidden = true;
    if (find("viewer").open) find("viewer").close();
  }

  /** Show what the entries tell. */
  update(captures) {
    find("captures").hidden = captures.length === 0;
    for (const capture of captures) {
      if (this.#items.has(capture.id)) continue;
      const item = { capture, url: null, failed: false, element: this.#draw(capture) };
      this.#items.set(capture.id, item);
      find("strip").prepend(item.element);
    }
    this.#fetch();
  }

  #draw(capture) {
    const what = `${capture.camera_label}, ${site(capture.site)}`;
    const frame = make("span", { className: "frame", textContent: "Réception…" });
    const words = make("span", { className: "words", textContent: `${what} · ${time(capture.taken.wall)}` });
    const button = make("button", { className: "capture", type: "button", data: { sha256: capture.sha256, state: "waiting" } }, frame, words);
    button.addEventListener("click", () => this.#open(capture.id));
    return make("li", { data: { sequence: String(capture.sequence) } }, button);
  }

  async #fetch() {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let item = this.#next(); item !== null; item = this.#next()) await this.#get(item);
    } finally {
      this.#busy = false;
    }
  }

  #next() {
    const peer = this.#peer;
    if (peer === null || !peer.alive || !peer.captures) return null;
    return [...this.#items.values()].reverse().find((item) => item.url === null && !item.failed) ?? null;
  }

  async #get(item) {
    const peer = this.#peer;
    const reader = peer.captures;
    const coming = reader.next(item.capture.sha256);
    const timer = setTimeout(() => reader.drop(), PATIENCE);
    peer.channel.getCapture(item.capture.sha256);
    const blob = await coming;
    clearTimeout(timer);
    if (!this.#items.has(item.capture.id)) return;
    const frame = item.element.querySelector(".frame");
    item.failed = blob === null;
    if (blob === null) {
      say(frame, peer === this.#peer && peer.alive ? "Non reçue : toucher pour réessayer" : "Réception…");
      item.element.firstChild.dataset.state = "failed";
      return;
    }
    item.url = URL.createObjectURL(blob);
    const alt = `Capture : ${item.element.querySelector(".words").textContent}`;
    frame.replaceChildren(make("img", { src: item.url, alt }));
    item.element.firstChild.dataset.state = "verified";
  }

  #open(id) {
    const item = this.#items.get(id);
    if (item.url === null) {
      item.failed = false;
      this.#fetch();
      toast("La capture arrive encore.");
      return;
    }
    const { capture } = item;
    say(find("viewer-title"), `${capture.camera_label} · ${site(capture.site)}`);
    say(find("viewer-facts"), `${time(capture.taken.wall)} · ${capture.width} × ${capture.height} pixels · intégrité vérifiée`);
    const image = find("viewer-image");
    image.src = item.url;
    image.alt = `${capture.camera_label}, ${site(capture.site)}`;
    find("viewer").showModal();
    find("viewer-close").focus();
  }

  #resize() {
    const full = find("viewer-frame").classList.toggle("full");
    find("viewer-size").setAttribute("aria-pressed", String(full));
  }
}
