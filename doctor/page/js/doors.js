// SPDX-License-Identifier: Apache-2.0
// The screens around the consultation: joining, waiting, ended.

import { find, onSubmit, say } from "./dom.js";
import { age } from "./words.js";

const SCREENS = ["join", "waiting", "consultation", "ended"];

/** Show one screen. */
export function screen(name) {
  document.body.dataset.screen = name;
  for (const each of SCREENS) find(each).hidden = each !== name;
}

/** The join card. `enter({name, code, camera, microphone})` is called once it is complete. */
export function wireJoin(enter) {
  const [name, code] = [find("join-name"), find("join-code")];
  onSubmit(find("join-form"), () => {
    const digits = code.value.replace(/\D/g, "");
    const lacking = [[name, name.value.trim() === ""], [code, digits.length !== 6]];
    for (const [field, lacks] of lacking) field.setAttribute("aria-invalid", String(lacks));
    const first = lacking.find(([, lacks]) => lacks)?.[0];
    if (first) {
      joinLine(first === name ? "Écrivez votre nom." : "Le code a six chiffres.");
      return first.focus();
    }
    joinLine("");
    enter({
      name: name.value.trim(), code: digits, camera: find("join-camera").checked, microphone: find("join-microphone").checked,
    });
  });
  code.addEventListener("input", () => {
    const digits = code.value.replace(/\D/g, "").slice(0, 6);
    code.value = digits.length > 3 ? `${digits.slice(0, 3)} ${digits.slice(3)}` : digits;
  });
}

/** Say what is wrong, on the join card. */
export function joinLine(line) {
  say(find("join-line"), line);
  find("join-line").hidden = line === "";
}

/** Whether the join card may be used. */
export function joinBusy(busy) {
  find("join-button").disabled = busy;
  say(find("join-button"), busy ? "Un instant…" : "Rejoindre");
}

let waitingTimer = 0;

/** The waiting room. */
export function wait(media) {
  screen("waiting");
  media.show(find("waiting-self"));
  say(find("waiting-media"), media.line);
  const since = performance.now();
  const draw = () => say(find("waiting-time"), age((performance.now() - since) / 1000));
  clearInterval(waitingTimer);
  draw();
  waitingTimer = setInterval(draw, 1000);
}

/** What the waiting room says. */
export function waitLine(line) {
  say(find("waiting-line"), line);
}

/** The end, for this page. */
export function end(title, line) {
  clearInterval(waitingTimer);
  say(find("ended-title"), title);
  say(find("ended-line"), line);
  screen("ended");
}
