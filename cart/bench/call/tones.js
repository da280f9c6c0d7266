// SPDX-License-Identifier: Apache-2.0
// Put into a page before its own scripts: hands out what the cart's second line of sound, the stethoscope's, gives.
(() => {
  const heard = [];
  const Original = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Original {
    constructor(...words) {
      super(...words);
      heard.length = 0;
      this.addEventListener("track", ({ track, receiver }) => { if (track.kind === "audio") heard.push(receiver); });
    }
  };
  const SECONDS = 0.6; // whole periods of every multiple of 5 Hz
  const RATE = 48000;

  const amplitude = (samples, hertz) => {
    let real = 0;
    let imaginary = 0;
    samples.forEach((sample, at) => {
      const angle = (2 * Math.PI * hertz * at) / RATE;
      real += sample * Math.cos(angle);
      imaginary += sample * Math.sin(angle);
    });
    return (2 * Math.hypot(real, imaginary)) / samples.length;
  };

  window.__tones = {
    // The amplitude (1: full scale) of a sine of each frequency, now.
    async levels(frequencies) {
      const context = new AudioContext({ sampleRate: RATE });
      await context.resume();
      const analyser = context.createAnalyser();
      analyser.fftSize = 32768;
      context.createMediaStreamSource(new MediaStream([heard[1].track])).connect(analyser);
      await new Promise((resolve) => { setTimeout(resolve, 1200); });
      const room = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(room);
      await context.close();
      return frequencies.map((hertz) => amplitude(room.subarray(0, RATE * SECONDS), hertz));
    },
    // Packets received and lost, samples played and made up.
    async counts() {
      for (const one of (await heard[1].getStats()).values()) {
        if (one.type === "inbound-rtp") return [one.packetsReceived, one.packetsLost, one.totalSamplesReceived, one.concealedSamples];
      }
      return [0, 0, 0, 0];
    },
  };
})();
