# SPDX-License-Identifier: Apache-2.0
"""Which of a device's modes to stream in, and which to take stills in. Pure; the decision and its figures are in
``docs/decisions/0005-camera-modes.md``.

What is scarce is first the USB bus, which several cameras share, then the processor, which has to encode besides. So: a
raw format is taken only where a camera's share of the bus holds it, and of what is left the cheapest to unpack.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from device.video.modes import Mode
from device.video.source import Format

COST: Mapping[Format, float] = {Format.MJPEG: 3.6, Format.YUYV: 1.3, Format.NV12: 0.2, Format.I420: 0.05}
"""Nanoseconds a pixel to make I420 of it, as ``chevet bench camera`` measures (x86_64; only their order matters)."""
BYTES: Mapping[Format, float] = {Format.MJPEG: 0.25, Format.YUYV: 2.0, Format.NV12: 1.5, Format.I420: 1.5}
"""Bytes a pixel on the bus; a JPEG's are what busy scenes take."""
SHARES = ((5000, 120e6), (480, 10e6), (0, 0.5e6))
"""From which speed of its USB port (Mbit/s) a camera may take how many bytes a second. At 480 Mbit/s the isochronous
transfers of all devices together get at most 80 % of the bus, and a camera reserves far more than it uses."""
SIZE, RATE = (1280, 720), 30.0
"""The stream wished for by a row that names none."""


class Wish(NamedTuple):
    """What a row asks of the stream: None where it leaves the choice to us."""

    format: Format | None = None
    size: tuple[int, int] | None = None
    rate: float | None = None


def stream(modes: Iterable[Mode], wish: Wish, speed: int = 480) -> Mode | None:
    """The mode to stream in, of a device on a port of ``speed`` Mbit/s; None when none is of the wished format.

    A size and a rate that the row names come before all else, the nearest where the device has not got them. Then, in
    this order: not under half the wished rate; nothing that the bus cannot carry; the size, rather larger than smaller;
    the rate; the least cost.
    """
    wished = [mode for mode in modes if wish.format in (None, mode.format)]
    return min(wished, key=lambda mode: _badness(mode, wish, _share(speed)), default=None)


def still(modes: Iterable[Mode], wish: Wish, streaming: Mode) -> Mode:
    """The mode for stills: the largest picture that the sensor gives, its own JPEG where it has that size in several
    formats; the streaming one when it has nothing larger. ``wish.size`` is the row's own size of stills."""
    candidates = [mode for mode in modes if wish.format in (None, mode.format)] or [streaming]
    if (size := wish.size) is not None:
        nearest = min(candidates, key=lambda mode: (*_distance(mode, size), *_stillness(mode)))
        return nearest if _distance(nearest, size) < _distance(streaming, size) else streaming
    best = min(candidates, key=lambda mode: (-_area(mode), *_stillness(mode)))
    return best if _area(best) > _area(streaming) else streaming


def _badness(mode: Mode, wish: Wish, share: float) -> tuple[float, ...]:
    distance, rate = _distance(mode, wish.size or SIZE), wish.rate or RATE
    load = BYTES[mode.format] * _area(mode) * mode.rate
    return (
        *(distance if wish.size is not None else (0, 0)),
        round(abs(rate - mode.rate)) if wish.rate is not None else 0,
        mode.rate < rate / 2,
        load > share and mode.format is not Format.MJPEG,
        *distance,
        round(max(0.0, rate - mode.rate)),
        COST[mode.format] * _area(mode) * mode.rate,
    )


def _distance(mode: Mode, size: tuple[int, int]) -> tuple[float, float]:
    """How much is missing of a size, then how much there is too much; both as parts of it, 0 when it is met."""
    width, height = size
    covered = min(mode.width, width) * min(mode.height, height) / (width * height)
    return 1 - covered, _area(mode) / (width * height) - covered


def _stillness(mode: Mode) -> tuple[bool, float]:
    return mode.format is not Format.MJPEG, -mode.rate


def _area(mode: Mode) -> int:
    return mode.width * mode.height


def _share(speed: int) -> float:
    return next(share for least, share in SHARES if speed >= least)
