// SPDX-License-Identifier: Apache-2.0
// One peer connection with the cart: it offers, we answer. A dead one is never mended: the cart dials another.

import { Channel } from "./channel.js";
import { CaptureReader } from "./capturereader.js";

const BEAT = 1000;
const LOOK = 250;
const LOST = 3000;
const DOUBTFUL = 1500;
const CONNECTING = 12000;

/** Events: `tracks` (detail: MediaStream), `stethoscope` (detail: its RTCRtpReceiver), `open`, `dead`, `words`, `view`, `entry`, `reply` (detail: theirs). */
export class Peer extends EventTarget {
  #connection;
  #signalling;
  #media;
  #stream = new MediaStream();
  #timer = 0;
  #looking = 0;
  #doubted = -Infinity;
  #born = performance.now();
  #early = [];
  #over = false;

  channel = null;
  captures = null;

  constructor(call, ice, signalling, media) {
    super();
    this.call = call;
    this.#signalling = signalling;
    this.#media = media;
    this.#connection = new RTCPeerConnection({ iceServers: ice, bundlePolicy: "max-bundle" });
    this.#connection.ontrack = ({ track, receiver }) => this.#track(track, receiver);
    this.#connection.ondatachannel = ({ channel }) => this.#openChannel(channel);
    this.#connection.onicecandidate = ({ candidate }) => this.#sendCandidate(candidate);
    this.#connection.onconnectionstatechange = () => {
      if (["failed", "closed"].includes(this.#connection.connectionState)) this.#die();
    };
    this.#timer = setInterval(() => this.channel?.beat(), BEAT);
    this.#looking = setInterval(() => this.#look(), LOOK);
  }

  /** The network changed: less silence than otherwise is enough to be dead, until the cart is heard. */
  doubt() {
    this.#doubted = performance.now();
  }

  /** Take the offer and answer it. */
  async answer(sdp) {
    try {
      await this.#connection.setRemoteDescription({ type: "offer", sdp });
      await this.#attach();
      await this.#connection.setLocalDescription();
      if (this.#over) return;
      this.#signalling.send({ type: "answer", call: this.call, sdp: this.#connection.localDescription.sdp });
      for (const candidate of this.#early.splice(0)) await this.#connection.addIceCandidate(candidate);
    } catch (error) {
      if (!this.#over) {
        console.warn("offer refused:", error.name);
        this.#die();
      }
    }
  }

  /** A candidate of the cart, before or after its offer was taken. */
  async addCandidate({ candidate, sdpMid, sdpMLineIndex }) {
    const init = { candidate: candidate ?? "", sdpMid, sdpMLineIndex };
    if (!this.#connection.remoteDescription) this.#early.push(init);
    else await this.#connection.addIceCandidate(init).catch((error) => console.warn("candidate refused:", error.name));
  }

  /** Whether the cart has been heard within the last three seconds. */
  get alive() {
    if (this.#over || this.channel === null) return false;
    const patience = this.#doubted > this.channel.heard ? DOUBTFUL : LOST;
    return performance.now() - this.channel.heard < patience;
  }

  /** Whether it has ended. */
  get over() {
    return this.#over;
  }

  /** W3C statistics. */
  stats() {
    return this.#connection.getStats();
  }

  /** End it; says nothing to anyone. */
  close() {
    this.#over = true;
    clearInterval(this.#timer);
    clearInterval(this.#looking);
    this.channel?.drop();
    this.captures?.drop();
    this.#connection.close();
  }

  async #attach() {
    const waiting = { audio: this.#media.audio, video: this.#media.video };
    for (const transceiver of this.#connection.getTransceivers()) {
      const kind = transceiver.receiver.track.kind;
      const track = waiting[kind];
      if (!track) continue;
      waiting[kind] = null; // a second audio line is the stethoscope: nothing goes back on it
      transceiver.direction = "sendrecv";
      await transceiver.sender.replaceTrack(track);
    }
  }

  #track(track, receiver) {
    if (this.#stream.getTracks().some((other) => other.kind === track.kind)) {
      if (track.kind === "audio") this.dispatchEvent(new CustomEvent("stethoscope", { detail: receiver }));
      return;
    }
    this.#stream.addTrack(track);
    this.dispatchEvent(new CustomEvent("tracks", { detail: this.#stream }));
  }

  #openChannel(channel) {
    if (channel.label === "captures") this.captures = new CaptureReader(channel);
    if (channel.label !== "chevet") return;
    this.channel = new Channel(channel, (type, detail) => this.dispatchEvent(new CustomEvent(type, { detail })));
    this.channel.speaks = () => this.#media.audio?.enabled ?? false;
  }

  #sendCandidate(candidate) {
    const { candidate: line = null, sdpMid = null, sdpMLineIndex = null } = candidate ?? {};
    this.#signalling.send({ type: "candidate", call: this.call, candidate: line, sdpMid, sdpMLineIndex });
  }

  #look() {
    const opened = this.channel !== null && this.channel.open;
    if (opened ? !this.alive : performance.now() - this.#born > CONNECTING) this.#die();
  }

  #die() {
    if (this.#over) return;
    this.dispatchEvent(new Event("dead"));
    this.close();
  }
}
