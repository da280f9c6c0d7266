# SPDX-License-Identifier: Apache-2.0
"""One recording: from a tap to a file, off the event loop, bounded in length. A hole in it is counted, never filled."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from device.audio.flac import FlacWriter
from device.audio.metered import Metered, Tap
from device.audio.sound import BLOCK, RATE
from device.clock import Instant
from device.codes import Position
from device.errors import AudioError

log = logging.getLogger(__name__)

WAITING = 500
"""Blocks that may wait for the disk: ten seconds."""
BATCH = 0.1
"""Seconds between two writes."""


class Recording:
    """What one start of the stethoscope made. ``path`` is a file of its own, made here."""

    def __init__(self, path: Path, position: Position, since: Instant, seconds: float) -> None:
        self.path = path
        self.position = position
        self.since = since
        self.gaps = 0
        self.error: AudioError | None = None
        self._most = round(seconds * RATE) // BLOCK
        self._blocks = 0
        self.over = False
        self.written = asyncio.Event()
        """Set when the last of it is in the file."""
        self._ends = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, "recording")

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self._blocks * BLOCK / RATE

    @property
    def full(self) -> bool:
        """Whether it is as long as one may be."""
        return self._blocks >= self._most

    def end(self) -> None:
        """Take no more; ``record`` returns once all is written."""
        self._ends.set()

    async def record(self, ear: Metered, present: Callable[[], bool]) -> None:
        """Write until ``end``, until it is full, or until the instrument is no longer ``present``. Raises nothing: what
        went wrong is in ``error``, and what was written before stays."""
        before, loop = ear.lost, asyncio.get_running_loop()
        with ear.tap(WAITING) as tap:
            try:
                writer = await loop.run_in_executor(self._thread, FlacWriter, self.path, self.position)
                try:
                    await self._write(writer, tap, present)
                finally:
                    await asyncio.shield(loop.run_in_executor(self._thread, writer.close))
            except AudioError as error:
                log.warning("%s %s", error.code, error)
                self.error = error
            finally:
                self._thread.shutdown(wait=False)
                self.gaps = tap.lost + ear.lost - before
                self.over = True
                self.written.set()

    async def _write(self, writer: FlacWriter, tap: Tap, present: Callable[[], bool]) -> None:
        loop, going = asyncio.get_running_loop(), True
        while going:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ends.wait(), BATCH)
            going = not self._ends.is_set() and present()
            blocks = tap.take()[: self._most - self._blocks]
            await loop.run_in_executor(self._thread, writer.write, blocks)
            self._blocks += len(blocks)
            going = going and not self.full
