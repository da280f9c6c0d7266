# SPDX-License-Identifier: Apache-2.0
"""A microphone that several may hear: its first reader, its meter, and whoever taps it. Nothing is altered."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Iterator

from device.audio.envelope import envelope
from device.audio.sound import DEAF, SECONDS, Block, Microphone, SoundPhase, level, no_microphone
from device.errors import AudioError
from device.levels import LevelWriter

log = logging.getLogger(__name__)

QUEUE = 10
"""Blocks that wait for the first reader: 200 ms."""
AGAIN = 0.2
"""Seconds between two tries to read a microphone that fails."""


class Tap:
    """Blocks as they come, at most ``kept`` of them waiting; the oldest are dropped and counted in ``lost``."""

    def __init__(self, kept: int) -> None:
        self.lost = 0
        self._blocks: deque[Block] = deque(maxlen=kept)
        self._came = asyncio.Event()

    def put(self, block: Block) -> None:
        """A block came."""
        self.lost += len(self._blocks) == self._blocks.maxlen
        self._blocks.append(block)
        self._came.set()

    def take(self) -> list[Block]:
        """All that wait, at once."""
        blocks = list(self._blocks)
        self._blocks.clear()
        return blocks

    async def read(self) -> Block:
        """The next block. Raises AudioError (AUD-01) when none comes for a second."""
        try:
            async with asyncio.timeout(DEAF):
                while not self._blocks:
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError as error:
            raise no_microphone(f"no block for {DEAF} s") from error
        return self._blocks.popleft()


class Metered:
    """A microphone (``device.audio.Microphone``) around another one. ``meter`` shows its level and its outline."""

    def __init__(self, microphone: Microphone, meter: LevelWriter | None = None) -> None:
        self._microphone = microphone
        self._meter = meter
        self._first = Tap(QUEUE)
        self._taps: list[Tap] = []

    @property
    def phase(self) -> SoundPhase:
        """How it is."""
        return self._microphone.phase

    @property
    def lost(self) -> int:
        """Blocks that the card or this process could not take in time, since the start."""
        return self._microphone.lost

    async def run(self) -> None:
        """Capture until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._microphone.run(), name="capture")
            group.create_task(self._hand_on(), name="meter")

    async def read(self) -> Block:
        """The next block, for the first reader alone. Raises AudioError as a microphone does."""
        return await self._first.read()

    @contextlib.contextmanager
    def tap(self, kept: int = QUEUE) -> Iterator[Tap]:
        """Hear it too, from now on."""
        tap = Tap(kept)
        self._taps.append(tap)
        try:
            yield tap
        finally:
            self._taps.remove(tap)

    async def _hand_on(self) -> None:
        while True:
            try:
                block = await self._microphone.read()
            except AudioError as error:
                log.debug("%s %s", error.code, error)
                await asyncio.sleep(AGAIN)
                continue
            for tap in (self._first, *self._taps):
                tap.put(block)
            if self._meter is not None:
                self._meter.write(envelope(block), level(block), time.monotonic() - SECONDS)
