# SPDX-License-Identifier: Apache-2.0
"""Sound: the microphone towards the doctor, the doctor's voice to the loudspeaker. Nothing piles up on either side."""

import asyncio
import collections
import logging
import time
from fractions import Fraction

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from call.ports import Block, Loudspeaker, Microphone, Views
from device.errors import AudioError

log = logging.getLogger(__name__)

RATE = 48_000
SAMPLES = 960
LATE = 0.1
"""Seconds without a block of the microphone after which silence is sent."""
KEPT = 5
"""Blocks (20 ms) of the microphone kept while nobody takes them."""
LEAD = 0.3
"""Seconds of the doctor's voice that may wait in the loudspeaker; what comes beyond is dropped."""


class OutgoingVoice:
    """The newest 100 ms of the microphone. One reader task for all peer connections of a call."""

    def __init__(self, microphone: Microphone, views: Views) -> None:
        self._microphone = microphone
        self._views = views
        self._blocks: collections.deque[Block] = collections.deque(maxlen=KEPT)
        self._fresh = asyncio.Event()
        self._quiet = np.zeros(SAMPLES, np.int16)

    async def run(self) -> None:
        """Read the microphone, for ever. One that fails is tried again; silence goes out meanwhile."""
        while True:
            try:
                block = await self._microphone.read()
            except AudioError as error:
                log.warning("%s %s", error.code, error)
                await asyncio.sleep(1.0)
                continue
            self._blocks.append(block)
            self._fresh.set()

    async def next(self) -> Block:
        """The next block; silence when the microphone is off or late."""
        try:
            async with asyncio.timeout(LATE):
                while not self._blocks:
                    self._fresh.clear()
                    await self._fresh.wait()
        except TimeoutError:
            return self._quiet
        block = self._blocks.popleft()
        return block if self._views.state.microphone_on else self._quiet


class VoiceTrack(MediaStreamTrack):
    """The microphone in one peer connection."""

    kind = "audio"

    def __init__(self, voice: OutgoingVoice) -> None:
        super().__init__()
        self._voice = voice
        self._pts = 0

    async def recv(self) -> av.AudioFrame:
        """The next 20 ms."""
        if self.readyState != "live":
            raise MediaStreamError
        block = await self._voice.next()
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        frame.pts = self._pts
        frame.time_base = Fraction(1, RATE)
        self._pts += block.size
        return frame


class IncomingVoice:
    """The doctor's voice, cut into blocks. After a gap the network delivers a burst: what is too old is not played."""

    def __init__(self, loudspeaker: Loudspeaker) -> None:
        self._loudspeaker = loudspeaker
        self._rest = np.zeros(0, np.int16)
        self._until = 0.0
        self.dropped = 0

    def play(self, frame: av.AudioFrame) -> None:
        """Play a decoded frame (48 kHz, int16, mono or stereo)."""
        samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))
        mono = samples[:, 0] if samples.shape[1] == 1 else (samples.astype(np.int32).sum(1) // samples.shape[1])
        self._rest = np.concatenate((self._rest, mono.astype(np.int16)))
        while self._rest.size >= SAMPLES:
            block, self._rest = self._rest[:SAMPLES], self._rest[SAMPLES:]
            self._write(block)

    def _write(self, block: Block) -> None:
        now = time.monotonic()
        if self._until - now > LEAD:
            self.dropped += 1
            return
        self._until = max(self._until, now) + SAMPLES / RATE
        self._loudspeaker.write(block)
