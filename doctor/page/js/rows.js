// SPDX-License-Identifier: Apache-2.0
// What each row of the measurements' panel says: pure, from records and live values to plain objects.

import { isBeside, kindOf, KINDS } from "./consultation.js";
import * as words from "./words.js";

const FRESH = 3;
const FORGET = 600;

/** Everything to show, kind by kind: {kind, main, older, previous}, each row {key, state, value, unit, mark, origin, doubts…}. */
export function panel(consultation, view, sinceView, dead) {
  const rows = new Map(KINDS.filter((kind) => kind.always).map((kind) => [kind.id, { kind, records: [], live: null }]));
  const place = (key) => {
    const kind = kindOf(key, words.metric(key).label);
    if (!rows.has(kind.id)) rows.set(kind.id, { kind, records: [], live: null });
    return rows.get(kind.id);
  };
  for (const record of consultation.records.values()) {
    for (const [key, measurements] of byKind(record.measurements)) {
      if (isBeside(kindOf(key), key)) continue;
      place(key).records.push(recorded(record, key, measurements, consultation.oxygen));
    }
  }
  for (const live of view?.live ?? []) {
    const slot = place(live.measurement.metric);
    if (isBeside(slot.kind, live.measurement.metric)) continue;
    slot.live = newer(slot.live, unrecorded(live, slot.kind, view.now, sinceView, dead, consultation.oxygen));
  }
  return [...rows.values()].map(arrange);
}

function arrange({ kind, records, live }) {
  records.sort((a, b) => a.at - b.at || a.sequence - b.sequence);
  const good = records.filter((row) => row.state !== "error");
  const newest = good.at(-1) ?? null;
  const kept = live !== null && worth(live, newest) ? live : null;
  const main = kept !== null && (kept.state === "live" || newest === null) ? kept : newest;
  const older = [main === kept ? newest : kept].filter((row) => row !== null).map((row) => brief(row, main));
  const shownKeys = new Set([main?.key, ...older.map((row) => row.key)]);
  const previous = records.filter((row) => !shownKeys.has(row.key)).reverse();
  return { kind, main: main ?? nothing(kind), older, previous };
}

/** Under a row of the same instrument, its name need not stand twice. */
function brief(row, main) {
  return row.source === main.source ? { ...row, source: "" } : row;
}

function worth(live, newest) {
  if (live.state === "live") return true;
  return live.age < FORGET && (newest === null || live.at > newest.at);
}

function newer(a, b) {
  return a === null || b.at >= a.at ? b : a;
}

function byKind(measurements) {
  const groups = new Map();
  for (const measurement of measurements) {
    const kind = kindOf(measurement.metric).id;
    groups.set(kind, [...(groups.get(kind) ?? []), measurement]);
  }
  return [...groups.values()].map((group) => {
    const sorted = group.toSorted((a, b) => isBeside(kindOf(a.metric), a.metric) - isBeside(kindOf(b.metric), b.metric));
    return [sorted[0].metric, sorted];
  });
}

/** Rows of records that did not change are the same objects: a long consultation costs no more than a short one. */
const made = new WeakMap();

function recorded(record, key, measurements, oxygen) {
  const known = made.get(record) ?? new Map();
  const name = `${key}/${oxygen}`;
  if (!known.has(name)) known.set(name, make(record, key, measurements, oxygen));
  made.set(record, known);
  return known.get(name);
}

function make(record, key, measurements, oxygen) {
  const kind = kindOf(key, words.metric(key).label);
  const stored = measurements.find((measurement) => measurement.stored && measurement.taken);
  const when = stored ? `en mémoire : ${words.time(stored.taken)}` : words.time(record.received.wall);
  const notes = [];
  if (record.attributed) notes.push(record.by ? `attribuée par ${record.by.name}` : "attribuée à la main");
  if (record.confirmed) notes.push("confirmée");
  const row = common(kind, measurements, record.provenance, oxygen, notes);
  return {
    ...row,
    key: `${record.id}/${kind.id}`,
    sequence: record.sequence,
    at: Date.parse(record.received.wall),
    state: record.error === null ? "recorded" : "error",
    mark: record.error === null ? when : `erreur, ${when}`,
    doubts: record.error === null ? row.doubts : [record.error, ...row.doubts],
    spoken: `${kind.label} ${row.value} ${row.unit}`,
  };
}

