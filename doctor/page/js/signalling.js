// SPDX-License-Identifier: Apache-2.0
// The page's WebSocket to the rendezvous server: joins, beats each second, comes back by itself within a second of the
// way to the server: a way that is dark is knocked at, and the browser's word that the network changed begins it afresh.

const BEAT = 1000;
const LOST = 3000;
const OPENING = 3000;
const AGAIN = [150, 400, 800];
const KNOCK = 500;
const UNSURE = 1200;
const FINAL = new Set([4001, 4002]);

/**
 * Events: `message` (detail: the message), `lost`, `changed` (the network did), `ended` (detail: the close code).
 * `greeting()` gives the join message for each connection.
 */
export class Signalling extends EventTarget {
  #socket = null;
  #greeting;
  #url;
  #beat = 0;
  #tries = 0;
  #heard = 0;
  #stopped = false;
  #again = 0;
  #knocking = 0;
  #changed = () => this.#doubt();

  constructor(url, greeting) {
    super();
    this.#url = url;
    this.#greeting = greeting;
    addEventListener("online", this.#changed);
    navigator.connection?.addEventListener("change", this.#changed);
  }

  /** Connect; and again whenever the connection is lost. */
  open() {
    clearTimeout(this.#again);
    clearInterval(this.#knocking);
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    const opening = setTimeout(() => this.#lose(socket, 0, { dark: true }), OPENING);
    socket.onopen = () => {
      clearTimeout(opening);
      this.#heard = performance.now();
      socket.send(JSON.stringify({ type: "join", ...this.#greeting() }));
      this.#beat = setInterval(() => this.#pulse(socket), BEAT);
    };
    socket.onmessage = (event) => this.#receive(socket, event.data);
    socket.onclose = (event) => {
      clearTimeout(opening);
      this.#lose(socket, event.code);
    };
  }

  get connected() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Send a message; false when there is no connection. */
  send(message) {
    if (!this.connected) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** End it for good. */
  close() {
    this.#stopped = true;
    clearTimeout(this.#again);
    clearInterval(this.#beat);
    clearInterval(this.#knocking);
    removeEventListener("online", this.#changed);
    navigator.connection?.removeEventListener("change", this.#changed);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }

  /** The network changed: come back now, or have the server answer soon. */
  #doubt() {
    this.dispatchEvent(new Event("changed"));
    if (this.#stopped) return;
    const socket = this.#socket;
    if (!this.connected) {
      if (socket !== null) socket.onclose = null;
      socket?.close();
      this.open();
      return;
    }
    const asked = performance.now();
    this.send({ type: "ping", n: Math.round(asked) });
    setTimeout(() => { if (this.#heard < asked) this.#lose(socket, 0, { dark: true }); }, UNSURE);
  }

  /** Ask for a small page again and again; the first answer says that the way is there. */
  #knock() {
    clearInterval(this.#knocking);
    const ask = async () => {
      try {
        await fetch("/alive", { cache: "no-store", signal: AbortSignal.timeout(4 * KNOCK) });
      } catch {
        return;
      }
      if (this.#socket === null && !this.#stopped) this.open();
    };
    this.#knocking = setInterval(ask, KNOCK);
    ask();
  }

  #receive(socket, data) {
    if (socket !== this.#socket) return;
    this.#heard = performance.now();
    const message = JSON.parse(data);
    if (message.type === "pong") return;
    this.#tries = 0;
    this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }

  #pulse(socket) {
    if (performance.now() - this.#heard > LOST) this.#lose(socket, 0, { dark: true });
    else this.send({ type: "ping", n: Math.round(performance.now()) });
  }

  #lose(socket, code, { dark = false } = {}) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    clearInterval(this.#beat);
    socket.onclose = null;
    socket.close();
    if (this.#stopped) return;
    if (FINAL.has(code)) {
      this.#stopped = true;
      this.dispatchEvent(new CustomEvent("ended", { detail: code }));
      return;
    }
    this.dispatchEvent(new Event("lost"));
    if (dark) {
      this.#knock();
      return;
    }
    const wait = AGAIN[Math.min(this.#tries, AGAIN.length - 1)];
    this.#tries += 1;
    this.#again = setTimeout(() => this.open(), wait);
  }
}
