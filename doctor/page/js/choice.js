// SPDX-License-Identifier: Apache-2.0
// One question with a few answers, in a dialog.

import { find, make } from "./dom.js";

/** Ask; resolves to the chosen `value`, or to null. `answers`: [{value, label, note, disabled}]. */
export function choose(title, answers) {
  const dialog = find("choice");
  find("choice-title").textContent = title;
  return new Promise((resolve) => {
    const done = (value) => {
      dialog.onclose = null;
      if (dialog.open) dialog.close();
      resolve(value);
    };
    find("choices").replaceChildren(...answers.map(({ value, label, note = "", disabled = false }) => {
      const button = make("button", { className: "plain", type: "button", disabled, data: { value } }, label);
      if (note) button.append(make("span", { className: "hint", textContent: ` (${note})` }));
      button.addEventListener("click", () => done(value));
      return button;
    }));
    find("choice-cancel").onclick = () => done(null);
    dialog.onclose = () => done(null);
    dialog.showModal();
  });
}
