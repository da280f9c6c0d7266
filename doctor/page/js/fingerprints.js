// SPDX-License-Identifier: Apache-2.0
// The control words: what both sides compute from the two DTLS certificates (docs/signalling.md §3, call/fingerprints.py).

const TAG = "chevet control words 2";
const ROUNDS = 200000;
const LIST = "/page/control-words.json";
const COUNT = 1024;
const WORDS = 4;

let list = null;

/** The words of two certificates (DER, Uint8Array): the cart's, then ours. */
export async function controlWords(cart, page, words) {
  const both = new Uint8Array([...await sha256(cart), ...await sha256(page)]);
  const key = await crypto.subtle.importKey("raw", both, "PBKDF2", false, ["deriveBits"]);
  const costly = { name: "PBKDF2", hash: "SHA-256", salt: new TextEncoder().encode(TAG), iterations: ROUNDS };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(costly, key, 40));
  let number = 0n;
  for (const byte of bits) number = (number << 8n) | BigInt(byte);
  return Array.from({ length: WORDS }, (_, place) => words[Number((number >> BigInt(10 * (WORDS - 1 - place))) & 1023n)]);
}

/** The two certificates that the handshake has shown, from W3C statistics: {cart, page}, or null where a browser does
 *  not tell (what a session description claims is never taken instead). */
export function certificates(report) {
  for (const each of report.values()) {
    if (each.type !== "transport" || each.dtlsState !== "connected") continue;
    const theirs = report.get(each.remoteCertificateId)?.base64Certificate;
    const ours = report.get(each.localCertificateId)?.base64Certificate;
    if (theirs && ours) return { cart: bytes(theirs), page: bytes(ours) };
  }
  return null;
}

/** Shows the words of the present peer connection; none that is not of a connection that lives. */
export class ControlWords {
  #element;
  #of = null;
  #asking = false;

  constructor(element) {
    this.#element = element;
  }

  /** Once a second. */
  async measure(peer, dead) {
    if (dead || peer === null || !peer.alive) return this.clear();
    if (this.#of !== null && peer !== this.#of) this.clear();
    if (peer === this.#of || this.#asking || !crypto.subtle) return undefined;
    this.#asking = true;
    try {
      const found = certificates(await peer.stats());
      const line = found === null ? "" : (await controlWords(found.cart, found.page, await vocabulary())).join(" · ");
      if (line && peer.alive) this.#draw(peer, line);
    } catch (error) {
      console.info("no control words:", error.name);
    } finally {
      this.#asking = false;
    }
    return undefined;
  }

  /** Nothing is shown. */
  clear() {
    this.#of = null;
    this.#element.hidden = true;
    this.#element.textContent = "";
  }

  #draw(peer, line) {
    this.#of = peer;
    this.#element.textContent = `Mots de contrôle : ${line}`;
    this.#element.hidden = false;
  }
}

async function vocabulary() {
  if (list === null) {
    const answer = await fetch(LIST);
    const words = answer.ok ? await answer.json() : [];
    if (new Set(words).size !== COUNT) throw new TypeError("not a list of control words");
    list = words;
  }
  return list;
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

async function sha256(data) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}
