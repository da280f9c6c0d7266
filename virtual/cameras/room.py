# SPDX-License-Identifier: Apache-2.0
"""What the room camera sees: an elderly woman in her armchair, by a window; she breathes, nods, blinks and talks.

Everything that does not change is painted once; each picture then lays the woman's parts on the room, moved by
fractions of a pixel. 1280 x 720.
"""

from functools import cached_property

import numpy as np

from virtual.cameras import paint, woman
from virtual.cameras.film import Planes
from virtual.cameras.paint import Canvas, hexed
from virtual.cameras.parts import Layer, lay, packed

WIDTH, HEIGHT = 1280, 720
SHAPE = HEIGHT, WIDTH


class Room:
    """The scene."""

    seconds = 6.0

    def draw(self, time: float, size: tuple[int, int]) -> Planes:
        """The room, ``time`` seconds into the loop; its one size is 1280 x 720."""
        if size != (WIDTH, HEIGHT):
            raise ValueError(f"the room is drawn at {WIDTH}x{HEIGHT}, not {size[0]}x{size[1]}")
        turn = 2 * np.pi * time / self.seconds
        sway = 9 * np.sin(turn) + 3 * np.sin(2 * turn + 1)
        nod = 4 * np.sin(2 * turn) + 2 * np.sin(5 * turn)
        breath = 2.2 * np.sin(2 * turn)
        view = self._empty_room.copy()
        _tick(view, time)
        parts = self._parts
        lay(view, parts["body"], 0.35 * sway, breath)
        lay(view, parts["hand"], 0.35 * sway + 14 * np.sin(turn), breath - 30 * max(0.0, float(np.sin(turn))) ** 2)
        lay(view, parts["head"], sway, nod + breath)
        lay(view, parts["shut" if self._blinks(time) else "open"], sway * 1.12, nod * 1.1 + breath)
        lay(view, parts[f"mouth{self._mouth(time)}"], sway * 1.15, nod * 1.15 + breath)
        return packed(view, seed=round(time * 1000))

    def _blinks(self, time: float) -> bool:
        return any(start <= time < start + 0.14 for start in (0.9, 2.7, 4.4, 4.75))

    def _mouth(self, time: float) -> int:
        """Talking for the first two thirds of the loop, then listening."""
        if time > self.seconds * 0.66:
            return 0
        return (0, 1, 2, 1, 0, 2, 1, 1, 2, 0)[int(time * 8) % 10]

    @cached_property
    def _empty_room(self) -> Canvas:
        return paint.yuv(room())

    @cached_property
    def _parts(self) -> dict[str, Layer]:
        return {name: (paint.yuv(canvas), mask, left, top) for name, (canvas, mask, left, top) in woman.parts().items()}


def room() -> Canvas:
    """The room without anybody."""
    canvas = paint.blank(*SHAPE, hexed("#e6dac6"))
    x, y = paint.grid(*SHAPE)
    paint.shade(canvas, 1.04 - 0.00022 * x - 0.00012 * y + 0.008 * paint.texture(SHAPE, 7, 3, 3))
    for edge in (478, 486):
        paint.paint(canvas, paint.soft(paint.box(SHAPE, (0, edge), (WIDTH, edge + 3)), 1), hexed("#cdbfa6"))
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (0, 486), (WIDTH, HEIGHT)), 1), hexed("#c9b899"), 0.55)
    _window(canvas)
    _picture(canvas)
    _lamp(canvas)
    _clock(canvas)
    _armchair(canvas)
    return canvas


FRAME = 80
"""Left edge of the window's shadow."""
SILL = 56, 410


