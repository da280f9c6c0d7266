# SPDX-License-Identifier: Apache-2.0
"""How like its source a picture is that a receiver took: luma PSNR against the very picture that the sender was given,
which the number burned into both tells."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, cast

import av
import numpy as np
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext

from cart.bench.reel import Luma, Reel
from cart.bench.stamps import SIZE, number_in
from device.video.pixels import planes

PEAK = 255


class Unit(NamedTuple):
    """An encoded picture as it arrived: instant (``time.monotonic``), codec ("H264" or "VP8"), bytes."""

    at: float
    codec: str
    data: bytes


class Taken(NamedTuple):
    """What became of a window's pictures: how many came, their bytes, how many could be read, and the mean of those'
    PSNR in dB; nan when there were none."""

    frames: int
    octets: int
    read: int
    psnr: float


def psnr(luma: Luma, source: Luma) -> float:
    """Peak signal-to-noise ratio in dB; infinite for equal pictures."""
    off = luma.astype(np.int16) - source
    square = float(np.mean(np.square(off, dtype=np.int32)))
    return 10 * math.log10(PEAK**2 / square) if square else math.inf


def judge(units: Sequence[Unit], began: float, ended: float, reel: Reel) -> Taken:
    """The units of a window; those before it are decoded for its sake, the first being a whole picture."""
    within = [began <= unit.at < ended for unit in units]
    values: list[float] = []
    for place, luma in decoded(units):
        if not within[place] or luma.shape[::-1] != SIZE:
            continue
        number = number_in(luma)
        if number is not None and number < len(reel.pictures):
            values.append(psnr(luma, reel.luma(number)))
    octets = sum(len(unit.data) for unit, inside in zip(units, within, strict=True) if inside)
    return Taken(sum(within), octets, len(values), sum(values) / len(values) if values else math.nan)


def decoded(units: Iterable[Unit]) -> Iterator[tuple[int, Luma]]:
    """The pictures of units, each with its unit's place."""
    decoder: VideoCodecContext | None = None
    for place, unit in enumerate(units):
        if decoder is None:
            decoder = cast("VideoCodecContext", av.CodecContext.create(unit.codec.lower(), "r"))
            decoder.thread_count = 1
            decoder.flags |= Flags.low_delay
        packet = av.Packet(unit.data)
        packet.pts = place
        for frame in decoder.decode(packet):
            yield frame.pts or 0, planes(frame)[: frame.height]
