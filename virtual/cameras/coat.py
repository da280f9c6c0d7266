# SPDX-License-Identifier: Apache-2.0
"""The doctor below her chin: neck, teal top, white coat, stethoscope."""

import numpy as np

from virtual.cameras import paint
from virtual.cameras.paint import Canvas, Mask, Point, hexed
from virtual.cameras.parts import Painting
from virtual.cameras.portrait import LIGHT, skin

ROWS, COLUMNS = 372, 800
MIDDLE = 400
WHITE = tuple(map(hexed, ("#7f8f98", "#b4c0c5", "#dde3e4", "#f4f5f3", "#fffefb")))
TEAL = tuple(map(hexed, ("#0d3a42", "#17565f", "#22757c", "#3a9499")))


def coat() -> Painting:
    """All of it."""
    part = Painting(ROWS, COLUMNS, "#dde3e4")
    shape = part.shape
    x, y = paint.grid(*shape)
    slope = np.abs(x - MIDDLE)
    rise = 112 + 0.16 * slope + 0.00062 * slope**2 - y
    shoulders = -paint.melted(-rise, 304 + 0.05 * (y - 150) - slope, 70)
    body = 130 * np.sqrt(np.clip(-shoulders / 190, 0, 1))
    _neck(part, slope)
    _top(part, shoulders, body)
    opening = _opening(part.shape)
    cloth = np.maximum(shoulders, -opening)
    part.add(
        paint.soft(np.maximum(shoulders, -opening - 10), 12) * paint.soft(cloth - 12, 2) * part.mask,
        hexed("#08282e"),
        0.35,
    )
    part.add(paint.soft(cloth, 1.4), _white(body + _folds(shape)))
    for side in (-1, 1):
        _lapel(part, side, shoulders)
    _pocket(part)
    _stethoscope(part, paint.soft(_neck_edge(shape), 1.2) * np.clip((118 - y) / 10, 0, 1))
    return part


def _white(height: Mask) -> Canvas:
    facing = paint.lit(height.astype(np.float32), LIGHT)
    return paint.ramp(0.12 + 0.86 * np.clip(facing, 0, 1) ** 1.1, WHITE)


def _folds(shape: tuple[int, int]) -> Mask:
    folds = 2.4 * paint.texture(shape, 90, 77, 2)
    for side in (-1, 1):
        for start, bend, end, deep in (
            ((188, 190), (172, 280), (196, 380), 7.0),
            ((250, 168), (206, 236), (188, 300), 4.0),
            ((120, 250), (128, 320), (118, 380), 3.0),
        ):
            line = [(MIDDLE + side * px, py) for px, py in paint.curve(start, bend, end)]
            folds = folds - 1.6 * deep * np.exp(-((np.clip(paint.stroke(shape, line, 2), 0, None) / 11) ** 2))
    return folds.astype(np.float32)


def _neck_edge(shape: tuple[int, int]) -> Mask:
    x, y = paint.grid(*shape)
    slope = np.abs(x - MIDDLE)
    flare = 0.010 * np.clip(y - 70, 0, None) ** 2 - 0.10 * np.clip(70 - y, 0, None)
    edge: Mask = np.maximum(slope - 61 - flare, np.maximum(y - 300, slope - 110)).astype(np.float32)
    return edge


def _neck(part: Painting, slope: Mask) -> None:
    shape = part.shape
    y = paint.grid(*shape)[1]
    neck = _neck_edge(shape)
    height = 58 * np.sqrt(np.clip(1 - (slope / 77) ** 2, 0.03, 1)) / (1 + np.exp((y - 200) / 34))
    for side in (-1, 1):
        cord = [(MIDDLE + side * 46, 20), (MIDDLE + side * 12, 128)]
        height = height + 6 * np.exp(-((np.clip(paint.stroke(shape, cord, 2), 0, None) / 12) ** 2))
        bone = paint.curve((MIDDLE + side * 16, 138), (MIDDLE + side * 60, 122), (MIDDLE + side * 110, 116))
        height = height + 5 * np.exp(-((np.clip(paint.stroke(shape, bone, 2), 0, None) / 9) ** 2))
    height = height - 7 * paint.bump(shape, (MIDDLE, 136), (11, 10))
    canvas = skin(height.astype(np.float32), 0.12)
    paint.paint(canvas, paint.soft(paint.ellipse(shape, (MIDDLE + 10, 18), (78, 62)), 18), hexed("#26130c"), 0.66)
    part.add(paint.soft(neck, 1.4), canvas)


def _top(part: Painting, shoulders: Mask, body: Mask) -> None:
    """The teal top, with a V neck."""
    shape = part.shape
    x = paint.grid(*shape)[0]
    vee = paint.polygon(shape, [(MIDDLE - 78, 60), (MIDDLE + 78, 60), (MIDDLE + 3, 216), (MIDDLE - 3, 216)])
    cloth = np.maximum(np.maximum(shoulders + 3, -vee), np.abs(x - MIDDLE) - 150)
    facing = paint.lit((body + 3 * paint.texture(shape, 60, 19, 3)).astype(np.float32), LIGHT)
    teal = paint.ramp(0.16 + 0.8 * np.clip(facing, 0, 1), TEAL)
    paint.shade(teal, 1 - 0.18 * np.exp(-((vee - 12) ** 2) / 3))
    paint.shade(teal, 1 + 0.10 * np.exp(-((vee - 6) ** 2) / 14))
    part.tint(paint.soft(-vee - 5, 6) * paint.soft(cloth - 9, 2), hexed("#1f0f09"), 0.45)
    part.add(paint.soft(cloth, 1.3), teal)


