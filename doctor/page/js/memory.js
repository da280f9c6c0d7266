// SPDX-License-Identifier: Apache-2.0
// What this tab remembers of a room across a reload: the doctor's name, the resume token, the devices wanted. Nothing clinical.

/** A few words in sessionStorage, one key a room. */
export class Memory {
  #key;
  #held;

  constructor(room) {
    this.#key = `chevet:${room}`;
    try {
      this.#held = JSON.parse(sessionStorage.getItem(this.#key) ?? "{}");
    } catch {
      this.#held = {};
    }
  }

  get name() { return this.#held.name ?? ""; }
  get resume() { return this.#held.resume ?? ""; }
  get devices() { return this.#held.devices ?? { camera: true, microphone: true }; }

  set name(name) { this.#keep({ name }); }
  set resume(resume) { this.#keep({ resume }); }
  set devices(devices) { this.#keep({ devices }); }

  #keep(change) {
    this.#held = { ...this.#held, ...change };
    sessionStorage.setItem(this.#key, JSON.stringify(this.#held));
  }
}
