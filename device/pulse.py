# SPDX-License-Identifier: Apache-2.0
"""How promptly the event loop of this process turns (f46): who waits for it waits that much longer, the media first.

The loop looks at the clock ten times a second and folds how late each look came. A thread of its own listens for these
looks: while they fail to come it logs where the loop stands, which nobody can tell afterwards. Times are seconds of the
monotonic clock, so a machine that slept has not been late. CHV-12.
"""

import asyncio
import logging
import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path

import msgspec

log = logging.getLogger(__name__)

CODE = "CHV-12"
TICK = 0.1
BLOCKED = 1.0
"""A look that late is a block: said, with the place."""
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the classes of lateness; the last class has none."""
_FRAMES = 8


class Promptness(msgspec.Struct, frozen=True):
    """Since the process began: looks by class of lateness, their lateness summed and at most, and the blocks."""

    looks: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    late: float = 0.0
    longest: float = 0.0
    blocks: int = 0

    @property
    def count(self) -> int:
        """How many looks there were."""
        return sum(self.looks)

    def within(self, share: float) -> float | None:
        """The least bound that ``share`` of the looks kept; None when that is no bound, or there was no look."""
        reached = 0
        for bound, looks in zip(BOUNDS, self.looks, strict=False):
            reached += looks
            if self.count and reached >= share * self.count:
                return bound
        return None


def looked(before: Promptness, late: float, blocked: float = BLOCKED) -> Promptness:
    """With one more look, ``late`` seconds after its time."""
    place = bisect_left(BOUNDS, late)
    return Promptness(
        tuple(count + (index == place) for index, count in enumerate(before.looks)),
        before.late + late,
        max(before.longest, late),
        before.blocks + (late >= blocked),
    )


class Pulse:
    """``on_block`` is called in the loop with the seconds of each block, once it is over."""

    def __init__(self, on_block: Callable[[float], None] = lambda _: None, *, blocked: float = BLOCKED) -> None:
        self._on_block = on_block
        self._blocked = blocked
        self._beat = time.monotonic()
        self._over = threading.Event()
        self.promptness = Promptness()

    async def run(self) -> None:
        """Look until cancelled."""
        self._beat = time.monotonic()
        self._over = threading.Event()
        watch = threading.Thread(
            target=self._watch, args=(threading.get_ident(), self._over), name="pulse", daemon=True
        )
        watch.start()
        try:
            while True:
                await asyncio.sleep(TICK)
                now = time.monotonic()
                late = max(0.0, now - self._beat - TICK)
                self._beat = now
                self.promptness = looked(self.promptness, late, self._blocked)
                if late >= self._blocked:
                    log.warning("%s the event loop was blocked for %.1f s", CODE, late)
                    self._on_block(late)
        finally:
            self._over.set()

    def _watch(self, thread: int, over: threading.Event) -> None:
        """In a thread: say once of each block where it is."""
        said = 0.0
        while not over.wait(self._blocked / 4):
            beat = self._beat
            if time.monotonic() - beat >= self._blocked + TICK and beat != said:
                said = beat
                log.warning("%s the event loop is blocked at %s", CODE, _place(thread))


def _place(thread: int) -> str:
    """The innermost frames of a thread, from the outermost of them: files, lines and names, never a value."""
    frame = sys._current_frames().get(thread)  # noqa: SLF001 - the one way to another thread's frame
    places: list[str] = []
    while frame is not None and len(places) < _FRAMES:
        places.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}")
        frame = frame.f_back
    return " < ".join(places)
