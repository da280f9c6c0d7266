// SPDX-License-Identifier: Apache-2.0
// The patient's microphone: how it is, and asking the team at the bedside to turn it. Only a touch there does.

import { announce, find, say, setIcon, toast } from "./dom.js";

const PATIENCE = 30;

/** Wires the button. `command(command)` resolves to {ok, line}. */
export class PatientMicrophone {
  #command;
  #on = true;
  #pending = null;
  #button = find("patient-microphone");

  constructor(command) {
    this.#command = command;
    this.#button.addEventListener("click", () => this.#ask());
  }

  /** Draw from the view; `age` is how old it is, in seconds. */
  update(view, age, dead) {
    this.#on = view?.microphone_on ?? true;
    const request = view?.microphone_request ?? null;
    const waits = request !== null && request.answer === "";
    this.#follow(request, waits);
    const button = this.#button;
    say(button.querySelector(".name"), this.#on ? "Micro du patient" : "Micro du patient coupé");
    button.setAttribute("aria-pressed", String(this.#on));
    setIcon(button, this.#on ? "microphone" : "microphone-off");
    button.title = this.#on ? "Demander à l’équipe de couper le micro du patient" : "Demander à l’équipe de rouvrir le micro du patient";
    button.disabled = dead || view === null || waits;
    const note = button.querySelector(".note");
    note.hidden = !waits;
    if (!waits) return;
    const left = PATIENCE - (view.now.monotonic - request.asked.monotonic) - age;
    say(note, `${request.on ? "demandé de rouvrir" : "demandé de couper"}, réponse attendue : ${Math.max(0, Math.ceil(left))} s`);
  }

  /** Forget what was asked. */
  clear() {
    this.#pending = null;
  }

  async #ask() {
    const on = !this.#on;
    const { ok, line } = await this.#command({ command: "ask-microphone", on });
    toast(ok ? "L’équipe auprès du patient voit votre demande : elle a trente secondes pour répondre." : line || "Le chariot a refusé cette demande.");
  }

  /** Say what became of a request that was seen waiting, even when its answer came during a cut. */
  #follow(request, waits) {
    if (waits) {
      this.#pending = request;
      return;
    }
    const asked = this.#pending;
    if (asked === null) return;
    this.#pending = null;
    const line = outcome(asked.on, request?.id === asked.id ? request.answer : "", this.#on);
    toast(line);
    announce(line);
  }
}

function outcome(asked, answer, now) {
  const stays = asked ? "coupé" : "ouvert";
  switch (answer) {
    case "granted": return asked ? "L’équipe a rouvert le micro du patient." : "L’équipe a coupé le micro du patient.";
    case "refused": return `L’équipe n’a pas accepté : le micro du patient reste ${stays}.`;
    case "expired": return `L’équipe n’a pas répondu : le micro du patient reste ${stays}.`;
    default: return `La demande est terminée : le micro du patient est ${now ? "ouvert" : "coupé"}.`;
  }
}
