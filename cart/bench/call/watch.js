// SPDX-License-Identifier: Apache-2.0
// Put into a page before its own scripts: notes what a receiver shows and hears, on the machine's clock.
(() => {
  const now = () => performance.timeOrigin + performance.now();
  const seen = { frames: [], sizes: [], audio: [], messages: [], entries: [], peers: [] };
  window.__chevet = seen;
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...words) {
      super(...words);
      seen.peers.push(this);
      this.addEventListener("datachannel", ({ channel }) => {
        channel.addEventListener("message", ({ data }) => {
          if (typeof data !== "string") return;
          if (/^{"type":"entry"/.test(data)) seen.entries.push(JSON.parse(data).entry.sequence);
          if (!/"type":"(view|change)"/.test(data)) return;
          const { view, set } = JSON.parse(data);
          const wall = (view ?? set)?.now?.wall;
          if (wall) seen.messages.push([now(), now() - Date.parse(wall)]);
        });
      });
    }
  };
  const watched = new WeakSet();
  const follow = (video) => {
    watched.add(video);
    const step = (_at, facts) => {
      seen.frames.push(now());
      const size = `${facts.width}x${facts.height}`;
      if (seen.sizes.at(-1)?.[1] !== size) seen.sizes.push([now(), size]);
      video.requestVideoFrameCallback(step);
    };
    video.requestVideoFrameCallback(step);
  };
  setInterval(() => {
    for (const video of document.querySelectorAll("video")) {
      if (video.srcObject && !watched.has(video) && !video.classList.contains("mirror")) follow(video);
    }
  }, 50);
  setInterval(async () => {
    const peer = seen.peers.filter((one) => one.connectionState === "connected").at(-1);
    if (!peer) return;
    const heard = [...(await peer.getStats()).values()].filter((one) => one.type === "inbound-rtp" && one.kind === "audio");
    heard.sort((one, other) => Number(one.mid) - Number(other.mid)); // the second one is the stethoscope
    for (const one of heard.slice(0, 1)) {
      seen.audio.push([now(), one.totalSamplesReceived ?? 0, one.concealedSamples ?? 0, one.silentConcealedSamples ?? 0, one.jitterBufferEmittedCount ?? 0]);
    }
  }, 100);
})();