def _window(canvas: Canvas) -> None:
    x, y = paint.grid(*SHAPE)
    frame = paint.box(SHAPE, (70, 60), (392, 440), 6)
    paint.shade(canvas, 1 - 0.25 * np.exp(-np.clip(frame, 0, None) / 16) * (x > FRAME))
    paint.paint(canvas, paint.soft(frame, 1.2), hexed("#f7f4ec"))
    panes = np.minimum(paint.box(SHAPE, (86, 76), (224, 424)), paint.box(SHAPE, (238, 76), (376, 424)))
    sky = paint.blank(*SHAPE, hexed("#bfe0f2"))
    paint.paint(sky, np.clip((y - 80) / 260, 0, 1), hexed("#eef6f6"))
    paint.paint(sky, np.clip(paint.texture(SHAPE, 90, 41, 4) - 0.2, 0, 1), hexed("#ffffff"), 0.8)
    leaves = paint.texture(SHAPE, 34, 51, 5)
    hills = 330 + 18 * np.sin(x / 60) - y + 10 * leaves
    paint.paint(sky, paint.soft(hills, 3), hexed("#a9c48f"))
    tree = (
        np.minimum(paint.ellipse(SHAPE, (330, 262), (82, 90)), paint.ellipse(SHAPE, (290, 310), (66, 60))) + 26 * leaves
    )
    paint.paint(sky, paint.soft(paint.stroke(SHAPE, [(328, 430), (326, 300)], 16), 2), hexed("#6f5a43"))
    paint.paint(sky, paint.soft(tree, 3), hexed("#5f8a4e"))
    paint.paint(sky, paint.soft(tree + 18, 10) * np.clip(0.5 + leaves, 0, 1), hexed("#8fb56a"), 0.8)
    paint.paint(canvas, paint.soft(panes, 1), sky)
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (SILL[0], 436), (406, 456), 4), 1.2), hexed("#fdfbf5"))
    paint.shade(canvas, 1 - 0.2 * np.exp(-np.abs(y - 462) / 5) * ((x > SILL[0]) & (x < SILL[1])))
    for left, right, lean in ((30, 118, 0.05), (352, 440, -0.05)):
        folds = np.sin((x + lean * (y - 40)) / 6.5 + np.sin(y / 90))
        cloth = paint.soft(paint.box(SHAPE, (left, 34), (right, 640), 6), 1.5)
        drape = paint.blank(*SHAPE, hexed("#9db8b3"))
        paint.shade(drape, 0.93 + 0.12 * folds + 0.02 * paint.texture(SHAPE, 5, 9, 2))
        paint.paint(canvas, cloth, drape)
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (14, 28), (456, 40), 6), 1.2), hexed("#8a6f52"))


def _picture(canvas: Canvas) -> None:
    x, y = paint.grid(*SHAPE)
    outer = paint.box(SHAPE, (905, 92), (1095, 232), 3)
    paint.shade(canvas, 1 - 0.22 * np.exp(-np.clip(paint.box(SHAPE, (912, 100), (1102, 242), 3), 0, None) / 10))
    paint.paint(canvas, paint.soft(outer, 1), hexed("#7c5a3c"))
    paint.paint(canvas, paint.soft(outer + 10, 1), hexed("#f4ecdc"))
    sea = paint.blank(*SHAPE, hexed("#f1cf9d"))
    paint.paint(sea, paint.soft(168 - y, 8), hexed("#5f93a8"))
    paint.paint(sea, paint.soft(168 - y, 2) * np.clip(np.sin(y * 1.1 + np.sin(x / 9)), 0, 1), hexed("#a8cdd4"), 0.6)
    paint.paint(sea, paint.soft(paint.ellipse(SHAPE, (1046, 140), (13, 13)), 2), hexed("#fdf3d2"))
    sail = np.maximum(paint.box(SHAPE, (962, 122), (1000, 178)), (x - 964) - (y - 122) * 0.62)
    paint.paint(sea, paint.soft(sail, 1), hexed("#fbf8f1"))
    paint.paint(sea, paint.soft(paint.ellipse(SHAPE, (978, 181), (32, 7)), 1), hexed("#7a3f2c"))
    paint.paint(canvas, paint.soft(outer + 24, 1), sea)


def _lamp(canvas: Canvas) -> None:
    x, y = paint.grid(*SHAPE)
    glow = np.exp(-(((x - 1150) / 190) ** 2 + ((y - 350) / 170) ** 2))
    paint.paint(canvas, (0.5 * glow), hexed("#ffe9b8"))
    table = paint.box(SHAPE, (1040, 560), (1290, 582), 5)
    paint.paint(canvas, paint.soft(paint.box(SHAPE, (1066, 575), (1086, 730)), 1), hexed("#6d4c33"))
    paint.paint(canvas, paint.soft(table, 1), hexed("#8d6645"))
    paint.paint(canvas, paint.soft(paint.stroke(SHAPE, [(1150, 400), (1150, 545)], 11), 1), hexed("#b79a63"))
    paint.paint(canvas, paint.soft(paint.ellipse(SHAPE, (1150, 553), (42, 10)), 1), hexed("#a5884f"))
    sides = np.abs(x - 1150) - 40 - (y - 318) * 0.42
    cone = np.maximum(np.maximum(sides, 318 - y), y - 414)
    cloth = paint.blank(*SHAPE, hexed("#f6dfae"))
    paint.shade(cloth, 1.06 - 0.0022 * np.abs(x - 1150) - 0.0009 * np.abs(y - 380))
    paint.paint(canvas, paint.soft(cone, 1.2), cloth)
    glass = paint.box(SHAPE, (1220, 500), (1256, 560), 6)
    paint.paint(canvas, paint.soft(glass, 1.5), hexed("#dfeff2"), 0.75)
    paint.paint(canvas, paint.soft(np.maximum(glass + 4, 524 - y), 1.5), hexed("#b9dbe4"), 0.8)


