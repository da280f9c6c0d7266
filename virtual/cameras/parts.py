# SPDX-License-Identifier: Apache-2.0
"""People in parts that move by themselves: painting one, laying it on a view, and packing the view.

A part is painted as RGB with an opacity; a layer is the same in YCbCr, ready to be laid, moved by fractions of a
pixel.
"""

import numpy as np
import numpy.typing as npt

from virtual.cameras import paint
from virtual.cameras.film import Planes
from virtual.cameras.paint import Canvas, Colour, Mask, hexed

Part = tuple[Canvas, Mask, int, int]
"""Colours, opacity, and the left and the top where it rests on the view."""
Layer = tuple[Canvas, Mask, int, int]
"""The same in YCbCr."""


class Painting:
    """Paint whose opacity adds up, so that a part can be laid on something else."""

    def __init__(self, rows: int, columns: int, ground: str) -> None:
        self.shape = rows, columns
        self.canvas = paint.blank(rows, columns, hexed(ground))
        self.mask = np.zeros((rows, columns), np.float32)

    def add(self, mask: Mask, colour: Colour | Canvas, opacity: float = 1.0) -> None:
        """Lay a colour, making the part opaque there."""
        laid = np.clip(mask * opacity, 0, 1)
        total = laid + self.mask * (1 - laid)
        paint.paint(self.canvas, laid / np.maximum(total, 1e-6), colour)
        self.mask = total

    def tint(self, mask: Mask, colour: Colour | Canvas, opacity: float = 1.0) -> None:
        """Lay a colour where the part is opaque already."""
        paint.paint(self.canvas, mask, colour, opacity)

    def layer(self, left: int, top: int) -> Layer:
        """What was painted, to be laid."""
        return paint.yuv(self.canvas), self.mask, left, top


def lay(view: Canvas, layer: Layer, dx: float, dy: float) -> None:
    """Lay a part on a view (YCbCr), moved by fractions of a pixel; it may hang over its right and lower edges."""
    canvas, mask, left, top = layer
    whole_x, whole_y = int(np.floor(dx)), int(np.floor(dy))
    colours = _moved(canvas, dx - whole_x, dy - whole_y)
    weight = _moved(mask, dx - whole_x, dy - whole_y)[..., None]
    x, y = left + whole_x, top + whole_y
    height, width = min(weight.shape[0], view.shape[0] - y), min(weight.shape[1], view.shape[1] - x)
    patch = view[y : y + height, x : x + width]
    patch += weight[:height, :width] * (colours[:height, :width] - patch)


def _moved(array: npt.NDArray[np.float32], part_x: float, part_y: float) -> npt.NDArray[np.float32]:
    """An array moved right and down by less than a pixel; its first row and column are lost."""
    across = array[:, 1:] * np.float32(1 - part_x) + array[:, :-1] * np.float32(part_x)
    return (across[1:] * np.float32(1 - part_y) + across[:-1] * np.float32(part_y)).astype(np.float32, copy=False)


def packed(view: Canvas, seed: int, noise: int = 2) -> Planes:
    """I420 of a view (YCbCr), with a sensor's noise: at most ``noise`` steps of luma."""
    height, width = view.shape[:2]
    planes = np.empty((height * 3 // 2, width), np.uint8)
    grain = np.random.default_rng(seed).integers(-noise, noise + 1, (height, width), np.int8)
    planes[:height] = view[..., 0] + grain + np.float32(0.5)
    chroma = planes[height:].reshape(2, height // 2, width // 2)
    for index in range(2):
        chroma[index] = paint.halved(view[..., index + 1]) + np.float32(0.5)
    return planes
