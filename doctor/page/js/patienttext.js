// SPDX-License-Identifier: Apache-2.0
// Large text on the patient's screen.

import { find, make, onSubmit, say, toast } from "./dom.js";

const PHRASES = ["Respirez bien fort", "Ouvrez la bouche", "Ne bougez plus", "Montrez où ça fait mal", "Merci, c’est fini"];

/** Wires the text's panel. */
export class PatientText {
  #command;

  constructor(command) {
    this.#command = command;
    find("phrases").replaceChildren(...PHRASES.map((phrase) => {
      const button = make("button", { className: "phrase", type: "button", textContent: phrase });
      button.addEventListener("click", () => this.#show(phrase));
      return button;
    }));
    onSubmit(find("text"), () => this.#typed());
    find("text-hide").addEventListener("click", () => this.#send({ command: "hide-text" }));
  }

  /** Draw what the patient reads now. */
  update(view) {
    const shown = view?.text ?? null;
    find("text-shown").hidden = shown === null;
    if (shown !== null) say(find("text-words"), shown.text);
  }

  async #typed() {
    const input = find("text-input");
    const text = input.value.trim();
    if (text === "") return input.focus();
    if (await this.#show(text)) input.value = "";
  }

  #show(text) {
    return this.#send({ command: "show-text", text });
  }

  async #send(command) {
    const { ok, line } = await this.#command(command);
    if (!ok) toast(line || "Le texte n’a pas été affiché.");
    return ok;
  }
}
