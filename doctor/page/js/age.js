// SPDX-License-Identifier: Apache-2.0
// How old something is. The steady clock stands still while some machines sleep, the wall clock may be set: whichever says
// that more time has passed is believed, so that nothing old looks new.

/** This moment. */
export function stamp() {
  return { steady: performance.now(), wall: Date.now() };
}

/** Seconds since a moment. */
export function since(moment) {
  return Math.max(performance.now() - moment.steady, Date.now() - moment.wall, 0) / 1000;
}
