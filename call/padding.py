# SPDX-License-Identifier: Apache-2.0
"""When the link is tried with more than the picture needs: packets that were sent already go once more (RTX, RFC 4588),
for nothing but to be seen arriving. Pure: time comes with the readings; bits per second, seconds.

An estimate is worth what it was tried with, and a calm picture tries it with little: without this, a link that came
back would keep a calm picture small for good. So, while the picture is not whole, the link is filled up to ``TIMES``
what arrives, which grows by that, for ``LENGTH`` at most; a queue that shows ends it at once, and each time that
nothing came of it the pause after it is twice as long.
"""

import math
from typing import NamedTuple

from call.congestion import SHORT, WORSE, Flow, Reading, worth

FIRST, TIMES, LENGTH = 0.6, 1.4, 3.0
"""Of the estimate, at the least; times what arrives; seconds."""
CALM = 3.0
"""Seconds after a fall in which the link is left alone."""
PAUSE, MOST_PAUSE = 3.0, 10.0
LEAST = 2_000
"""Bits below which nothing is lacking."""
SLACK = 0.05
"""Seconds of the level that may be made up for at once, and after which what was lacking is forgotten."""
GAINED = 1.2
"""Times the estimate before, from which something came of it."""


class Padding(NamedTuple):
    """The link is filled up to ``level`` (0: it is not) until ``end``; the estimate when that began; the pause after
    it, and from when it may be again."""

    level: float = 0.0
    end: float = -math.inf
    before: float = 0.0
    pause: float = PAUSE
    again: float = -math.inf


def pad(padding: Padding, flow: Flow, reading: Reading, *, whole: bool) -> Padding:
    """The padding after a reading; ``whole``: the picture cannot be any larger."""
    now = reading.now
    full = flow.draining or reading.queue > SHORT or reading.worse > WORSE / 2
    if padding.level:
        if whole or full or now >= padding.end:
            gained = flow.bits > GAINED * padding.before
            pause = PAUSE if gained else min(MOST_PAUSE, 2 * padding.pause)
            return Padding(pause=pause, again=now + pause)
        return padding._replace(level=_level(flow, reading))
    enough = flow.bits < worth(flow, reading)
    if whole or full or enough or now < padding.again or now - flow.fell < CALM:
        return padding
    return padding._replace(level=_level(flow, reading), end=now + LENGTH, before=flow.bits)


def _level(flow: Flow, reading: Reading) -> float:
    return max(TIMES * reading.delivered, FIRST * flow.bits)


class Fill:
    """What is lacking of a level, looked at often."""

    def __init__(self) -> None:
        self._at = -math.inf
        self._sent = 0
        self._due = 0.0

    def lacks(self, level: float, sent: int, now: float) -> float:
        """Bits that may go at ``now``; ``sent``: bits that went until now in all, the padding too."""
        elapsed = now - self._at
        if elapsed > SLACK:
            self._due = 0.0
        else:
            self._due = min(self._due + level * elapsed - (sent - self._sent), level * SLACK)
        self._at, self._sent = now, sent
        return self._due
