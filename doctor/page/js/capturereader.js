// SPDX-License-Identifier: Apache-2.0
// The data channel `captures`: a header, then the bytes. What does not match its SHA-256 is thrown away.

const LARGEST = 64 * 1024 * 1024;
const TYPES = new Set(["image/jpeg", "image/png", "image/webp", "audio/flac", "application/pdf", "application/dicom", "application/x-scp-ecg"]);

/** Reads one capture at a time; `next()` resolves to a Blob, or to null (absent, damaged, cut). */
export class CaptureReader {
  #header = null;
  #parts = [];
  #size = 0;
  #resolve = null;
  #wanted = "";

  constructor(channel) {
    channel.binaryType = "arraybuffer";
    channel.onmessage = ({ data }) => this.#receive(data);
    channel.onclose = () => this.drop();
  }

  /** The capture of this digest, once it has been asked for. */
  next(sha256) {
    this.drop();
    this.#wanted = sha256;
    return new Promise((resolve) => { this.#resolve = resolve; });
  }

  /** Give up. */
  drop() {
    this.#finish(null);
  }

  #receive(data) {
    if (typeof data === "string") {
      const header = JSON.parse(data);
      const wanted = header.type === "capture" && header.sha256 === this.#wanted;
      this.#header = wanted ? header : null;
      this.#parts = [];
      this.#size = 0;
      if (wanted && !(header.size > 0 && header.size <= LARGEST && TYPES.has(header.media_type))) this.#finish(null);
      return;
    }
    if (this.#header === null) return;
    this.#parts.push(data);
    this.#size += data.byteLength;
    if (this.#size > this.#header.size) this.#finish(null);
    else if (this.#size === this.#header.size) this.#check(this.#header, this.#parts);
  }

  async #check(header, parts) {
    this.#header = null;
    const blob = new Blob(parts, { type: header.media_type });
    if (!crypto.subtle) return this.#finish(null); // not a secure context: nothing can be checked, so nothing is shown
    const digest = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
    const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    if (header.sha256 !== this.#wanted) return undefined;
    return this.#finish(hex === header.sha256 ? blob : null);
  }

  #finish(blob) {
    this.#header = null;
    this.#parts = [];
    const resolve = this.#resolve;
    this.#resolve = null;
    this.#wanted = "";
    resolve?.(blob);
  }
}
