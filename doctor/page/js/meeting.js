// SPDX-License-Identifier: Apache-2.0
// That others listen: the team at the bedside let a meeting in, which sees and hears the patient and hears this doctor.

import { find, say } from "./dom.js";

const LINES = {
  opening: "Une réunion de concertation entre : elle va voir et entendre le patient, et vous entendre.",
  open: "Une réunion de concertation voit et entend le patient, et vous entend.",
  cut: "Réunion de concertation : liaison coupée. À son retour, elle voit et entend le patient, et vous entend.",
};

/** One line under the picture, for as long as it lasts. */
export class Meeting {
  update(view) {
    const line = LINES[view?.conference ?? ""] ?? "";
    say(find("meeting"), line);
    find("meeting").hidden = line === "";
  }
}
