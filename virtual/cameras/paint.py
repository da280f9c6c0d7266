# SPDX-License-Identifier: Apache-2.0
"""A small painter on NumPy: soft shapes on float RGB canvases, and canvases to I420.

Canvases are float32 of shape (height, width, 3), 0 to 1, sRGB; masks are float32 of shape (height, width), 0 to 1;
lengths are pixels. Shapes are signed distances turned into a soft edge, so that nothing is jagged.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Canvas = npt.NDArray[np.float32]
Mask = npt.NDArray[np.float32]
Colour = tuple[float, float, float]
Point = tuple[float, float]
FAR = 1000.0
"""A distance that no shape sees."""


def hexed(text: str) -> Colour:
    """The colour of ``#rrggbb``."""
    value = int(text.lstrip("#"), 16)
    return (value >> 16) / 255, (value >> 8 & 255) / 255, (value & 255) / 255


@lru_cache(maxsize=8)
def grid(height: int, width: int) -> tuple[Mask, Mask]:
    """The x and the y of every pixel's centre."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x + 0.5, y + 0.5


def blank(height: int, width: int, colour: Colour) -> Canvas:
    """A canvas of one colour."""
    return np.broadcast_to(np.asarray(colour, np.float32), (height, width, 3)).copy()


def soft(distance: npt.NDArray[np.floating], edge: float = 1.0) -> Mask:
    """The inside of a signed distance (negative inside), its edge ``edge`` pixels soft."""
    clipped = np.clip(0.5 - distance / (2 * edge), 0, 1).astype(np.float32)
    mask: Mask = clipped * clipped * (3 - 2 * clipped)
    return mask


def ellipse(shape: tuple[int, int], centre: Point, radii: Point, turn: float = 0.0) -> Mask:
    """Distance to an ellipse (good near its edge); ``turn`` in radians."""
    x, y = grid(*shape)
    dx, dy = x - centre[0], y - centre[1]
    u = (dx * np.cos(turn) + dy * np.sin(turn)) / radii[0]
    v = (dy * np.cos(turn) - dx * np.sin(turn)) / radii[1]
    radius = np.sqrt(u * u + v * v) + 1e-6
    slope = np.sqrt((u / radii[0]) ** 2 + (v / radii[1]) ** 2) + 1e-6
    distance: Mask = ((radius - 1) * radius / slope).astype(np.float32)
    return distance


def box(shape: tuple[int, int], corner: Point, opposite: Point, radius: float = 0.0) -> Mask:
    """Distance to a rectangle with rounded corners."""
    x, y = grid(*shape)
    half = (opposite[0] - corner[0]) / 2, (opposite[1] - corner[1]) / 2
    dx = np.abs(x - corner[0] - half[0]) - half[0] + radius
    dy = np.abs(y - corner[1] - half[1]) - half[1] + radius
    outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
    distance: Mask = (outside + np.minimum(np.maximum(dx, dy), 0) - radius).astype(np.float32)
    return distance


def polygon(shape: tuple[int, int], points: Sequence[Point]) -> Mask:
    """Distance to a polygon."""
    x, y = grid(*shape)
    nearest = np.full(shape, FAR * FAR, np.float32)
    inside = np.zeros(shape, bool)
    for (ax, ay), (bx, by) in zip(points, (*points[1:], points[0]), strict=True):
        length = max((bx - ax) ** 2 + (by - ay) ** 2, 1e-6)
        along = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0, 1)
        np.minimum(nearest, (x - ax - along * (bx - ax)) ** 2 + (y - ay - along * (by - ay)) ** 2, out=nearest)
        if ay != by:
            inside ^= ((y < ay) != (y < by)) & (x < ax + (y - ay) * (bx - ax) / (by - ay))
    distance: Mask = np.where(inside, -np.sqrt(nearest), np.sqrt(nearest)).astype(np.float32)
    return distance


def melted(one: npt.NDArray[np.floating], other: npt.NDArray[np.floating], width: float) -> Mask:
    """Two shapes as one, the corner between them filled over about ``width`` pixels."""
    near = np.clip(width - np.abs(one - other), 0, None)
    shape: Mask = (np.minimum(one, other) - near * near / (4 * width)).astype(np.float32)
    return shape


def stroke(shape: tuple[int, int], points: Sequence[Point], width: float) -> Mask:
    """Distance to a line through ``points``, ``width`` pixels wide, with round ends; ``FAR`` where it is far."""
    margin = width + 40
    left, right = (_within(edge, shape[1]) for edge in _ends([x for x, _ in points], margin))
    top, bottom = (_within(edge, shape[0]) for edge in _ends([y for _, y in points], margin))
    distance = np.full(shape, FAR, np.float32)
    x, y = (axis[top:bottom, left:right] for axis in grid(*shape))
    nearest = distance[top:bottom, left:right]
    for (ax, ay), (bx, by) in pairwise(points):
        length = max((bx - ax) ** 2 + (by - ay) ** 2, 1e-6)
        along = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0, 1)
        np.minimum(nearest, np.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)), out=nearest)
    nearest -= width / 2
    return distance


def _ends(values: Sequence[float], margin: float) -> tuple[float, float]:
    return min(values) - margin, max(values) + margin


def _within(edge: float, side: int) -> int:
    return min(max(int(edge), 0), side)


def curve(a: Point, b: Point, c: Point, steps: int = 10) -> list[Point]:
    """Points of a quadratic Bézier curve from ``a`` to ``c``, drawn to ``b``."""
    points = []
    for step in range(steps + 1):
        t = step / steps
        points.append(
            (
                (1 - t) ** 2 * a[0] + 2 * t * (1 - t) * b[0] + t * t * c[0],
                (1 - t) ** 2 * a[1] + 2 * t * (1 - t) * b[1] + t * t * c[1],
            )
        )
    return points


def paint(canvas: Canvas, mask: npt.NDArray[np.floating], colour: Colour | Canvas, opacity: float = 1.0) -> None:
    """Lay a colour (or another canvas) on a canvas through a mask."""
    where = _bounds(mask)
    weight = (mask[where] * opacity).astype(np.float32)[..., None]
    laid = np.asarray(colour, np.float32)
    patch = canvas[where]
    patch += weight * ((laid[where] if laid.ndim > 1 else laid) - patch)


def _bounds(mask: npt.NDArray[np.floating]) -> tuple[slice, slice]:
    """The rectangle outside which a mask is 0."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return slice(0), slice(0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def shade(canvas: Canvas, factor: npt.NDArray[np.floating]) -> None:
    """Make a canvas lighter (factor over 1) or darker."""
    canvas *= factor.astype(np.float32)[..., None]


