# SPDX-License-Identifier: Apache-2.0
"""The doctor's head, without her eyes and mouth: a relief under the light of a window on the left. Nobody.

All her colours come from one ramp, darkest to brightest, by how directly the light falls on a hill of Gaussians.
"""

import numpy as np

from virtual.cameras import paint
from virtual.cameras.paint import Mask, hexed
from virtual.cameras.parts import Painting

ROWS, COLUMNS = 440, 360
MIDDLE = 180
"""The column of her nose; her eyes are at row 240, her mouth at row 334, her chin at row 394."""
SKIN = tuple(map(hexed, ("#2a1710", "#4a2a1d", "#6d412d", "#8d5a40", "#ad7655", "#c99470")))
LIGHT = -0.55, -0.5, 0.75
RELIEF = (
    # across, row, width, height of the bump; how far it stands out; twice when it is beside the middle
    (0, 176, 66, 36, 6.0),
    (40, 214, 34, 13, 4.0),
    (43, 240, 27, 15, -7.0),
    (43, 241, 18, 12, 6.0),
    (0, 258, 12, 32, 8.0),
    (0, 291, 17, 15, 15.0),
    (20, 296, 10, 9, 8.0),
    (62, 280, 32, 26, 7.0),
    (0, 334, 44, 27, 7.0),
    (0, 314, 4, 8, -2.0),
    (0, 362, 24, 8, -4.0),
    (0, 380, 24, 16, 7.0),
)


def skin(height: Mask, ambient: float = 0.14) -> paint.Canvas:
    """Skin on a relief."""
    facing = paint.lit(height, LIGHT)
    canvas = paint.ramp(ambient + 0.80 * np.clip(facing, 0, 1) ** 1.15, SKIN)
    gloss = np.clip(paint.lit(height, (LIGHT[0], LIGHT[1], LIGHT[2] + 1)), 0, 1) ** 26
    paint.paint(canvas, gloss, hexed("#ffe3c8"), 0.20)
    rim = np.clip(paint.lit(height, (1.0, -0.2, -0.15)), 0, 1) ** 2
    paint.paint(canvas, rim, hexed("#d6e4e2"), 0.22)
    return canvas


def hair_behind() -> Painting:
    """Her hair, tied to a bun on top, and her ears."""
    part = Painting(ROWS, COLUMNS, "#1d1614")
    shape = part.shape
    x, y = paint.grid(*shape)
    coils = paint.texture(shape, 6, 31, 2)
    bun = paint.ellipse(shape, (MIDDLE + 4, 58), (68, 49)) + 3.2 * coils + 2.5 * paint.texture(shape, 20, 7, 2)
    relief = 60 * np.sqrt(np.clip(-bun / 40, 0, 1)) + 2.0 * coils
    part.add(paint.soft(bun, 3), _hair(paint.lit(relief.astype(np.float32), LIGHT)))
    part.tint(paint.soft(np.abs(y - 104 - 0.0016 * (x - MIDDLE) ** 2 * -1) - 5, 5), hexed("#0f0b0a"), 0.7)
    for side in (-1, 1):
        ear = paint.ellipse(shape, (MIDDLE + side * 104, 252), (14, 30), side * 0.16)
        lobe = paint.melted(ear, paint.ellipse(shape, (MIDDLE + side * 101, 275), (9, 12)), 12)
        height = 14 * np.sqrt(np.clip(-lobe / 14, 0, 1)) - 7 * paint.bump(shape, (MIDDLE + side * 106, 250), (8, 18))
        part.add(paint.soft(lobe, 1.3), skin(height.astype(np.float32), 0.10))
        part.add(paint.soft(paint.ellipse(shape, (MIDDLE + side * 102, 286), (5.2, 5.2)), 1), hexed("#b98d3e"))
        part.tint(paint.soft(paint.ellipse(shape, (MIDDLE + side * 102 - 1.6, 284.2), (2.2, 2.2)), 1), hexed("#fff0c4"))
    return part


def _hair(facing: Mask) -> paint.Canvas:
    return paint.ramp(
        0.05 + 0.85 * np.clip(facing, 0, 1) ** 1.8, tuple(map(hexed, ("#0d0908", "#1f1714", "#392c27", "#66534a")))
    )