function unrecorded(live, kind, now, sinceView, dead, oxygen) {
  const age = now.monotonic - live.received.monotonic + sinceView;
  const linked = live.linked && !dead;
  const { continuous = false, value } = live.measurement;
  const row = common(kind, [live.measurement], live.provenance, oxygen, []);
  let state = value === null || value === undefined ? "absent" : "stale";
  if (continuous && linked && age <= FRESH && state !== "absent") state = "live";
  const ago = `il y a ${words.age(age)}`;
  let mark = continuous ? `plus en direct, ${ago}` : `non enregistrée, ${ago}`;
  if (state === "live") mark = "en direct";
  else if (!live.linked) mark = `liaison perdue, ${ago}`;
  else if (state === "absent") mark = linked && age <= FRESH ? "en ce moment" : ago;
  return { ...row, key: `${kind.id}/live`, sequence: null, at: Date.parse(live.received.wall), age, state, mark };
}

function common(kind, measurements, provenance, oxygen, notes) {
  const first = measurements[0];
  const sites = [...new Set(measurements.map((each) => each.site).filter(Boolean))].map(words.site);
  const doubts = [...new Set(measurements.flatMap((each) => each.doubts ?? []))];
  const meals = [...new Set(measurements.map((each) => each.meal).filter(Boolean))].map(words.meal);
  const context = [...sites, ...meals];
  if (first.metric === "saturation" && oxygen !== null) {
    context.push(Number(oxygen) === 0 ? "air ambiant" : `O₂ ${words.number(oxygen)} l/min`);
  }
  for (const each of measurements.slice(1).filter((one) => isBeside(kind, one.metric) && one.value !== null)) {
    context.push(`${words.metric(each.metric).label.toLowerCase()} ${shown(each)} ${words.metric(each.metric).unit}`);
  }
  const mean = measurements.find((each) => each.metric === "mean-pressure");
  if (mean?.value && measurements.length > 1) context.push(`moyenne ${shown(mean)}`);
  const source = [provenance.label, provenance.serial && `n°\u00a0${provenance.serial}`].filter(Boolean).join(" ");
  if (provenance.manual) notes = [...notes, "lue et tapée par l’équipe"];
  if (provenance.simulated) notes = [...notes, "simulé"];
  return {
    kind: kind.id,
    metric: first.metric,
    label: kind.label,
    value: together(kind, measurements),
    unit: words.metric(first.metric).unit,
    context,
    source: [source, ...notes].filter(Boolean).join(" · "),
    doubts: doubts.map((key) => words.doubt(key).line),
  };
}

function together(kind, measurements) {
  if (kind.id !== "pressure") return shown(measurements[0]);
  const of = (key) => measurements.find((each) => each.metric === key);
  const [systolic, diastolic] = [of("systolic"), of("diastolic")];
  if (!systolic || !diastolic) return shown(systolic ?? diastolic ?? measurements[0]);
  const value = `${shown(systolic)}/${shown(diastolic)}`;
  return value === "—/—" ? "—" : value;
}

function shown(measurement) {
  return words.number(measurement.value, words.metric(measurement.metric).digits);
}

function nothing(kind) {
  return {
    key: `${kind.id}/none`, kind: kind.id, metric: kind.metrics[0], label: kind.label, value: "—", unit: "", sequence: null,
    state: "absent", mark: "pas encore de mesure", context: [], source: "", doubts: [],
  };
}
