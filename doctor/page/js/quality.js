// SPDX-License-Identifier: Apache-2.0
// How the link is, measured from W3C statistics once a second.

import { find, say } from "./dom.js";
import { flow } from "./words.js";

const WEAK_FRAMES = 8;
const WEAK_LOSS = 0.05;

const LINES = {
  none: "Connexion…",
  good: "Bonne liaison",
  weak: "Liaison faible",
  dead: "Liaison coupée, reprise…",
};

/** Watches the present peer. */
export class Quality {
  #peer = null;
  #before = null;

  /** Draw the link's state. `still`: few frames are expected (frozen, camera off). */
  async measure(peer, dead, still) {
    if (dead || peer === null || !peer.alive) {
      this.#before = null;
      return draw(dead ? "dead" : "none", null);
    }
    if (peer !== this.#peer) this.#before = null;
    this.#peer = peer;
    const now = sum(await peer.stats());
    const before = this.#before;
    this.#before = now;
    if (before === null || now.at <= before.at) return draw("good", null);
    const kilobits = ((now.bytes - before.bytes) * 8) / (now.at - before.at);
    const packets = now.packets - before.packets;
    const loss = packets > 0 ? (now.lost - before.lost) / (packets + now.lost - before.lost) : 0;
    const frames = ((now.frames - before.frames) * 1000) / (now.at - before.at);
    return draw(loss > WEAK_LOSS || (!still && frames < WEAK_FRAMES) ? "weak" : "good", kilobits);
  }
}

function sum(report) {
  const total = { at: 0, bytes: 0, packets: 0, lost: 0, frames: 0 };
  for (const each of report.values()) {
    if (each.type !== "inbound-rtp") continue;
    total.at = Math.max(total.at, each.timestamp);
    total.bytes += each.bytesReceived ?? 0;
    total.packets += each.packetsReceived ?? 0;
    total.lost += Math.max(0, each.packetsLost ?? 0);
    total.frames += each.kind === "video" ? each.framesDecoded ?? 0 : 0;
  }
  return total;
}

function draw(level, kilobits) {
  find("quality").dataset.level = level;
  say(find("quality-word"), LINES[level]);
  say(find("bitrate"), kilobits === null ? "" : flow(kilobits));
}
