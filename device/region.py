# SPDX-License-Identifier: Apache-2.0
"""A part of a camera's picture, as parts of its sides (0 to 1), and the pixels that it is. Pure.

I420 has one chroma sample for two pixels each way, so a part begins and ends at even ones.
"""

import math
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

Planes = npt.NDArray[np.uint8]

NEAREST = 1 / 8
"""The least part of the width that is shown: the greatest zoom is 8."""
_SLACK = 1e-4
"""What sums of rounded numbers may be over a side, and pixels over an even one."""


class Region(msgspec.Struct, frozen=True):
    """The upper left corner and the sides, as parts of the picture's own."""

    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0

    @property
    def whole(self) -> bool:
        """Whether it is all of the picture."""
        return self == WHOLE


WHOLE = Region()


class Box(NamedTuple):
    """The same in pixels, all of them even."""

    left: int
    top: int
    width: int
    height: int


def asked(x: float, y: float, width: float, size: tuple[int, int]) -> Region:
    """The least part of a picture of ``size`` (zeros: not known) between even pixels that holds what is asked for: as
    high as it is wide. Raises ValueError where that is not a part of a picture."""
    inside = 0 <= x <= 1 and 0 <= y <= 1 and NEAREST - _SLACK <= width <= 1
    if not inside or max(x, y) + width > 1 + _SLACK:  # not so for a NaN either
        raise ValueError(f"{x}, {y}, {width}")
    if min(size) < 2:  # noqa: PLR2004 - the least even side
        return Region(min(x, 1 - width), min(y, 1 - width), width, width)
    left, wide = _side(x, width, size[0])
    top, high = _side(y, width, size[1])
    return Region(left / size[0], top / size[1], wide / size[0], high / size[1])


def box(region: Region, width: int, height: int) -> Box:
    """The pixels of ``region`` in a picture of that size (both even): exactly, for the size that it was asked of."""
    left, wide = _nearest(region.x, region.width, width)
    top, high = _nearest(region.y, region.height, height)
    return Box(left, top, wide, high)


def cropped(i420: Planes, part: Box) -> Planes:
    """The pixels of ``part``, in an I420 of its own."""
    height, width = i420.shape[0] * 2 // 3, i420.shape[1]
    left, top, wide, high = part
    made = np.empty((high * 3 // 2, wide), np.uint8)
    made[:high] = i420[top : top + high, left : left + wide]
    chroma = i420[height:].reshape(2, height // 2, width // 2)
    rows, columns = slice(top // 2, (top + high) // 2), slice(left // 2, (left + wide) // 2)
    made[high:].reshape(2, high // 2, wide // 2)[:] = chroma[:, rows, columns]
    return made


def _side(start: float, length: float, pixels: int) -> tuple[int, int]:
    """Outwards to even pixels."""
    first = max(0, math.floor(start * pixels / 2 + _SLACK) * 2)
    last = min(pixels // 2 * 2, math.ceil((start + length) * pixels / 2 - _SLACK) * 2)
    return min(first, last - 2), last - min(first, last - 2)


def _nearest(start: float, length: float, pixels: int) -> tuple[int, int]:
    """To the nearest even pixels."""
    first = min(round(start * pixels / 2) * 2, pixels - 2)
    last = min(max(round((start + length) * pixels / 2) * 2, first + 2), pixels)
    return first, last - first
