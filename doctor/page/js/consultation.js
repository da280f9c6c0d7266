// SPDX-License-Identifier: Apache-2.0
// What the entries say, as a fold. Each entry counts once, by its sequence. Nothing is kept outside memory.

/** The facts of one encounter as the cart's journal tells them. */
export class Consultation {
  constructor() {
    this.clear(null);
  }

  /** Forget everything: another encounter, or none. */
  clear(encounter) {
    this.encounter = encounter;
    this.position = 0;
    this.records = new Map();
    this.asides = new Map();
    this.captures = [];
    this.oxygen = null;
    this.conclusion = null;
    this.closed = false;
  }

  /** Apply an entry; true when it is new. */
  apply(entry) {
    if (this.encounter !== null && entry.encounter !== this.encounter) return false;
    if (entry.sequence <= this.position) return false;
    this.position = entry.sequence;
    this.#fold(entry, entry.body);
    return true;
  }

  #fold(entry, body) {
    switch (body.kind) {
      case "measurement-recorded":
        this.records.set(entry.id, { ...body, id: entry.id, sequence: entry.sequence, confirmed: false, error: null });
        this.asides.delete(body.attributed);
        break;
      case "measurement-set-aside":
        this.asides.set(entry.id, body.reason);
        break;
      case "measurement-discarded":
        this.asides.delete(body.aside);
        break;
      case "measurement-confirmed":
        this.#mark(body.entry, { confirmed: true });
        break;
      case "entered-in-error":
        this.#mark(body.entry, { error: body.reason || "saisie par erreur" });
        break;
      case "oxygen-noted":
        this.oxygen = body.litres;
        break;
      case "capture-taken":
      case "sound-recorded":
      case "document-attached":
        this.captures.push({ ...body, id: entry.id, sequence: entry.sequence });
        break;
      case "conclusion-written":
        this.conclusion = { text: body.text, at: entry.instant.wall, sequence: entry.sequence };
        break;
      case "encounter-closed":
        this.closed = true;
        break;
      default: // the other kinds concern the cart
    }
  }

  #mark(id, change) {
    const record = this.records.get(id);
    if (record) this.records.set(id, { ...record, ...change });
  }
}

/** What stands in one row of the measurements' panel. The first metric gives the row its number; a metric that stands
 *  `beside` is told in the row's words and never in the number's place. */
export const KINDS = [
  { id: "pressure", label: "Tension", metrics: ["systolic", "diastolic", "mean-pressure"], always: true },
  { id: "saturation", label: "Saturation", metrics: ["saturation"], beside: ["perfusion"], always: true },
  { id: "pulse", label: "Pouls", metrics: ["pulse-cuff", "pulse-oximeter", "heart-rate"], always: true },
  { id: "temperature", label: "Température", metrics: ["temperature"], always: true },
  { id: "glucose", label: "Glycémie", metrics: ["glucose"], always: false },
  { id: "weight", label: "Poids", metrics: ["weight"], always: false },
];

/** The row of a metric; a metric of a newer cart gets its own. */
export function kindOf(key, label) {
  const known = KINDS.find((kind) => kind.metrics.includes(key) || isBeside(kind, key));
  return known ?? { id: key, label, metrics: [key], always: false };
}

/** Whether a metric only stands beside the number of its row. */
export function isBeside(kind, key) {
  return kind.beside?.includes(key) ?? false;
}
