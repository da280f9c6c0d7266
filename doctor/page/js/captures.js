// SPDX-License-Identifier: Apache-2.0
// Stills, sounds and documents: fetched whole one at a time, their SHA-256 checked, kept as blobs of this page only.

import { find, icon, make, say, toast } from "./dom.js";
import { position, site, time } from "./words.js";

const PATIENCE = 60000;
const DOCUMENTS = { ecg: "ECG", ultrasound: "Échographie", document: "Document" };

/** What an item is: its name, when, and how it is opened ("image", "sound" or "file"). */
function described(item) {
  switch (item.kind) {
    case "sound-recorded":
      return { name: `Auscultation, ${position(item.position)}`, at: item.taken.wall, opens: "sound", sign: "sound",
        facts: `${item.label} · ${Math.round(item.seconds)} s · sans traitement ni compression avec perte` };
    case "document-attached":
      return { name: `${DOCUMENTS[item.what] ?? "Document"}, ${item.title}`, at: item.attached.wall, sign: "page",
        opens: item.media_type.startsWith("image/") ? "image" : "file",
        facts: item.patient ? `nom écrit dans le fichier : ${item.patient}` : "sans nom de patient" };
    default:
      return { name: `${item.camera_label}, ${site(item.site)}`, at: item.taken.wall, opens: "image", sign: "camera",
        facts: `${item.width} × ${item.height} pixels` };
  }
}

/** The strip and its viewer. */
export class Captures {
  #items = new Map();
  #peer = null;
  #busy = false;

  constructor() {
    find("viewer-close").addEventListener("click", () => find("viewer").close());
    find("viewer-size").addEventListener("click", () => this.#resize());
    find("viewer").addEventListener("close", () => find("viewer-sound").pause());
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
    const { name, at } = described(capture);
    const frame = make("span", { className: "frame", textContent: "Réception…" });
    const words = make("span", { className: "words", textContent: `${name} · ${time(at)}` });
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
    const { opens, sign } = described(item.capture);
    const alt = `Capture : ${item.element.querySelector(".words").textContent}`;
    frame.replaceChildren(opens === "image" ? make("img", { src: item.url, alt }) : icon(sign));
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
    const { name, at, opens, facts } = described(item.capture);
    say(find("viewer-title"), name);
    say(find("viewer-facts"), `${time(at)} · ${facts} · intégrité vérifiée`);
    const [image, sound, file] = [find("viewer-image"), find("viewer-sound"), find("viewer-file")];
    image.hidden = find("viewer-size").hidden = opens !== "image";
    sound.hidden = opens !== "sound";
    file.hidden = opens !== "file";
    if (opens === "image") {
      image.src = item.url;
      image.alt = name;
    } else if (opens === "sound") {
      sound.src = item.url;
      sound.setAttribute("aria-label", name);
    } else {
      file.href = item.url;
      file.download = item.capture.title;
    }
    find("viewer").showModal();
    find("viewer-close").focus();
  }

  #resize() {
    const full = find("viewer-frame").classList.toggle("full");
    find("viewer-size").setAttribute("aria-pressed", String(full));
  }
}
