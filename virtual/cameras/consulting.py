# SPDX-License-Identifier: Apache-2.0
"""A doctor's consulting room, as a camera sees it that is focused on somebody in front of it. 1280 x 720."""

import numpy as np

from virtual.cameras import paint
from virtual.cameras.paint import Canvas, hexed

SHAPE = 720, 1280
NEAR, FAR = 5, 8
"""How much out of focus the furniture and the wall behind it are, in pixels."""
BINDERS = ("#2f7d84", "#d9e2e0", "#c8794a", "#24606b", "#e3ddd0", "#5f9aa0", "#b9c9c6", "#2f7d84", "#d8b46a", "#8fb3b4")


def consulting_room() -> Canvas:
    """The room: a window with blinds on the left, shelves with binders and a plant on the right."""
    canvas = paint.blank(*SHAPE, hexed("#b9cdd0"))
    x, y = paint.grid(*SHAPE)
    paint.shade(canvas, 1.10 - 0.00018 * x - 0.00022 * y)
    _window(canvas)
    _chart(canvas)
    canvas = paint.blurred(canvas, FAR)
    _shelves(canvas)
    _cabinet(canvas)
    canvas = paint.blurred(canvas, NEAR)
    daylight = paint.bump(SHAPE, (150, 230), (420, 420))
    paint.paint(canvas, daylight, hexed("#fdf8ea"), 0.34)
    paint.shade(canvas, 1 - 0.20 * np.clip(np.hypot((x - 600) / 900, (y - 330) / 560) - 0.55, 0, 1))
    return canvas


def _window(canvas: Canvas) -> None:
    x, y = paint.grid(*SHAPE)
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (40, -20), (372, 470), 4), 2), hexed("#f3f3ee"))
    outside = paint.blank(*SHAPE, hexed("#eaf4f5"))
    leaves = paint.texture(SHAPE, 60, 15, 4)
    paint.paint(outside, paint.soft(300 - y + 40 * leaves, 20), hexed("#b5cfa9"), 0.85)
    paint.paint(outside, paint.soft(390 - y + 30 * leaves, 16), hexed("#86ad84"), 0.8)
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (60, -20), (352, 450)), 1), outside)
    slats = np.clip(np.sin(y / 4.6), 0, 1) * paint.soft(y - 150)
    paint.paint(canvas, slats * paint.soft(paint.box(SHAPE, (58, -20), (354, 160)), 1), hexed("#fbf8f0"), 0.9)
    paint.paint(canvas, paint.soft(np.abs(x - 206) - 6, 1) * paint.soft(y - 450, 1), hexed("#f3f3ee"))
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (24, 462), (388, 482), 3), 1), hexed("#fbfaf6"))


def _chart(canvas: Canvas) -> None:
    """An eye chart on the wall."""
    paint.shade(canvas, 1 - 0.12 * paint.soft(paint.box(SHAPE, (432, 66), (552, 256), 3), 8))
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (424, 56), (546, 246), 3), 1), hexed("#fbfaf5"))
    for row, (count, side) in enumerate(((1, 26), (2, 20), (3, 15), (4, 11), (5, 8))):
        top = (74, 112, 144, 172, 197)[row]
        for letter in range(count):
            left = 485 + (letter - (count - 1) / 2) * side * 1.7 - side / 2
            _block(canvas, (left, top), (left + side, top + side), "#4d5b5f")


def _shelves(canvas: Canvas) -> None:
    paint.shade(canvas, 1 - 0.22 * paint.soft(paint.box(SHAPE, (862, 66), (1250, 560), 4), 14))
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (872, 56), (1240, 740), 4), 1), hexed("#a98766"))
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (888, 70), (1224, 740), 2), 1), hexed("#8d765f"))
    for number, shelf in enumerate((214, 372, 530)):
        place = 900.0
        for index in range(12):
            colour = BINDERS[(index * 3 + number * 7) % len(BINDERS)]
            wide, tall = 22 + 9 * ((index * 5 + number) % 3), 108 - 14 * ((index * 7 + number * 2) % 3)
            if place + wide > (1216, 1096, 1216)[number]:
                break
            _block(canvas, (place, shelf - tall), (place + wide - 3, shelf), colour)
            _block(canvas, (place + 5, shelf - tall + 18), (place + wide - 8, shelf - tall + 44), "#eceae2")
            place += wide
        _block(canvas, (884, shelf), (1228, shelf + 12), "#c9a988")
    _plant(canvas, (1158.0, 372.0))


def _block(canvas: Canvas, corner: paint.Point, opposite: paint.Point, colour: str) -> None:
    """A rectangle of whole pixels: nobody will see its edges."""
    canvas[round(corner[1]) : round(opposite[1]), round(corner[0]) : round(opposite[0])] = hexed(colour)


def _plant(canvas: Canvas, foot: paint.Point) -> None:
    x, y = foot
    for number in range(13):
        angle = -np.pi / 2 + (number - 6) * 0.24
        reach = 74 + 16 * (number % 3)
        tip = x + reach * np.cos(angle) * 0.8, y - 40 + reach * np.sin(angle)
        leaf = paint.stroke(SHAPE, paint.curve((x, y - 36), (x + 30 * np.cos(angle), y - 96), tip), 15 - number % 3 * 2)
        paint.paint(canvas, paint.soft(leaf, 3), hexed(("#4f8a5b", "#6ba66f", "#3c7350")[number % 3]))
    pot = np.maximum(paint.box(SHAPE, (x - 30, y - 46), (x + 30, y), 4), np.abs(paint.grid(*SHAPE)[0] - x) - 30)
    paint.paint(canvas, paint.soft(pot, 1.5), hexed("#ece6da"))


def _cabinet(canvas: Canvas) -> None:
    """A low cabinet under the window, a box of gloves and a bottle on it."""
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (-20, 566), (452, 740), 3), 1), hexed("#e4e6e1"))
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (-20, 556), (460, 572), 3), 1), hexed("#f7f6f1"))
    for left in (70, 262):
        paint.paint(canvas, paint.soft(paint.box(SHAPE, (left, 600), (left + 172, 740), 3), 2), hexed("#d3d8d4"))
        paint.paint(canvas, paint.soft(paint.box(SHAPE, (left + 66, 618), (left + 106, 626), 3), 1), hexed("#98a5a6"))
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (60, 498), (168, 558), 3), 1), hexed("#5d9fb0"))
    paint.paint(canvas, paint.soft(paint.ellipse(SHAPE, (114, 514), (32, 10)), 2), hexed("#e9f1f3"))
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (214, 476), (250, 558), 9), 1), hexed("#f6f2e6"))
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (225, 454), (239, 482), 3), 1), hexed("#3f8d95"))
