// SPDX-License-Identifier: Apache-2.0
// Under the picture: cameras, freeze, capture, the doctor's own microphone; and asking for a measurement.

import { choose } from "./choice.js";
import { KINDS } from "./consultation.js";
import { find, icon, make, say, setIcon, toast } from "./dom.js";
import * as words from "./words.js";

const ICONS = [[/oto|ear|oreille/i, "ear"], [/derma|skin|peau/i, "lens"], [/room|salle|overview/i, "room"]];
const NOTES = { absent: "débranchée", stuck: "sans image", black: "image noire", opening: "s’ouvre…" };

/** Wires the buttons. `command(command)` resolves to {ok, line}; `media` is the doctor's own; `onMicrophone` is told when it is muted or not. */
export class Controls {
  #command;
  #media;
  #view = null;
  #onMicrophone;
  #cameras = new Map();

  constructor(command, media, onMicrophone) {
    this.#command = command;
    this.#media = media;
    this.#onMicrophone = onMicrophone;
    find("freeze").addEventListener("click", () => this.#freeze());
    find("capture").addEventListener("click", () => this.#capture());
    find("microphone").addEventListener("click", () => this.#microphone());
    find("ask").addEventListener("click", () => this.#ask());
  }

  /** Draw from the view; nothing can be asked of a cart that is not heard. */
  update(view, dead) {
    this.#view = view;
    this.#drawCameras(view?.cameras ?? [], view?.camera, dead);
    const frozen = view?.frozen ?? false;
    const freeze = find("freeze");
    freeze.setAttribute("aria-pressed", String(frozen));
    say(freeze.querySelector("span"), frozen ? "Reprendre" : "Figer");
    setIcon(freeze, frozen ? "play" : "pause");
    for (const id of ["freeze", "capture", "ask", "text-show"]) find(id).disabled = dead || view === null;
    for (const phrase of document.querySelectorAll(".phrase")) phrase.disabled = dead || view === null;
    const asked = view?.asked ?? null;
    find("asked").hidden = asked === null;
    if (asked !== null) say(find("asked"), `Demandé : ${label(asked)}, en attente`);
  }

  /** Draw the microphone's button. */
  drawMicrophone() {
    const button = find("microphone");
    const track = this.#media.audio;
    const on = track !== null && track.enabled;
    button.disabled = track === null;
    button.setAttribute("aria-pressed", String(on));
    say(button.querySelector("span"), track === null ? "Pas de micro" : on ? "Mon micro" : "Micro coupé");
    setIcon(button, on ? "microphone" : "microphone-off");
  }

  #drawCameras(cameras, chosen, dead) {
    const place = find("cameras");
    for (const [id, button] of this.#cameras) {
      if (!cameras.some((camera) => camera.id === id)) {
        button.remove();
        this.#cameras.delete(id);
      }
    }
    for (const camera of cameras) {
      let button = this.#cameras.get(camera.id);
      if (!button) {
        button = make("button", { className: "plain", type: "button", data: { camera: camera.id } },
          icon(ICONS.find(([pattern]) => pattern.test(`${camera.role} ${camera.label}`))?.[1] ?? "camera"),
          make("span", {}, make("span", { className: "name" }), make("span", { className: "note" })));
        button.addEventListener("click", () => this.#do({ command: "choose-camera", camera: camera.id }));
        this.#cameras.set(camera.id, button);
        place.append(button);
      }
      say(button.querySelector(".name"), camera.label);
      const note = NOTES[camera.phase] ?? (camera.blurred ? "floue" : "");
      say(button.querySelector(".note"), note);
      button.querySelector(".note").hidden = note === "";
      button.setAttribute("aria-pressed", String(camera.id === chosen));
      button.disabled = dead;
    }
  }

  #freeze() {
    this.#do({ command: "freeze", frozen: !(this.#view?.frozen ?? false) });
  }

  async #capture() {
    const camera = this.#view?.cameras.find((each) => each.id === this.#view.camera);
    if (!camera) return toast("Choisissez d’abord une caméra.");
    const sites = camera.sites ?? [];
    const answers = sites.map((key) => ({ value: key, label: words.capital(words.site(key)) }));
    const site = sites.length === 1 ? sites[0] : await choose(`${camera.label} : quelle partie du corps ?`, answers);
    if (site !== null && site !== undefined) await this.#do({ command: "capture", site }, "Capture demandée…");
  }

  #microphone() {
    const track = this.#media.audio;
    if (track !== null) track.enabled = !track.enabled;
    this.drawMicrophone();
    this.#onMicrophone();
  }

  async #ask() {
    const metric = await choose("Quelle mesure demander ?", this.#answers());
    if (metric !== null) await this.#do({ command: "ask-measurement", metric });
  }

  #answers() {
    const instruments = this.#view?.instruments ?? [];
    const answers = [];
    for (const kind of KINDS) {
      const able = instruments.filter((instrument) => instrument.metrics.some((metric) => kind.metrics.includes(metric)));
      if (able.length === 0 && !kind.always) continue;
      const metric = able.flatMap((instrument) => instrument.metrics).find((each) => kind.metrics.includes(each));
      const note = able.length === 0 && instruments.length > 0 ? "pas d’instrument sur ce chariot" : "";
      answers.push({ value: metric ?? kind.metrics[0], label: kind.label, note });
    }
    return answers;
  }

  async #do(command, progress = "") {
    if (progress) toast(progress);
    const { ok, line } = await this.#command(command);
    if (!ok) toast(line || "Le chariot a refusé cette demande.");
    return ok;
  }
}

function label(metric) {
  const kind = KINDS.find((each) => each.metrics.includes(metric));
  return (kind?.label ?? words.metric(metric).label).toLocaleLowerCase("fr");
}
