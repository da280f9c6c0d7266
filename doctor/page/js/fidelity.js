// SPDX-License-Identifier: Apache-2.0
// Whether a stethoscope heard over a network may be judged by ear. The limits are those published for remote
// auscultation: up to 10 % of packets lost for heart sounds, 2 % for lung sounds, 50 ms of jitter for both (doi:10.5772/intechopen.74680).

import { number } from "./words.js";

const WINDOW = 10;
const SILENT = 2;

/** Loss, jitter, and what they mean, in words: {line, fit}. Loss as a share, jitter in seconds. */
export function judge({ loss, jitter }, heart) {
  const most = heart ? 0.1 : 0.02;
  const organ = heart ? "le cœur" : "les poumons";
  const facts = `perte ${percent(loss)} (limite ${percent(most)} pour ${organ}), gigue ${number(jitter * 1000, 0)} ms (limite 50 ms)`;
  const fit = loss <= most && jitter <= 0.05;
  return { fit, line: fit ? `Transmission fidèle : ${facts}` : `Transmission altérée : ${facts}. Fiez-vous à l’enregistrement.` };
}

function percent(share) {
  return `${number(share * 100, share < 0.1 && share > 0 ? 1 : 0)} %`;
}

/** The last ten seconds of one receiver's statistics. */
export class Watch {
  #past = [];

  /** Take W3C statistics; returns {loss, jitter}, or null before anything came. Two seconds without a packet are a loss of
   *  all: what is lost is only counted once something follows it. */
  take(report) {
    for (const each of report.values()) {
      if (each.type !== "inbound-rtp") continue;
      const { packetsReceived: received = 0, packetsLost: lost = 0, jitter = 0 } = each;
      this.#past.push({ received, lost });
      if (this.#past.length > WINDOW + 1) this.#past.shift();
      const [first] = this.#past;
      if (this.#past.at(-1 - SILENT)?.received === received) return { loss: 1, jitter };
      const came = received - first.received;
      const missed = Math.max(0, lost - first.lost);
      return came > 0 ? { loss: missed / (came + missed), jitter } : null;
    }
    return null;
  }
}