def bump(shape: tuple[int, int], centre: Point, radii: Point) -> Mask:
    """A soft round hill, 1 at its top (a Gaussian)."""
    x, y = grid(*shape)
    hill: Mask = np.exp(-(((x - centre[0]) / radii[0]) ** 2) - ((y - centre[1]) / radii[1]) ** 2).astype(np.float32)
    return hill


def ramp(value: npt.NDArray[np.floating], colours: Sequence[Colour]) -> Canvas:
    """A canvas of the colours that lie evenly between a value of 0 and one of 1."""
    stops = np.linspace(0, 1, len(colours))
    channels = [np.interp(value, stops, channel) for channel in zip(*colours, strict=True)]
    return np.stack(channels, axis=-1).astype(np.float32)


def lit(height: Mask, towards: tuple[float, float, float]) -> Mask:
    """How directly light falls on a relief, -1 to 1: ``height`` is towards us, ``towards`` is where the light is."""
    down, right = np.gradient(height)
    light = np.asarray(towards) / np.linalg.norm(towards)
    facing: Mask = ((light[2] - right * light[0] - down * light[1]) / np.sqrt(1 + right**2 + down**2)).astype(
        np.float32
    )
    return facing


def blurred(canvas: Canvas, radius: int) -> Canvas:
    """A canvas out of focus: three running means, in both directions."""
    for _ in range(3):
        for axis in (0, 1):
            padding = [(radius + 1, radius) if side == axis else (0, 0) for side in range(3)]
            total = np.cumsum(np.pad(canvas, padding, mode="edge"), axis=axis, dtype=np.float64)
            total = np.moveaxis(total, axis, 0)
            mean = (total[2 * radius + 1 :] - total[: -2 * radius - 1]) / (2 * radius + 1)
            canvas = np.moveaxis(mean, 0, axis).astype(np.float32)
    return canvas


def cloud(shape: tuple[int, int], cell: float, seed: int) -> Mask:
    """Smooth noise of mean 0 and about ±1, its bumps ``cell`` pixels wide."""
    rows, columns = int(shape[0] / cell) + 3, int(shape[1] / cell) + 3
    coarse = np.random.default_rng(seed).normal(0, 0.6, (rows, columns)).astype(np.float32)
    y, x = np.arange(shape[0]) / cell, np.arange(shape[1]) / cell
    return between(between(coarse, y, smooth=True).T, x, smooth=True).T


def between(rows: Mask, at: npt.NDArray[np.floating], *, smooth: bool = False) -> Mask:
    """Rows at places that are no whole numbers, by a straight (or a smooth) way from each to the next."""
    place = np.clip(at, 0, len(rows) - 1.001)
    low = place.astype(int)
    part = (place - low).astype(np.float32)[:, None]
    if smooth:
        part = part * part * (3 - 2 * part)
    found: Mask = rows[low]
    found += part * (rows[low + 1] - found)
    return found


def texture(shape: tuple[int, int], cell: float, seed: int, octaves: int = 4) -> Mask:
    """Clouds upon clouds, each half as wide and half as strong."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        size = cell / 2**octave
        if size >= 1:
            total += cloud(shape, size, seed + octave) / 2**octave
    return total


def yuv(canvas: Canvas) -> Canvas:
    """A canvas as Y, Cb and Cr: BT.601, limited range, 16 to 240, at full resolution."""
    matrix = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]], np.float32)
    return (np.clip(canvas, 0, 1) @ matrix.T + np.array([16, 128, 128], np.float32)).astype(np.float32)


def halved(plane: Mask) -> Mask:
    """A plane at half its sides, by the mean of four."""
    mean: Mask = (plane[::2, ::2] + plane[1::2, ::2] + plane[::2, 1::2] + plane[1::2, 1::2]) / np.float32(4)
    return mean


def i420(canvas: Canvas) -> npt.NDArray[np.uint8]:
    """A canvas as I420, limited range, BT.601; even sides."""
    height, width = canvas.shape[:2]
    colours = yuv(canvas)
    packed = np.empty((height * 3 // 2, width), np.uint8)
    packed[:height] = colours[..., 0] + 0.5
    chroma = packed[height:].reshape(2, height // 2, width // 2)
    chroma[0] = halved(colours[..., 1]) + 0.5
    chroma[1] = halved(colours[..., 2]) + 0.5
    return packed
