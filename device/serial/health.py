# SPDX-License-Identifier: Apache-2.0
"""What is remembered of an instrument on a serial line, over all its openings, for its diagnosis."""

import asyncio
from collections import Counter

from device.clock import Instant


class Health:
    """Counts what happened, and tells those who wait when a frame was read."""

    def __init__(self) -> None:
        self.counters: Counter[str] = Counter()
        self.last_arrival: Instant | None = None
        self._read: set[asyncio.Future[None]] = set()

    def arrived(self, at: Instant) -> None:
        """It measured something, or read a code."""
        self.counters["arrivals"] += 1
        self.last_arrival = at

    def understood(self) -> None:
        """A frame could be read and believed."""
        for waiting in self._read:
            if not waiting.done():
                waiting.set_result(None)
        self._read.clear()

    async def frame(self, seconds: float) -> bool:
        """Whether a frame is read within ``seconds`` from now."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._read.add(waiting)
        try:
            async with asyncio.timeout(seconds):
                await waiting
        except TimeoutError:
            return False
        finally:
            self._read.discard(waiting)
        return True
