// SPDX-License-Identifier: Apache-2.0
// The stethoscope: heard on its own, beside the voice, as it is; drawn while it listens; and judged against the limits.

import { announce, find, say } from "./dom.js";
import { judge, Watch } from "./fidelity.js";
import { Wave } from "./wave.js";
import * as words from "./words.js";

const LOWERED = 0.3;
const DELAY = 300;

/** Owns its panel. `use(receiver)` is called for each peer connection, `update(view, dead)` several times a second. */
export class Stethoscope {
  #receiver = null;
  #context = null;
  #source = null;
  #gain = null;
  #analyser = null;
  #wave = new Wave(find("stethoscope-wave"));
  #watch = new Watch();
  #wanted = false;
  #listening = false;
  #position = null;

  constructor() {
    find("stethoscope-listen").addEventListener("click", () => {
      this.#wanted = !this.#wanted;
      this.#context?.resume();
      this.#apply();
    });
    find("stethoscope-volume").addEventListener("input", () => this.#apply());
  }

  /** The receiver of a new peer connection. A wait of 300 ms keeps a rhythm from being stretched; nobody answers a heart. */
  use(receiver) {
    this.#receiver = receiver;
    this.#watch = new Watch();
    if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = DELAY;
    const stream = new MediaStream([receiver.track]);
    find("stethoscope-sound").srcObject = stream; // Chromium decodes a remote track only where an element plays it
    this.#context ??= new AudioContext({ sampleRate: 48000, latencyHint: "playback" });
    this.#source?.disconnect();
    this.#source = this.#context.createMediaStreamSource(stream);
    this.#gain ??= this.#connect();
    this.#source.connect(this.#analyser);
    this.#source.connect(this.#gain);
    this.#apply();
  }

  /** Say where it is, and whether it listens. */
  update(view, dead) {
    const state = view?.listening ?? null;
    find("stethoscope").hidden = state === null || state.phase === "none" || this.#receiver === null;
    const listening = !dead && (state?.recording ?? false);
    this.#position = state?.position ?? null;
    if (listening !== this.#listening) this.#turn(listening);
    if (listening && this.#context?.state === "suspended" && navigator.userActivation?.hasBeenActive) this.#context.resume();
    say(find("stethoscope-state"), sentence(state, listening));
  }

  /** Once a second: how faithful it is. */
  async measure() {
    const line = find("stethoscope-quality");
    const facts = this.#listening && this.#receiver ? this.#watch.take(await this.#receiver.getStats()) : null;
    if (facts === null || !this.#listening) return say(line, "");
    const { line: told, fit } = judge(facts, words.isHeart(this.#position));
    line.dataset.fit = String(fit);
    return say(line, told);
  }

  /** Forget everything. */
  clear() {
    this.#turn(false);
    this.#source?.disconnect();
    this.#source = null;
    this.#receiver = null;
    this.#wanted = false;
    find("stethoscope-sound").srcObject = null;
    find("stethoscope").hidden = true;
    this.#apply();
  }

  #connect() {
    this.#analyser = this.#context.createAnalyser();
    this.#analyser.fftSize = 8192;
    const gain = this.#context.createGain();
    gain.connect(this.#context.destination);
    return gain;
  }

  #turn(listening) {
    this.#listening = listening;
    find("stethoscope-wave").hidden = !listening;
    this.#watch = new Watch();
    if (listening && this.#analyser !== null) {
      this.#context.resume();
      this.#wave.start(this.#analyser);
      announce(`Stéthoscope : ${words.position(this.#position)}`);
    } else this.#wave.stop();
    this.#apply();
  }

  /** While it is heard the voice is lowered, and no lower than can be understood. */
  #apply() {
    const button = find("stethoscope-listen");
    const heard = this.#wanted && this.#listening;
    button.setAttribute("aria-pressed", String(this.#wanted));
    say(button.querySelector("span"), this.#wanted ? "Stéthoscope écouté" : "Écouter le stéthoscope");
    if (this.#gain !== null) this.#gain.gain.value = this.#wanted ? Number(find("stethoscope-volume").value) : 0;
    find("voice").volume = heard ? LOWERED : 1;
  }
}

function sentence(state, listening) {
  if (state === null) return "";
  if (listening) return `Écoute en cours : ${words.position(state.position)}`;
  return {
    ready: "Le stéthoscope est prêt : demandez l’écoute à l’équipe.",
    listening: "Le stéthoscope est prêt : demandez l’écoute à l’équipe.",
    silent: "Le stéthoscope n’entend rien : il est peut-être éteint.",
    absent: "Le stéthoscope est débranché.",
  }[state.phase] ?? "";
}
