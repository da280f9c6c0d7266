// SPDX-License-Identifier: Apache-2.0
// How things are said in French: numbers, times, ages, people. Metrics, doubts and sites are the cart's own words.

const CLOCK = new Intl.DateTimeFormat("fr-FR", { hour: "2-digit", minute: "2-digit" });
const DAY = new Intl.DateTimeFormat("fr-FR", { day: "2-digit", month: "2-digit" });

let vocabulary = { metrics: {}, doubts: {}, sites: {}, reasons: {}, positions: {}, hearts: [], meals: {} };

/** Take the cart's vocabulary (docs/signalling.md §2, `words`). */
export function learn(words) {
  vocabulary = { ...vocabulary, ...words };
}

/** A metric's row: label, unit, digits. */
export function metric(key) {
  return vocabulary.metrics[key] ?? { label: key, unit: "", digits: null };
}

/** A doubt's line, and whether it means that there is no number. */
export function doubt(key) {
  return vocabulary.doubts[key] ?? { line: key, void: false };
}

/** A site's label. */
export function site(key) {
  return vocabulary.sites[key] ?? key;
}

/** Where a stethoscope was placed. */
export function position(key) {
  return vocabulary.positions[key] ?? key;
}

/** Whether that place is one for the heart. */
export function isHeart(key) {
  return vocabulary.hearts.includes(key);
}

/** When a glucose was taken. */
export function meal(key) {
  return vocabulary.meals[key] ?? key;
}

/** Why a measurement was set aside. */
export function reason(key) {
  return vocabulary.reasons[key] ?? key;
}

/** A decimal (text or number) with a metric's digits and a comma; « — » when there is none. */
export function number(value, digits = null) {
  if (value === null || value === undefined) return "—";
  const options = digits === null ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return Number(value).toLocaleString("fr-FR", options);
}

/** A moment, as 14:29, with its day when it is not today's. */
export function time(wall) {
  const moment = new Date(wall);
  const clock = CLOCK.format(moment);
  return moment.toDateString() === new Date().toDateString() ? clock : `${DAY.format(moment)} ${clock}`;
}

/** An age in seconds, short. */
export function age(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor(whole / 60) % 60).padStart(2, "0")}`;
}

/** A flow in kbit/s. */
export function flow(kilobits) {
  return kilobits < 1000 ? `${Math.round(kilobits)} kbit/s` : `${number(kilobits / 1000, 1)} Mbit/s`;
}

/** A patient's name, family name in capitals. */
export function name(patient) {
  return `${patient.family.toLocaleUpperCase("fr")} ${patient.given}`;
}

/** A patient's facts: born, age, room. */
export function facts(patient, today = new Date()) {
  const [year, month, day] = patient.born.split("-").map(Number);
  const before = today.getMonth() + 1 < month || (today.getMonth() + 1 === month && today.getDate() < day);
  const years = today.getFullYear() - year - (before ? 1 : 0);
  const word = { female: "née le", male: "né le" }[patient.sex] ?? "date de naissance";
  const born = [String(day).padStart(2, "0"), String(month).padStart(2, "0"), year].join("/");
  const parts = [`${word} ${born}`, `${years} an${years > 1 ? "s" : ""}`];
  if (patient.room) parts.push(`chambre ${patient.room}`);
  return parts.join(" · ");
}

/** The first letter as a capital. */
export function capital(text) {
  return text.charAt(0).toLocaleUpperCase("fr") + text.slice(1);
}
