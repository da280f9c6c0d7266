// SPDX-License-Identifier: Apache-2.0
// The doctor's conclusion: what is typed stays until the cart has taken it.

import { find, onSubmit, say, toast } from "./dom.js";
import { time } from "./words.js";

/** Wires the conclusion's panel. */
export class Conclusion {
  #command;
  #sent = null;
  #sending = false;

  constructor(command) {
    this.#command = command;
    onSubmit(find("conclusion"), () => this.#send());
    find("conclusion-text").addEventListener("input", () => this.#draw());
    addEventListener("beforeunload", (event) => {
      if (this.unsent) event.preventDefault();
    });
  }

  /** Whether something typed has not been taken by the cart. */
  get unsent() {
    const text = find("conclusion-text").value.trim();
    return text !== "" && text !== this.#sent?.text;
  }

  /** What the entries tell: the last conclusion written. */
  update(conclusion) {
    if (conclusion !== null && conclusion.sequence !== this.#sent?.sequence) {
      const field = find("conclusion-text");
      if (!this.unsent) field.value = conclusion.text;
      this.#sent = conclusion;
    }
    this.#draw();
  }

  /** Forget everything. */
  clear() {
    this.#sent = null;
    find("conclusion-text").value = "";
    this.#draw();
  }

  async #send() {
    const field = find("conclusion-text");
    const text = field.value.trim();
    if (text === "") return field.focus();
    this.#sending = true;
    this.#draw();
    const { ok, line } = await this.#command({ command: "write-conclusion", text });
    this.#sending = false;
    if (!ok) toast(line || "La conclusion n’a pas été prise.");
    this.#draw();
  }

  #draw() {
    const state = find("conclusion-state");
    const sent = this.#sent !== null && !this.unsent;
    let line = "";
    if (this.#sending) line = "Envoi…";
    else if (sent) line = `✓ Envoyée à ${time(this.#sent.at)}, dans le dossier`;
    else if (this.#sent !== null) line = `Modifiée depuis l’envoi de ${time(this.#sent.at)} : à renvoyer`;
    state.dataset.sent = String(sent && !this.#sending);
    say(state, line);
    find("conclusion-send").disabled = this.#sending || !this.unsent;
  }
}
