# SPDX-License-Identifier: Apache-2.0
"""What picture a bit rate is worth: its size and how many a second. Pure: the caller gives time and rate.

Down at once, and past as many rungs as need be; up only after the rate has been well above for ``PATIENCE``: another
size costs a keyframe, so it must not flap. Within a rung the encoder follows the rate without a keyframe.
"""

from typing import NamedTuple

import msgspec

PATIENCE = 0.8
"""Seconds."""
ABOVE = 1.12
"""Times its least that the rate must be for a higher rung."""
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
    Rung(42_000, 320, 180, 10),
    Rung(120_000, 640, 360, 15),
    Rung(240_000, 640, 360, 25),
    Rung(480_000, 960, 540, 25),
    Rung(850_000, 1280, 720, 30),
)
"""The lowest is a still every few seconds: the voice goes on."""


class Rate(msgspec.Struct, frozen=True):
    """Bits per second for the encoder, the rung it stands on, and since when a higher one was affordable."""

    target: int = 1_200_000
    rung: int = len(LADDER) - 1
    above: float | None = None

    @property
    def shape(self) -> Rung:
        """The rung."""
        return LADDER[self.rung]


def climb(rate: Rate, bits: int, now: float) -> Rate:
    """The rate when ``bits`` per second may be sent at ``now`` (monotonic seconds)."""
    if bits < rate.shape.least:
        return Rate(bits, _highest(bits))
    affordable = _highest(bits / ABOVE)
    if affordable <= rate.rung:
        return Rate(bits, rate.rung)
    since = now if rate.above is None else rate.above
    if now - since >= PATIENCE:
        return Rate(bits, affordable)
    return Rate(bits, rate.rung, since)


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
