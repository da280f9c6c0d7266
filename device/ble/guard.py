# SPDX-License-Identifier: Apache-2.0
"""What stands between a hostile or broken instrument and the cart: a rate cap, a cap of errors, a bounded inbox."""

import asyncio
from collections import deque
from typing import NamedTuple

from device.clock import Instant
from device.driver import Frame

FRAMES_PER_SECOND = 200
"""More than any vital-signs instrument needs; the link is dropped beyond it."""
STREAM_FRAMES_PER_SECOND = 1000
"""Ten times what the fastest oximeter cuts out of its notifications; likewise."""
GARBAGE = 50
"""Unreadable frames in a row after which the link is dropped."""


class RateCap:
    """At most ``limit`` frames in any second."""

    def __init__(self, limit: int = FRAMES_PER_SECOND) -> None:
        self._times: deque[float] = deque(maxlen=limit)

    def admits(self, at: float) -> bool:
        """Count a frame that came at ``at`` (monotonic seconds); False when it is one too many."""
        oldest = self._times[0] if len(self._times) == self._times.maxlen else None
        self._times.append(at)
        return oldest is None or at - oldest >= 1.0


class Received(NamedTuple):
    """A frame and when it came."""

    frame: Frame
    at: Instant


class Inbox:
    """Frames between bleak's callback and the session's task, at most ``room`` of them."""

    def __init__(self, room: int = 2 * FRAMES_PER_SECOND) -> None:
        self._room = room
        self._held: deque[Received] = deque()
        self._closed = False
        self._cap = RateCap()
        self._changed = asyncio.Event()
        self.overrun = False

    def put(self, received: Received) -> None:
        """Take a frame. Too many, or too fast: the inbox closes and ``overrun`` is set."""
        if self._closed:
            return
        if len(self._held) >= self._room or not self._cap.admits(received.at.monotonic):
            self.overrun = True
            self._held.clear()
            self.close()
            return
        self._held.append(received)
        self._changed.set()

    def close(self) -> None:
        """Nothing more will come; what is held is still given out."""
        self._closed = True
        self._changed.set()

    async def get(self) -> Received | None:
        """The next frame, or None once it is closed and empty."""
        while not self._held:
            if self._closed:
                return None
            self._changed.clear()
            await self._changed.wait()
        return self._held.popleft()
