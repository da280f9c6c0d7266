# SPDX-License-Identifier: Apache-2.0
"""What an otoscope sees: a right ear-drum at the end of its canal, round on black, held by a hand that moves a little.

Drawn after the landmarks that a textbook names: annulus, pars flaccida, short process and handle of the malleus, umbo,
cone of light at five o'clock, the incus seen through, vessels, canal skin, hairs, a little wax.
"""

from functools import cached_property, lru_cache

import numpy as np

from virtual.cameras import paint
from virtual.cameras.film import Planes
from virtual.cameras.paint import Canvas, Mask, Point, hexed

SIDE = 1040
"""Pixels of the painting, which shows a little more than the scope does."""
UNIT = SIDE / 2.5
"""Pixels of the scope's radius on the painting."""


class Otoscope:
    """The scene."""

    seconds = 4.0

    def draw(self, time: float, size: tuple[int, int]) -> Planes:
        """The view, ``time`` seconds into the loop."""
        turn = 2 * np.pi * time / self.seconds
        zoom = 1 + 0.025 * np.sin(turn) + 0.006 * np.sin(3 * turn)
        across = 0.035 * np.sin(turn + 0.6) + 0.008 * np.sin(5 * turn)
        down = 0.028 * np.cos(turn) + 0.007 * np.sin(4 * turn + 1)
        light = 1 + 0.015 * np.sin(7 * turn)
        return self._seen(size, (across, down), zoom, light, round(time * 1000))

    def _seen(self, size: tuple[int, int], aim: Point, zoom: float, light: float, seed: int) -> Planes:
        width, height = size
        window = _window(width, height)
        steps = UNIT / zoom / (height * 0.485)
        columns = (np.arange(width) + 0.5 - width / 2) * steps + SIDE / 2 + aim[0] * UNIT
        rows = (np.arange(height) + 0.5 - height / 2) * steps + SIDE / 2 + aim[1] * UNIT
        luma, *colours = self._painting
        y = paint.between(paint.between(luma, rows).T, columns).T
        noise = np.random.default_rng(seed).integers(-2, 3, (height, width), np.int8)
        packed = np.empty((height * 3 // 2, width), np.uint8)
        packed[:height] = 16 + (y - 16 + noise) * (window * light)
        chroma = packed[height:].reshape(2, height // 2, width // 2)
        for index, plane in enumerate(colours):
            seen = paint.between(paint.between(plane, rows[::2] + steps / 2).T, columns[::2] + steps / 2).T
            chroma[index] = 128.5 + (seen - 128) * window[::2, ::2]
        return packed

    @cached_property
    def _painting(self) -> list[Mask]:
        colours = paint.yuv(ear())
        return [np.ascontiguousarray(colours[..., index]) for index in range(3)]


@lru_cache(maxsize=2)
def _window(width: int, height: int) -> Mask:
    """The round field, darker at its rim."""
    radius = height * 0.485
    shape = height, width
    distance = paint.ellipse(shape, (width / 2, height / 2), (radius, radius))
    x, y = paint.grid(*shape)
    away = np.hypot(x - width / 2, y - height / 2) / radius
    window: Mask = paint.soft(distance, 2.5) * (1 - 0.42 * np.clip(away, 0, 1) ** 3)
    return window


def ear() -> Canvas:
    """The painting: about a second of work."""
    canvas = _canal()
    _membrane(canvas)
    _malleus(canvas)
    _light(canvas)
    _wax_and_hair(canvas)
    return canvas


def _at(x: float, y: float) -> Point:
    """A place given in radii of the scope, from the middle."""
    return SIDE / 2 + x * UNIT, SIDE / 2 + y * UNIT


def _canal() -> Canvas:
    shape = SIDE, SIDE
    canvas = paint.blank(*shape, hexed("#c98a72"))
    x, y = paint.grid(*shape)
    away = np.hypot((x - SIDE / 2) / UNIT - 0.03, (y - SIDE / 2) / UNIT - 0.02)
    angle = np.arctan2(y - SIDE / 2, x - SIDE / 2)
    folds = np.sin(away * 19 + 1.3 * np.sin(2 * angle + 0.4) + 0.7 * paint.texture(shape, 160, 5, 2))
    skin = paint.texture(shape, 90, 11, 5)
    paint.paint(canvas, np.clip(0.35 + 0.5 * skin, 0, 1), hexed("#dca58c"))
    paint.paint(canvas, np.clip(-0.2 + 0.6 * paint.texture(shape, 120, 31, 3), 0, 1), hexed("#b05f4e"), 0.8)
    depth = np.clip((away - 0.55) / 0.6, 0, 1)
    paint.shade(canvas, 0.72 + 0.42 * depth + 0.05 * folds * depth + 0.03 * skin)
    lit = np.clip(np.cos(angle + 2.2), 0, 1) * np.clip(1 - np.abs(away - 0.95) / 0.22, 0, 1)
    paint.paint(canvas, (lit * np.clip(0.4 + skin, 0, 1) * 0.4), hexed("#fbe3d3"))
    return canvas


def _membrane(canvas: Canvas) -> None:
    shape = SIDE, SIDE
    drum = paint.ellipse(shape, _at(0.0, 0.04), (0.66 * UNIT, 0.71 * UNIT), -0.15)
    drum += 5 * paint.texture(shape, 110, 3, 2)
    paint.shade(canvas, 1 - 0.45 * np.exp(-np.clip(drum, 0, None) / (0.07 * UNIT)) * (drum > 0))
    inside = paint.soft(drum, 9)
    x, y = paint.grid(*shape)
    u, v = (x - SIDE / 2) / UNIT, (y - SIDE / 2) / UNIT
    face = paint.blank(*shape, hexed("#cdbfb4"))
    paint.paint(face, np.clip(0.5 - v * 0.7, 0, 1), hexed("#d9a99a"), 0.55)
    paint.paint(face, np.clip(np.exp(-((u - 0.25) ** 2 + (v - 0.35) ** 2) * 5), 0, 1), hexed("#e4ddd3"), 0.8)
    paint.paint(face, np.clip(np.exp(-((u + 0.28) ** 2 + (v + 0.12) ** 2) * 9), 0, 1), hexed("#a98a80"), 0.75)
    incus = paint.stroke(shape, paint.curve(_at(-0.3, -0.42), _at(-0.27, -0.15), _at(-0.22, 0.02)), 0.07 * UNIT)
    paint.paint(face, paint.soft(incus, 18), hexed("#e2d2c2"), 0.45)
    radial = np.hypot(u - 0.0, v - 0.12)
    fibres = np.sin(np.arctan2(v - 0.12, u) * 70 + 2 * paint.texture(shape, 60, 8, 2))
    paint.shade(face, 1.02 - 0.16 * np.exp(-radial * 6) + 0.012 * fibres * np.clip(radial * 2, 0, 1))
    paint.shade(face, 1 + 0.035 * paint.texture(shape, 70, 21, 5))
    flaccid = paint.ellipse(shape, _at(0.1, -0.56), (0.25 * UNIT, 0.16 * UNIT), 0.1)
    paint.paint(face, paint.soft(flaccid, 30), hexed("#c9786a"), 0.75)
    paint.paint(canvas, inside, face)
    rim = np.exp(-((drum + 0.025 * UNIT) ** 2) / (0.022 * UNIT) ** 2) * np.clip(0.75 + v, 0.1, 1)
    paint.paint(canvas, rim, hexed("#efe3d5"), 0.7)
    _vessels(canvas, inside)


def _vessels(canvas: Canvas, inside: Mask) -> None:
    rng = np.random.default_rng(4)
    for _ in range(34):
        angle = rng.uniform(0, 2 * np.pi)
        outer, inner = 0.66, rng.uniform(0.34, 0.58)
        bend = angle + rng.uniform(-0.12, 0.12)
        line = paint.curve(
            _at(outer * np.cos(angle), 0.05 + outer * np.sin(angle)),
            _at(0.55 * np.cos(bend), 0.05 + 0.55 * np.sin(bend)),
            _at(inner * np.cos(angle + 0.1), 0.05 + inner * np.sin(angle + 0.1)),
            6,
        )
        mask = paint.soft(_near(line, rng.uniform(0.8, 2.2)), 1.6) * inside
        paint.paint(canvas, mask, hexed("#a83a34"), rng.uniform(0.12, 0.34))
    for shift in (-0.045, 0.05):
        line = paint.curve(_at(0.16 + shift, -0.5), _at(0.12 + shift, -0.2), _at(0.03 + shift * 0.6, 0.08))
        paint.paint(canvas, paint.soft(_near(line, 6), 2.5), hexed("#b4453c"), 0.55)


def _near(line: list[Point], width: float) -> Mask:
    return paint.stroke((SIDE, SIDE), line, width)


def _malleus(canvas: Canvas) -> None:
    shape = SIDE, SIDE
    handle = paint.curve(_at(0.16, -0.44), _at(0.1, -0.18), _at(0.0, 0.12), 16)
    paint.paint(canvas, paint.soft(_near(handle, 0.105 * UNIT), 14), hexed("#8f6c60"), 0.5)
    moved = [(x - 5, y - 4) for x, y in handle]
    paint.paint(canvas, paint.soft(_near(moved, 0.058 * UNIT), 9), hexed("#e6d3ba"), 0.88)
    shine = [(x - 12, y - 4) for x, y in handle[2:-3]]
    paint.paint(canvas, paint.soft(_near(shine, 0.012 * UNIT), 6), hexed("#fff6e6"), 0.4)
    umbo = paint.ellipse(shape, _at(-0.005, 0.125), (0.046 * UNIT, 0.042 * UNIT))
    paint.paint(canvas, paint.soft(umbo, 14), hexed("#eadcc6"), 0.9)
    knob = paint.ellipse(shape, _at(0.185, -0.46), (0.062 * UNIT, 0.055 * UNIT), 0.4)
    paint.paint(canvas, paint.soft(knob + 0.012 * UNIT, 16), hexed("#7d5348"), 0.4)
    paint.paint(canvas, paint.soft(knob, 14), hexed("#efe0cc"), 0.92)
    glint = paint.ellipse(shape, _at(0.168, -0.475), (0.02 * UNIT, 0.016 * UNIT))
    paint.paint(canvas, paint.soft(glint, 4), hexed("#ffffff"), 0.9)


def _light(canvas: Canvas) -> None:
    """The cone of light: from the umbo down and forward."""
    shape = SIDE, SIDE
    x, y = paint.grid(*shape)
    ox, oy = _at(0.02, 0.15)
    away = np.hypot(x - ox, y - oy) / UNIT
    angle = np.arctan2(y - oy, x - ox) - 0.98 + 0.04 * paint.texture(shape, 50, 77, 3)
    cone = np.clip(1 - np.abs(angle) / 0.2, 0, 1) * np.clip(away / 0.05, 0, 1) * np.clip((0.44 - away) / 0.12, 0, 1)
    paint.paint(canvas, np.clip(cone * 1.5, 0, 1), hexed("#fffdf6"), 0.85)
    for place, size in ((_at(-0.3, 0.42), 0.02), (_at(0.42, -0.2), 0.014), (_at(-0.42, 0.2), 0.012)):
        spot = paint.ellipse(shape, place, (size * UNIT * 1.7, size * UNIT), -0.6)
        paint.paint(canvas, paint.soft(spot, 5), hexed("#ffffff"), 0.5)


def _wax_and_hair(canvas: Canvas) -> None:
    shape = SIDE, SIDE
    rough = paint.texture(shape, 46, 91, 4)
    for place, radii in (
        (_at(-0.79, 0.55), (0.2, 0.13)),
        (_at(-0.63, 0.76), (0.15, 0.08)),
        (_at(0.9, 0.3), (0.09, 0.14)),
    ):
        lump = paint.ellipse(shape, place, (radii[0] * UNIT, radii[1] * UNIT), -0.7) + 22 * rough
        paint.paint(canvas, paint.soft(lump - 8, 14), hexed("#5a2f14"), 0.45)
        paint.paint(canvas, paint.soft(lump, 5), hexed("#b9772a"), 0.92)
        paint.paint(canvas, paint.soft(lump + 26 + 16 * rough, 12), hexed("#e0a754"), 0.7)
        paint.paint(canvas, paint.soft(lump + 62, 6) * np.clip(rough, 0, 1), hexed("#fff0c4"), 0.8)
    rng = np.random.default_rng(12)
    for _ in range(13):
        angle = rng.choice([rng.uniform(-1.2, 0.3), rng.uniform(2.4, 4.0)])
        far, close = 1.15, rng.uniform(0.72, 0.9)
        bend = angle + rng.uniform(-0.2, 0.2)
        line = paint.curve(
            _at(far * np.cos(angle), far * np.sin(angle)),
            _at(0.95 * np.cos(bend), 0.95 * np.sin(bend)),
            _at(close * np.cos(bend + 0.12), close * np.sin(bend + 0.12)),
        )
        paint.paint(canvas, paint.soft(_near(line, 1.8), 1.4), hexed("#5a3626"), 0.7)
