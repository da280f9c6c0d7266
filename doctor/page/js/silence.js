// SPDX-License-Identifier: Apache-2.0
// Why the patient's side is not heard, when it is not: a silence is never left unexplained.

import { find, say } from "./dom.js";
import { capital } from "./words.js";

/** One line over the picture. `update(view, dead)` is called several times a second. */
export class Silence {
  update(view, dead) {
    const line = view === null || dead ? "" : reason(view);
    say(find("silence"), line);
    find("silence").hidden = line === "";
  }
}

function reason({ microphone_on: on, microphone }) {
  if (on === false) return "Micro coupé auprès du patient";
  return microphone ? `Vous n’entendez pas le patient. ${capital(`micro du chariot ${microphone}`)}` : "";
}