def face() -> Painting:
    """Her face and the hair that frames it."""
    part = Painting(ROWS, COLUMNS, "#5a3524")
    shape = part.shape
    x, y = paint.grid(*shape)
    outline = paint.melted(
        paint.ellipse(shape, (MIDDLE, 224), (102, 126)), paint.ellipse(shape, (MIDDLE, 318), (71, 75)), 48
    )
    ball = np.clip(1 - ((x - MIDDLE) / 117) ** 2 - ((y - 246) / 172) ** 2, 0.015, 1)
    height = 92 * np.sqrt(ball)
    for across, row, wide, high, out in RELIEF:
        for side in (-1, 1) if across else (1,):
            height = height + out * paint.bump(shape, (MIDDLE + side * across, row), (wide, high))
    canvas = skin(height.astype(np.float32))
    paint.shade(canvas, 1 + 0.014 * paint.texture(shape, 7, 5, 3))
    for side in (-1, 1):
        paint.paint(canvas, paint.bump(shape, (MIDDLE + side * 60, 292), (30, 22)), hexed("#a8503c"), 0.20)
        paint.paint(canvas, paint.bump(shape, (MIDDLE + side * 44, 236), (30, 17)), hexed("#3d2017"), 0.22)
    part.add(paint.soft(outline, 1.4), canvas)
    _lines(part)
    _hairline(part)
    return part


def _lines(part: Painting) -> None:
    """Nose, brows, and what 45 years leave."""
    shape, dark = part.shape, hexed("#2c160e")
    part.tint(paint.bump(shape, (MIDDLE + 3, 309), (22, 5)), dark, 0.45)
    for side in (-1, 1):
        c = MIDDLE + side * 43
        nostril = paint.ellipse(shape, (MIDDLE + side * 11, 301), (6.5, 3.4), side * 0.25)
        part.tint(paint.soft(nostril, 1.8), hexed("#1c0d08"), 0.85)
        wing = paint.curve((MIDDLE + side * 22, 284), (MIDDLE + side * 33, 292), (MIDDLE + side * 24, 304))
        part.tint(paint.soft(paint.stroke(shape, wing, 2.6), 2.2), dark, 0.5)
        fold = paint.curve((MIDDLE + side * 31, 300), (MIDDLE + side * 50, 314), (MIDDLE + side * 54, 334))
        part.tint(paint.soft(paint.stroke(shape, fold, 3), 3.5), dark, 0.20)
        under = paint.curve((c - side * 17, 259), (c + side * 2, 267), (c + side * 20, 259))
        part.tint(paint.soft(paint.stroke(shape, under, 1.6), 2.4), dark, 0.16)
        for lift in (-4, 4):
            foot = paint.curve(
                (c + side * 33, 243 + lift), (c + side * 40, 243 + 1.6 * lift), (c + side * 46, 243 + 2.4 * lift)
            )
            part.tint(paint.soft(paint.stroke(shape, foot, 1.2), 1.3), dark, 0.18)


def _hairline(part: Painting) -> None:
    shape = part.shape
    x, y = paint.grid(*shape)
    coils = paint.texture(shape, 7, 44, 3)
    combed = np.arctan2(x - MIDDLE, y - 20)
    strands = np.sin(combed * 74 + 1.2 * coils) + 0.6 * np.sin(combed * 151 + 2 * coils)
    skull = paint.ellipse(shape, (MIDDLE, 206), (112, 118)) + 1.6 * coils
    bare = paint.melted(
        paint.ellipse(shape, (MIDDLE, 252), (89, 98)), paint.ellipse(shape, (MIDDLE, 330), (96, 104)), 30
    )
    cap = np.maximum(np.maximum(skull, -bare - 1.6 * strands - 2 * coils), y - 276)
    ball = np.clip(1 - ((x - MIDDLE) / 122) ** 2 - ((y - 206) / 128) ** 2, 0.02, 1)
    relief = (92 * np.sqrt(ball) + 0.55 * strands + 1.2 * coils).astype(np.float32)
    part.tint(paint.soft(cap - 7, 10), hexed("#22110b"), 0.55)
    hair = _hair(paint.lit(relief, LIGHT))
    part.add(paint.soft(cap, 3), hair)
    grey = np.clip(strands - 1.15, 0, 1) * paint.bump(shape, (MIDDLE - 92, 196), (34, 44))
    part.tint(grey * paint.soft(cap, 2), hexed("#9c9590"), 0.7)
