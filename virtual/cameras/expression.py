# SPDX-License-Identifier: Apache-2.0
"""The doctor's eyes, brows and mouth, painted for each picture: as open as they are just then.

Rows and columns are those of her head (``portrait``), less the left and the top of the patch they are on.
"""

import numpy as np
import numpy.typing as npt

from virtual.cameras import paint
from virtual.cameras.paint import Mask, hexed
from virtual.cameras.parts import Layer, Painting
from virtual.cameras.portrait import MIDDLE, SKIN

Lines = npt.NDArray[np.floating]
EYES = 76, 190, 92, 208
"""Left and top on the head, rows and columns of their patch."""
MOUTH = 116, 306, 72, 128
HALF = 24
"""Half the width of an eye."""
LASHES = hexed("#120a07")


def _span(y: Mask, top: Lines, bottom: Lines) -> Lines:
    """Distance to what lies between two lines, measured up and down."""
    between: Lines = np.maximum(top - y, y - bottom)
    return between


def eyes(left: int, top: int, open_: float, gaze: float = 0.0, brows: float = 0.0) -> Layer:
    """Her eyes and brows for a head at ``left``, ``top``: ``open_`` 0 to 1, ``gaze`` and ``brows`` in pixels."""
    column, row, rows, columns = EYES
    part = Painting(rows, columns, "#4a2a1d")
    for side in (-1, 1):
        _eye(part, side, MIDDLE + side * 43 - column, 241 - row, open_, gaze)
        _brow(part, side, MIDDLE + side * 44 - column, 213 - row - brows)
    return part.layer(left + column, top + row)


def _eye(part: Painting, side: int, c: float, r: float, open_: float, gaze: float) -> None:
    shape = part.shape
    x, y = paint.grid(*shape)
    u = np.clip((x - c) / HALF, -1, 1) * side
    arch = np.clip(1 - u * u, 0, 1)
    line = r + 2.4 - 2.2 * u
    bottom = line + 7.6 * arch**0.8
    lid = line - 12.6 * arch**0.72
    top = lid + (1 - open_) * (bottom - lid)
    within = (np.abs(x - c) < HALF).astype(np.float32)
    skin = paint.ramp(np.clip((y - lid + 3) / 22, 0, 1), (SKIN[2], SKIN[3], SKIN[2]))
    part.add(paint.soft(_span(y, lid - 1, bottom), 3) * np.clip(arch * 3, 0, 1) * within, skin, 0.9 * (1 - open_))
    almond = paint.soft(_span(y, top, bottom), 0.9) * within
    part.add(almond, paint.ramp(np.clip((y - top) / 9, 0, 1), (hexed("#a3968d"), hexed("#ddd3c8"))))
    iris = paint.ellipse(shape, (c + gaze, r - 0.6), (11.2, 11.2))
    part.tint(
        paint.soft(iris, 1.2) * almond,
        paint.ramp(np.clip((y - r + 6) / 16, 0, 1), (hexed("#1d0f09"), hexed("#5b321c"))),
    )
    part.tint(paint.soft(np.abs(iris) - 0.7, 1) * almond, hexed("#150a06"), 0.7)
    part.tint(paint.soft(paint.ellipse(shape, (c + gaze, r - 0.6), (4.9, 4.9)), 1) * almond, hexed("#070403"))
    for across, down, size, strength in ((-3.6, -4.4, 2.7, 0.95), (3.6, 3.2, 1.5, 0.35)):
        glint = paint.soft(paint.ellipse(shape, (c + gaze + across, r - 0.6 + down), (size, size)), 0.9)
        part.tint(glint * almond, hexed("#ffffff"), strength)
    part.tint(paint.soft(_span(y, bottom - 1.6, bottom + 0.3), 1) * within, hexed("#7a4636"), 0.6)
    lashes = (2.0 + 1.5 * np.clip(u + 0.4, 0, 1)) * np.clip(arch * 5, 0.25, 1)
    part.add(paint.soft(_span(y, top - lashes, top + 0.6), 0.9) * within, LASHES)
    outer = paint.curve(
        (c + side * 19, r + 1 - 5 * open_), (c + side * 25, r - 1 - 3 * open_), (c + side * 28, r - 3 - 4 * open_)
    )
    part.add(paint.soft(paint.stroke(shape, outer, 1.8), 0.9), LASHES, 0.8)
    crease = paint.soft(_span(y, lid - 6.4, lid - 4.9), 1.5) * within * np.clip(arch * 2, 0, 1)
    part.add(crease, hexed("#2f180f"), 0.35 + 0.3 * open_)


