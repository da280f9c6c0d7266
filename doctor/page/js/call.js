// SPDX-License-Identifier: Apache-2.0
// The call as the page lives it: signalling, one peer at a time, a new one as soon as the cart dials again.

import { Peer } from "./peer.js";
import { Signalling } from "./signalling.js";

const DEAD_AGAIN = 3000;

/**
 * Events: `waiting`, `admitted`, `refused` and `finished` (detail: {code, line}), `cart` (detail: whether it is there),
 * `server` (detail: whether the rendezvous answers), `peer` (detail: the Peer, before it opens), `cut`.
 */
export class Call extends EventTarget {
  #signalling;
  #memory;
  #media;
  #code;
  #ice = [];
  #nagging = 0;
  #over = false;
  #expired = false;
  #reached = true;

  peer = null;
  dead = false;

  /** `memory` keeps {name, resume} of this room in the tab; `code` is only for the first join. */
  constructor(room, memory, media, code = null) {
    super();
    this.#memory = memory;
    this.#media = media;
    this.#code = code;
    const url = new URL("/doctor", location.href);
    url.protocol = url.protocol.replace("http", "ws");
    this.#signalling = new Signalling(url, () => this.#greeting(room));
    this.#signalling.addEventListener("message", ({ detail }) => this.#receive(detail));
    this.#signalling.addEventListener("ended", () => { if (!this.#expired) this.#finish("ended", ""); });
    this.#signalling.addEventListener("lost", () => this.#reach(false));
    this.#signalling.addEventListener("changed", () => this.peer?.doubt());
    this.#signalling.open();
  }

  /** « Quitter ». */
  leave() {
    this.#signalling.send({ type: "leave" });
    this.#finish("left", "");
  }

  #greeting(room) {
    const { name, resume } = this.#memory;
    if (!resume) return { room, name, code: this.#code };
    return { room, name, resume, alive: this.peer?.alive ?? false };
  }

  #reach(reached) {
    if (reached !== this.#reached) this.#tell("server", reached);
    this.#reached = reached;
  }

  #receive(message) {
    this.#reach(true);
    switch (message.type) {
      case "waiting":
        this.#memory.resume = message.resume;
        this.#tell("waiting");
        break;
      case "admitted":
        this.#memory.resume = message.resume;
        this.#ice = message.ice;
        this.#tell("admitted");
        break;
      case "offer": this.#answer(message); break;
      case "candidate": if (message.call === this.peer?.call) this.peer.addCandidate(message); break;
      case "restart": this.#cut(); break;
      case "cart-lost": this.#tell("cart", false); break;
      case "cart-back": this.#tell("cart", true); break;
      case "refused": this.#refuse(message); break;
      case "closed": this.#finish("closed", ""); break;
      case "error": console.warn("the server refused a message:", message.code); break;
      default: console.warn("unknown message from the server:", message.type);
    }
  }

  #refuse({ code, line }) {
    this.#expired = code === "expired" && (this.peer?.alive ?? false);
    if (!this.#expired) this.#finish(code, line); // an invitation that expires does not end a call that lives
  }

  #answer({ call, sdp, ice = [] }) {
    if (ice.length > 0) this.#ice = ice;
    const old = this.peer;
    const peer = new Peer(call, this.#ice, this.#signalling, this.#media);
    this.peer = peer;
    peer.addEventListener("open", () => this.#alive());
    peer.addEventListener("dead", () => { if (peer === this.peer) this.#cut({ tell: true }); });
    this.#tell("peer", peer);
    old?.close();
    peer.answer(sdp);
  }

  #alive() {
    this.dead = false;
    clearInterval(this.#nagging);
  }

  #cut({ tell = false } = {}) {
    this.dead = true;
    this.#tell("cut");
    this.peer?.close();
    clearInterval(this.#nagging);
    if (tell) this.#signalling.send({ type: "dead" });
    this.#nagging = setInterval(() => {
      const dialling = this.peer !== null && !this.peer.over;
      if (!dialling) this.#signalling.send({ type: "dead" });
    }, DEAD_AGAIN);
  }

  #finish(code, line) {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#nagging);
    this.peer?.close();
    this.peer = null;
    setTimeout(() => this.#signalling.close(), code === "left" ? 200 : 0);
    this.#memory.resume = "";
    this.#tell("finished", { code, line });
  }

  #tell(type, detail = null) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
