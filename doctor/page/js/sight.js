// SPDX-License-Identifier: Apache-2.0
// What this page has shown, in a few numbers for the technician (docs/signalling.md §2, `seen`). The caller gives the time.

const FREEZE = 1;
const USUAL = 3;
const SHARE = 0.3;
const LONG = 2;
const EVERY = 5;

/** Counts pictures, freezes and cuts. Times are seconds of one steady clock. */
export class Sight {
  #born;
  #told;
  #shown = 0;
  #last = null;
  #mean = 0;
  #cut = null;
  #news = true;
  #sum;

  constructor(now) {
    this.begin(now);
  }

  /** The page was let in. */
  begin(now) {
    this.#born = this.#told = now;
    this.#shown = 0;
    this.#last = this.#cut = null;
    this.#mean = 0;
    this.#news = true;
    this.#sum = { pictures: 0, first: null, freezes: 0, frozen: 0, last_freeze: 0, cuts: 0, cut: 0, last_cut: 0 };
  }

  /** A picture is shown. */
  frame(now) {
    const sum = this.#sum;
    sum.pictures += 1;
    if (sum.first === null) {
      sum.first = now - this.#born;
      this.#news = true;
    }
    if (this.#cut !== null) {
      sum.cuts += 1;
      sum.cut += now - this.#cut;
      sum.last_cut = now - this.#cut;
      this.#cut = null;
      this.#news = true;
    } else if (this.#last !== null) {
      this.#gap(now);
      this.#mean += (now - this.#last - this.#mean) * SHARE;
    }
    this.#last = now;
  }

  /** No picture is due, or nobody looks: what comes next is no freeze. */
  pause(now) {
    if (this.#last !== null) this.#gap(now);
    this.#last = null;
  }

  /** The cart is not heard any more. */
  cut(now) {
    if (this.#cut === null && this.#sum.first !== null) this.#cut = this.#last ?? now;
    this.#last = null;
  }

  /** Another peer connection: it is told at once. */
  renew() {
    this.#news = true;
  }

  /** The numbers, when it is time to tell them, else null. */
  report(now) {
    if (!this.#news && now - this.#told < EVERY) return null;
    const sum = this.#sum;
    const rate = Math.min(240, (sum.pictures - this.#shown) / Math.max(now - this.#told, 0.1));
    [this.#told, this.#shown, this.#news] = [now, sum.pictures, false];
    const told = { since: now - this.#born, ...sum, rate };
    for (const [name, value] of Object.entries(told)) told[name] = value === null ? null : Math.round(value * 1000) / 1000;
    return told;
  }

  #gap(now) {
    const lasted = now - this.#last;
    if (lasted < FREEZE || lasted < USUAL * this.#mean) return;
    const sum = this.#sum;
    sum.freezes += 1;
    sum.frozen += lasted;
    sum.last_freeze = lasted;
    this.#news ||= lasted >= LONG;
  }
}