CLOCK = (1188.0, 158.0)


def _clock(canvas: Canvas) -> None:
    shadow = paint.ellipse(SHAPE, (CLOCK[0] + 5, CLOCK[1] + 7), (56, 56))
    paint.shade(canvas, 1 - 0.2 * paint.soft(shadow, 8))
    paint.paint(canvas, paint.soft(paint.ellipse(SHAPE, CLOCK, (56, 56)), 1), hexed("#4f6d70"))
    paint.paint(canvas, paint.soft(paint.ellipse(SHAPE, CLOCK, (49, 49)), 1), hexed("#fbfaf5"))
    for hour in range(12):
        angle = hour * np.pi / 6
        a, b = ((CLOCK[0] + r * np.sin(angle), CLOCK[1] - r * np.cos(angle)) for r in (39, 45))
        paint.paint(canvas, paint.soft(paint.stroke(SHAPE, [a, b], 4 if hour % 3 == 0 else 2), 0.8), hexed("#2c3538"))
    for angle, length, width in ((5.18, 24, 5), (1.9, 36, 3.2)):
        tip = CLOCK[0] + length * np.sin(angle), CLOCK[1] - length * np.cos(angle)
        paint.paint(canvas, paint.soft(paint.stroke(SHAPE, [CLOCK, tip], width), 0.8), hexed("#2c3538"))


def _armchair(canvas: Canvas) -> None:
    x, y = paint.grid(*SHAPE)
    weave = paint.texture(SHAPE, 5, 71, 2)
    back = paint.box(SHAPE, (392, 190), (888, 800), 90)
    paint.shade(canvas, 1 - 0.3 * np.exp(-np.clip(back, 0, None) / 26))
    cloth = paint.blank(*SHAPE, hexed("#4f7a80"))
    paint.shade(cloth, 1.08 - 0.0011 * np.abs(x - 610) - 0.0003 * (y - 190) + 0.035 * weave)
    paint.paint(canvas, paint.soft(back, 1.5), cloth)
    seam = np.exp(-((back + 26) ** 2) / 9)
    paint.shade(canvas, 1 - 0.22 * seam)
    cushion = paint.box(SHAPE, (462, 196), (818, 400), 46) + 6 * np.sin(x / 56) * np.sin(y / 34)
    paint.shade(canvas, 1 - 0.28 * np.exp(-np.clip(cushion, 0, None) / 12))
    linen = paint.blank(*SHAPE, hexed("#e9dcc3"))
    paint.shade(linen, 1.04 - 0.0006 * np.abs(x - 600) - 0.0007 * (y - 200) + 0.03 * weave)
    for stripe in range(470, 830, 44):
        paint.paint(linen, paint.soft(np.abs(x - stripe) - 5, 1.5), hexed("#b8707c"), 0.5)
    paint.paint(canvas, paint.soft(cushion, 2), linen)
    paint.shade(canvas, 1 - 0.14 * np.exp(-((cushion + 9) ** 2) / 6))


def _tick(view: Canvas, time: float) -> None:
    """The second hand: one step a second, six steps in the loop; then it goes round again."""
    angle = 2.2 + int(time) * np.pi / 30
    left, top = int(CLOCK[0]) - 52, int(CLOCK[1]) - 52
    middle = CLOCK[0] - left, CLOCK[1] - top
    tip = middle[0] + 42 * np.sin(angle), middle[1] - 42 * np.cos(angle)
    mask = paint.soft(paint.stroke((104, 104), [middle, tip], 2), 0.8)[..., None]
    colour = paint.yuv(np.array([[hexed("#b0402f")]], np.float32))[0, 0]
    patch = view[top : top + 104, left : left + 104]
    patch += mask * (colour - patch)
