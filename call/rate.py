# SPDX-License-Identifier: Apache-2.0
"""What the doctor's link can carry, as a picture size, a rate and a bit rate. Pure: the caller gives time and estimate.

The receiver's estimate (REMB, draft-alvestrand-rmcat-remb-03) is followed down at once. Size and rate go down a rung at
once too, and up only after the estimate has stayed above for ``PATIENCE``: each rung is an encoder opened anew, which
costs a keyframe, so it must not flap.
"""

from typing import NamedTuple

import msgspec

FLOOR = 60_000
CEILING = 2_500_000
START = 1_200_000
"""Bits per second."""
PATIENCE = 3.0
"""Seconds."""
MARGIN = 1.1


class Rung(NamedTuple):
    """Up to ``most`` bits per second, no picture larger than ``width`` × ``height``, ``fps`` pictures a second."""

    most: int
    width: int
    height: int
    fps: int


LADDER = (
    Rung(150_000, 320, 180, 10),
    Rung(350_000, 640, 360, 15),
    Rung(800_000, 960, 540, 25),
    Rung(1_500_000, 1280, 720, 30),
    Rung(CEILING, 1280, 720, 30),
)


class Rate(msgspec.Struct, frozen=True):
    """Bits per second for the encoder, the rung it stands on, and since when a higher one was affordable."""

    target: int = START
    rung: int = 3
    above: float | None = None

    @property
    def shape(self) -> Rung:
        """The rung."""
        return LADDER[self.rung]


def estimate(rate: Rate, bits: int, now: float) -> Rate:
    """The rate after the receiver's estimate of ``bits`` per second at ``now`` (monotonic seconds)."""
    bits = max(FLOOR, min(bits, CEILING))
    fits = next(index for index, rung in enumerate(LADDER) if bits <= rung.most)
    if fits <= rate.rung:
        return Rate(min(bits, LADDER[fits].most), fits)
    capped = LADDER[rate.rung].most
    if bits < capped * MARGIN:
        return Rate(capped, rate.rung)
    since = now if rate.above is None else rate.above
    if now - since >= PATIENCE:
        return Rate(min(bits, LADDER[rate.rung + 1].most), rate.rung + 1)
    return Rate(capped, rate.rung, since)


def fit(width: int, height: int, rung: Rung) -> tuple[int, int]:
    """``width`` × ``height`` shrunk into the rung, its shape kept, both even; never enlarged."""
    scale = min(1.0, rung.width / width, rung.height / height)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)
