# SPDX-License-Identifier: Apache-2.0
"""When the next packet of the picture may leave, so that a picture is no burst. Pure: the caller gives the time.

Only the picture is paced: voice and data channels never wait, so they are always before it. There is no queue of
packets: the sender waits here, and takes the next picture, a fresh one, only when the last has left and what is under
way leaves room; a picture too many is one that is never encoded, so nothing is ever dropped that another one needs.
"""

PACE, THIN_PACE, THIN = 2.0, 1.3, 150_000
"""Times the target at which the packets of a picture leave; below ``THIN`` bits per second, where the voice would be
late behind it."""
WIDE_PACE, WIDE = 4.0, 1_000_000
"""Above ``WIDE``, where a picture's packets take little time on the link whatever else is on it: a doctor sees what the
camera sees so much sooner."""
LEAST = 40_000
"""Bits per second below which pacing would only delay."""
GRAIN = 0.01
"""Seconds that may be sent at once."""
UNDER_WAY = 0.12
"""Seconds of the target, besides a round trip, that may be under way when a picture is taken."""
FEW = 24_000
"""Bits that may always be under way."""
PATIENCE = 1.0
"""Seconds after which a picture is taken whatever is under way."""
SILENT = 0.35
"""Seconds, besides a round trip, without a word of the receiver after which one is taken as well: what was lost last is
told of only once something follows it."""


class Pacer:
    """``debt`` counts bits that have left before their time."""

    def __init__(self) -> None:
        self._debt = 0.0
        self._at: float | None = None

    def sent(self, bits: int, target: float, now: float) -> None:
        """A packet left, first or again."""
        self._fill(target, now)
        self._debt += bits

    def wait(self, target: float, now: float) -> float:
        """Seconds until a packet may leave; 0 when it may now."""
        self._fill(target, now)
        seconds = self._debt / pace(target)
        return seconds if seconds > GRAIN else 0.0

    def _fill(self, target: float, now: float) -> None:
        elapsed = 0.0 if self._at is None else max(0.0, now - self._at)
        self._at = now
        self._debt = max(0.0, self._debt - elapsed * pace(target))


def room(flight: int, target: float, round_trip: float) -> bool:
    """Whether the bits under way leave room for another picture."""
    return flight <= max(FEW, target * (round_trip + UNDER_WAY))


def pace(target: float) -> float:
    """Bits per second at which the packets of a picture leave."""
    times = WIDE_PACE if target > WIDE else PACE if target > THIN else THIN_PACE
    return max(LEAST, target * times)
