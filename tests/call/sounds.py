# SPDX-License-Identifier: Apache-2.0
"""A stethoscope for tests that hears tones, at their pace, and a page that measures them."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable

import numpy as np

PEAK = 8_000

TAKE_TRACKS = """(() => {
  const Original = window.RTCPeerConnection;
  window.__heard = [];
  window.RTCPeerConnection = class extends Original {
    constructor(...words) {
      super(...words);
      window.__heard = [];
      this.addEventListener("track", ({ track, receiver }) => {
        if (track.kind === "audio") window.__heard.push(receiver);
      });
      window.__peer = this;
    }
  };
})();"""
"""Put into a page before its own scripts: ``__heard`` are the receivers of sound, in their order."""

LEVELS = """async (hertz) => {
  const context = new AudioContext({ sampleRate: 48000 });
  await context.resume();
  const source = context.createMediaStreamSource(new MediaStream([window.__heard[1].track]));
  const analyser = context.createAnalyser();
  analyser.fftSize = 32768;
  source.connect(analyser);
  const room = new Float32Array(analyser.fftSize);
  const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  await wait(1.2);
  analyser.getFloatTimeDomainData(room);
  await context.close();
  const whole = room.subarray(0, 28800);
  return hertz.map((each) => {
    let real = 0, imaginary = 0;
    whole.forEach((sample, at) => {
      const angle = (2 * Math.PI * each * at) / 48000;
      real += sample * Math.cos(angle);
      imaginary += sample * Math.sin(angle);
    });
    return (2 * Math.hypot(real, imaginary)) / whole.length;
  });
}"""
"""Amplitudes (1: full scale) of sines, of multiples of 5 Hz, in 0.6 s of what the stethoscope's line gives."""


class ToneStethoscope:
    """Hears sines of ``hertz`` at once, each of the same amplitude (``level`` of full scale)."""

    def __init__(self, hertz: Iterable[int]) -> None:
        self.hertz = tuple(hertz)
        at = np.arange(48_000) / 48_000
        mixed = sum(np.sin(2 * np.pi * each * at + number) for number, each in enumerate(self.hertz))
        self._blocks = np.round(mixed * PEAK / len(self.hertz)).astype(np.int16).reshape(-1, 960)
        self.level = PEAK / len(self.hertz) / 32768
        self.taps = 0
        self._at = time.monotonic()
        self._count = 0

    @contextlib.asynccontextmanager
    async def heard(self) -> AsyncIterator["ToneStethoscope"]:
        self.taps += 1
        try:
            yield self
        finally:
            self.taps -= 1

    async def read(self) -> np.ndarray:
        self._at = max(self._at + 0.02, time.monotonic() - 1.0)
        await asyncio.sleep(max(0.0, self._at - time.monotonic()))
        self._count += 1
        return self._blocks[self._count % len(self._blocks)]