def _opening(shape: tuple[int, int]) -> Mask:
    """Where the coat stands open."""
    return paint.polygon(
        shape,
        [
            (MIDDLE - 84, 60),
            (MIDDLE + 84, 60),
            (MIDDLE + 66, 190),
            (MIDDLE + 18, 400),
            (MIDDLE - 18, 400),
            (MIDDLE - 66, 190),
        ],
    )


def _lapel(part: Painting, side: int, shoulders: Mask) -> None:
    """A collar over a notched lapel."""
    shape = part.shape

    def at(*points: Point) -> list[Point]:
        return [(MIDDLE + side * px, py) for px, py in points]

    lapel = paint.polygon(shape, at((84, 150), (150, 196), (128, 214), (142, 222), (18, 400), (10, 400), (62, 200)))
    collar = paint.polygon(shape, at((66, 84), (82, 92), (126, 128), (160, 186), (146, 200), (86, 178), (76, 140)))
    for flap, lift in ((lapel, 5.0), (collar, 7.0)):
        inside = np.maximum(flap, shoulders - 6)
        shadow = np.roll(np.roll(paint.soft(inside, 9), 5, axis=0), 4, axis=1)
        part.tint(shadow * paint.soft(-inside, 1), hexed("#52636d"), 0.5)
        height = lift * np.sqrt(np.clip(-inside / 8, 0, 1)) - 0.10 * side * paint.grid(*shape)[0]
        part.add(paint.soft(inside, 1.2), _white(height))
        part.tint(paint.soft(np.abs(inside + 6) - 0.6, 0.9) * paint.soft(inside, 1), hexed("#a9b5ba"), 0.5)


def _pocket(part: Painting) -> None:
    """A breast pocket with a badge and a pen."""
    shape = part.shape
    badge = paint.box(shape, (MIDDLE + 168, 284), (MIDDLE + 246, 334), 6)
    part.tint(paint.soft(badge - 4, 7), hexed("#52636d"), 0.45)
    part.tint(paint.soft(badge, 1.1), hexed("#fbfbf8"))
    part.tint(paint.soft(np.maximum(badge, paint.grid(*shape)[1] - 298), 1.1), hexed("#1f7a80"))
    part.tint(paint.soft(paint.box(shape, (MIDDLE + 175, 304), (MIDDLE + 195, 328), 3), 1), hexed("#a9cdd0"))
    for row, reach in ((307, 238), (315, 228), (323, 234)):
        part.tint(
            paint.soft(paint.stroke(shape, [(MIDDLE + 203, row), (MIDDLE + reach, row)], 2.6), 0.9), hexed("#6b7c84")
        )


def _stethoscope(part: Painting, neck: Mask) -> None:
    """Round her neck, from behind it."""
    shape = part.shape
    left = [*paint.curve((MIDDLE - 44, 62), (MIDDLE - 112, 128), (MIDDLE - 118, 250)), (MIDDLE - 112, 400)]
    right = [*paint.curve((MIDDLE + 44, 62), (MIDDLE + 114, 128), (MIDDLE + 116, 230)), (MIDDLE + 108, 296)]
    for tube in (left, right):
        line = paint.stroke(shape, tube, 10)
        part.tint(np.roll(paint.soft(line - 2, 5), (5, 4), axis=(0, 1)) * (1 - neck), hexed("#3d4d56"), 0.5)
        part.add(paint.soft(line, 1.2) * (1 - neck), hexed("#1d2f3a"))
        gleam = np.roll(paint.soft(paint.stroke(shape, tube, 2.4), 1.6), (-1, -2), axis=(0, 1))
        part.tint(gleam * (1 - neck), hexed("#7d97a3"), 0.7)
    piece = (MIDDLE + 106.0, 318.0)
    disc = paint.ellipse(shape, piece, (24, 24))
    part.tint(np.roll(paint.soft(disc - 2, 6), (6, 5), axis=(0, 1)), hexed("#3d4d56"), 0.6)
    x, y = paint.grid(*shape)
    sheen = 0.5 + 0.5 * np.sin(np.arctan2(y - piece[1], x - piece[0]) * 2 + 1.2)
    part.add(paint.soft(disc, 1.1), paint.ramp(sheen, (hexed("#8b979d"), hexed("#f2f5f6"))))
    part.tint(paint.soft(disc + 5, 1.1), paint.ramp(1 - sheen, (hexed("#9ea9ae"), hexed("#dfe5e7"))))
    part.tint(paint.soft(disc + 12, 1.1), hexed("#c5ced2"))
