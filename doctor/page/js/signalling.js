// SPDX-License-Identifier: Apache-2.0
// The page's WebSocket to the rendezvous server: joins, beats each second, comes back by itself in less than a second.

const BEAT = 1000;
const LOST = 3000;
const OPENING = 3000;
const AGAIN = [150, 400, 800];
const FINAL = new Set([4001, 4002]);

/**
 * Events: `message` (detail: the message), `lost`, `ended` (detail: the close code).
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

  constructor(url, greeting) {
    super();
    this.#url = url;
    this.#greeting = greeting;
  }

  /** Connect; and again whenever the connection is lost. */
  open() {
    clearTimeout(this.#again);
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    const opening = setTimeout(() => this.#lose(socket, 0), OPENING);
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
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
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
    if (performance.now() - this.#heard > LOST) this.#lose(socket, 0);
    else this.send({ type: "ping", n: Math.round(performance.now()) });
  }

  #lose(socket, code) {
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
    const wait = AGAIN[Math.min(this.#tries, AGAIN.length - 1)];
    this.#tries += 1;
    this.#again = setTimeout(() => this.open(), wait);
  }
}
