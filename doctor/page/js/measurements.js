// SPDX-License-Identifier: Apache-2.0
// The measurements' panel: rows keep their element, so that nothing jumps and nothing is read twice.

import { announce, find, icon, make, say, stampPainted } from "./dom.js";
import { panel } from "./rows.js";
import { reason } from "./words.js";

const plural = (count, one, many) => (count > 1 ? many : one);

/** Draws what `panel` says. */
export class Measurements {
  #kinds = new Map();
  #rows = new Map();
  #drawn = new WeakMap();
  #quiet = true;

  /** New records are said aloud only once the first ones have all come. */
  speak(on) {
    this.#quiet = !on;
  }

  /** Forget every row (another encounter). */
  clear() {
    this.#kinds.clear();
    this.#rows.clear();
    find("measures").replaceChildren();
  }

  /** Bring the panel up to date. `sinceView` are the seconds since the view came; `dead`: the path is cut. */
  update(consultation, view, sinceView, dead) {
    const seen = new Set();
    for (const { kind, main, older, previous } of panel(consultation, view, sinceView, dead)) {
      const slots = this.#slots(kind);
      for (const row of [main, ...older, ...previous]) seen.add(row.key);
      fill(slots.main, [this.#row(main)]);
      fill(slots.older, older.map((row) => this.#row(row)));
      fill(slots.previous, previous.map((row) => this.#row(row)));
      slots.more.hidden = previous.length === 0;
      const words = plural(previous.length, "mesure précédente", "mesures précédentes");
      say(slots.summary, `${previous.length} ${words}`);
    }
    for (const [key, row] of this.#rows) {
      if (!seen.has(key)) {
        row.remove();
        this.#rows.delete(key);
      }
    }
    aside(consultation, view);
  }

  #slots(kind) {
    let slots = this.#kinds.get(kind.id);
    if (!slots) {
      const summary = make("summary");
      const previous = make("div", { className: "older" });
      slots = {
        main: make("div", { className: "main" }),
        older: make("div", { className: "older" }),
        more: make("details", { className: "more", hidden: true }, summary, previous),
        summary,
        previous,
      };
      this.#kinds.set(kind.id, slots);
      const item = make("li", { className: "measure", data: { kind: kind.id } }, slots.main, slots.older, slots.more);
      find("measures").append(item);
    }
    return slots;
  }

  #row(row) {
    let element = this.#rows.get(row.key);
    if (!element) {
      element = blank(row);
      this.#rows.set(row.key, element);
      if (row.sequence !== null) {
        stampPainted(element);
        if (!this.#quiet) announce(`${row.spoken}, ${row.mark}. ${row.doubts.join(", ")}`);
      }
    }
    if (this.#drawn.get(element) !== row) {
      this.#drawn.set(element, row);
      draw(element, row);
    }
    return element;
  }
}

function blank(row) {
  const data = { metric: row.metric, kind: row.kind };
  if (row.sequence !== null) data.sequence = String(row.sequence);
  return make("div", { className: "row", data, attributes: { role: "group" } },
    make("span", { className: "bar", attributes: { "aria-hidden": "true" } }),
    make("span", { className: "label" }),
    make("span", { className: "number" }, make("span", { className: "value" }), make("span", { className: "unit" })),
    make("span", { className: "origin" },
      make("span", { className: "mark" }), make("span", { className: "context" }), make("br"), make("span", { className: "source" })),
    make("span", { className: "doubts", hidden: true }));
}

function draw(element, row) {
  const part = (name) => element.querySelector(`.${name}`);
  const fresh = element.dataset.value !== row.value;
  element.dataset.state = row.state;
  element.dataset.value = row.value;
  if (fresh && row.sequence === null && row.state === "live") stampPainted(element);
  say(part("label"), row.label);
  say(part("value"), row.value);
  say(part("unit"), row.value === "—" ? "" : row.unit);
  mark(part("mark"), row);
  say(part("context"), row.context.length ? ` · ${row.context.join(" · ")}` : "");
  say(part("source"), row.source);
  doubts(part("doubts"), row.doubts);
}

function mark(element, row) {
  if (element.dataset.text === row.mark && element.dataset.state === row.state) return;
  element.dataset.text = row.mark;
  element.dataset.state = row.state;
  const words = row.state === "recorded" ? [icon("check"), make("span", { className: "unseen", textContent: "enregistrée à " }), ` ${row.mark}`] : [row.mark];
  element.replaceChildren(...words);
}

function doubts(element, lines) {
  const text = lines.join(" · ");
  element.hidden = text === "";
  if (element.dataset.text === text) return;
  element.dataset.text = text;
  element.replaceChildren(icon("warning"), ` ${text}`);
}

function fill(slot, elements) {
  elements.forEach((element, index) => {
    const there = slot.children[index] ?? null;
    if (there !== element) slot.insertBefore(element, there);
  });
  while (slot.children.length > elements.length) slot.lastElementChild.remove();
}

function aside(consultation, view) {
  const count = view?.aside ?? consultation.asides.size;
  find("aside").hidden = count === 0;
  const words = plural(count, "mesure mise de côté, non attribuée", "mesures mises de côté, non attribuées");
  say(find("aside-line"), `${count} ${words}.`);
  const reasons = [...new Set(consultation.asides.values())].map(reason);
  const list = find("aside-reasons");
  if (list.dataset.text === reasons.join("|")) return;
  list.dataset.text = reasons.join("|");
  list.replaceChildren(...reasons.map((line) => make("li", { textContent: line })));
}
