# SPDX-License-Identifier: Apache-2.0
"""What picture a bit rate is worth: its size and how many a second. Pure: the caller gives time and rate.

Another size costs a keyframe, several pictures' bits when there are fewest, so it must not flap: down at once where the
rate is far below a rung's least, and past as many rungs as need be, else after it ``LINGER``ed below; up only after the
rate has been well above for ``PATIENCE``, or for ``WARY`` when it has only just come down. Within a size the encoder
follows without a keyframe.
"""

from typing import NamedTuple

import msgspec

PATIENCE, WARY, LINGER, QUICK = 0.8, 4.0, 1.0, 0.3
"""Seconds; ``QUICK`` where the size stays."""
ABOVE, SUNK = 1.2, 0.6
"""Times its least that the rate must be for a higher rung, and under which the rung is left at once."""
LATELY, FAR = 10.0, 2.0
"""Seconds for which a fall makes wary, and times its least from which a higher rung is beyond doubt."""
SLOWEST = 3.0
"""Times fewer pictures than a rung's that are made up for with more bits each."""
TRUST = 0.15


class Rung(NamedTuple):
    """From ``least`` bits per second: no picture larger than ``width`` × ``height``, ``fps`` pictures a second."""

    least: int
    width: int
    height: int
    fps: float


LADDER = (
    Rung(0, 320, 180, 0.5),
    Rung(12_000, 320, 180, 3),
    Rung(28_000, 320, 180, 6),
    Rung(50_000, 320, 180, 12),
    Rung(110_000, 480, 270, 15),
    Rung(180_000, 480, 270, 30),
    Rung(270_000, 640, 360, 30),
    Rung(480_000, 960, 540, 30),
    Rung(800_000, 1280, 720, 30),
)
"""The lowest is a still every few seconds: the voice goes on."""


class Rate(msgspec.Struct, frozen=True):
    """Bits per second for the encoder, the rung it stands on, since when a higher one was affordable, since when the
    rate has been below the rung's least, and when it last came down to a smaller picture."""

    target: int = 1_200_000
    rung: int = len(LADDER) - 1
    above: float | None = None
    below: float | None = None
    fell: float = float("-inf")

    @property
    def shape(self) -> Rung:
        """The rung."""
        return LADDER[self.rung]


def climb(rate: Rate, bits: int, now: float) -> Rate:
    """The rate when ``bits`` per second may be sent at ``now`` (monotonic seconds)."""
    if bits < rate.shape.least:
        since = now if rate.below is None else rate.below
        if bits >= SUNK * rate.shape.least and now - since < LINGER:
            return Rate(bits, rate.rung, below=since, fell=rate.fell)
        lower = _highest(bits)
        return Rate(bits, lower, fell=now if _resized(rate.rung, lower) else rate.fell)
    affordable = _highest(bits / ABOVE)
    if affordable <= rate.rung:
        return Rate(bits, rate.rung, fell=rate.fell)
    since = now if rate.above is None else rate.above
    if now - since >= _patience(rate, affordable, bits, now):
        return Rate(bits, affordable, fell=rate.fell)
    return Rate(bits, rate.rung, above=since, fell=rate.fell)


def _patience(rate: Rate, higher: int, bits: int, now: float) -> float:
    if not _resized(rate.rung, higher):
        return QUICK
    doubtful = bits < FAR * LADDER[rate.rung + 1].least
    return WARY if doubtful and now - rate.fell < LATELY else PATIENCE


def _resized(before: int, after: int) -> bool:
    return LADDER[before].width != LADDER[after].width


def _highest(bits: float) -> int:
    return max(index for index, rung in enumerate(LADDER) if rung.least <= bits)


def fit(width: int, height: int, rung: Rung) -> tuple[int, int]:
    """``width`` × ``height`` shrunk into the rung, its shape kept, both even; never enlarged."""
    scale = min(1.0, rung.width / width, rung.height / height)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def tempo(before: float, gap: float, fps: float) -> float:
    """How many pictures a second there are, the last one ``gap`` seconds after the one before it, where ``fps`` would
    be right: a camera or a processor may give fewer."""
    now = min(fps, max(fps / SLOWEST, 1 / max(gap, 1e-3)))
    return now if before > fps else min(fps, before + (now - before) * TRUST)