def _brow(part: Painting, side: int, c: float, r: float) -> None:
    x, y = paint.grid(*part.shape)
    u = (x - c) * side / 33
    line = r - 7.5 * (1 - ((u - 0.25) / 1.3) ** 2) + 4 * np.clip(u - 0.25, 0, 1) ** 2
    thick = 4.6 * np.clip(1.05 - u, 0, 1.15) ** 0.6 * np.clip((u + 1.08) * 2, 0, 1) ** 0.5
    hairs = 0.3 * np.sin(x * 1.9 + y * 1.3 * side)
    part.add(
        paint.soft(np.abs(y - line) - thick + hairs + 0.6, 2.4) * np.clip((1.1 - np.abs(u)) * 6, 0, 1),
        hexed("#160d0a"),
        0.85,
    )


def mouth(left: int, top: int, open_: float, wide: float = 1.0, smile: float = 0.5) -> Layer:
    """Her mouth for a head at ``left``, ``top``: ``open_`` in pixels, ``wide`` about 1, ``smile`` 0 to 1."""
    column, row, rows, columns = MOUTH
    part = Painting(rows, columns, "#5c2b27")
    shape = part.shape
    x, y = paint.grid(*shape)
    c, r, half = MIDDLE - column, 333 - row, 37 * wide
    u = np.clip((x - c) / half, -1, 1)
    arch = np.clip(1 - u * u, 0, 1)
    within = (np.abs(x - c) < half).astype(np.float32)
    line = r - 6.5 * smile + (9.5 * smile + 0.8 * np.cos(u * 9) * (1 - smile)) * arch
    upper, lower = line - 0.22 * open_ * arch**0.7, line + 0.8 * open_ * arch**0.7
    bow = 9.2 * arch**0.75 - 2.8 * np.exp(-((u / 0.13) ** 2)) - 1.4 * smile * arch
    full = lower + (11.5 - 2 * smile) * arch**0.62
    part.add(paint.soft(_span(y, upper, lower), 1) * within, hexed("#270d0c"))
    inside = paint.soft(_span(y, upper + 0.5, lower - 0.5), 1) * within * min(1.0, open_ / 3)
    teeth = paint.soft(np.maximum(y - r - 3.5 - 2.5 * smile * arch, np.abs(x - c) - half * 0.70), 4)
    part.tint(inside * teeth, paint.ramp(np.abs(u), (hexed("#f6efe6"), hexed("#a8978c"))), 0.95)
    tongue = paint.soft(paint.ellipse(shape, (c, r + open_ + 6), (half * 0.55, 9)), 3)
    part.tint(inside * tongue * (1 - teeth), hexed("#8e3f3c"), 0.85)
    over = paint.ramp(np.clip((upper - y) / 9, 0, 1), tuple(map(hexed, ("#5a2726", "#713533", "#8a4a42"))))
    part.add(paint.soft(_span(y, upper - bow, upper + 0.4), 1.3) * within, over)
    depth = np.clip((y - lower) / 11, 0, 1)
    under = paint.ramp(depth, tuple(map(hexed, ("#6e3433", "#9d5751", "#a55f57", "#7a4038"))))
    part.add(paint.soft(_span(y, lower - 0.4, full), 1.4) * within, under)
    shine = paint.bump(shape, (c - 7, r + 0.8 * open_ + 6 + 2 * smile), (14, 2.6))
    part.tint(shine, hexed("#e9b9a8"), 0.45)
    if open_ < 1:
        part.tint(paint.soft(np.abs(y - line) - 0.8, 1.1) * within * (1 - open_), hexed("#2c1110"), 0.9)
    for side in (-1, 1):
        corner = paint.curve(
            (c + side * (half - 2), r - 6 * smile),
            (c + side * (half + 3), r - 7.5 * smile),
            (c + side * (half + 6), r - 11 * smile),
        )
        part.add(paint.soft(paint.stroke(shape, corner, 2), 2), hexed("#2c160e"), 0.55)
    return part.layer(left + column, top + row)
