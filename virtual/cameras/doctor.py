# SPDX-License-Identifier: Apache-2.0
"""What the doctor's camera sees: Dr Diallo in her consulting room; she breathes, nods, blinks and talks. 1280 x 720."""

from functools import cached_property

import numpy as np

from virtual.cameras import coat, consulting, expression, paint, portrait
from virtual.cameras.film import Planes
from virtual.cameras.paint import Canvas
from virtual.cameras.parts import Layer, lay, packed

SIZE = 1280, 720
HEAD = 460, 54
"""Left and top of her head at rest."""
BODY = 240, 356
BLINKS = 1.15, 3.05
"""When her eyes begin to close, in seconds."""
CLOSING, OPENING = 0.10, 0.17
SPEECH = (
    # seconds, pixels between her lips, how wide they are, how much she smiles
    (0.00, 0.0, 1.02, 0.90),
    (0.30, 0.0, 1.00, 0.75),
    (0.42, 9.0, 0.96, 0.50),
    (0.54, 3.0, 1.04, 0.55),
    (0.64, 11.0, 0.92, 0.45),
    (0.76, 0.5, 0.98, 0.50),
    (0.88, 7.0, 0.84, 0.25),
    (1.00, 4.0, 0.86, 0.30),
    (1.12, 12.0, 0.98, 0.55),
    (1.26, 2.0, 1.04, 0.60),
    (1.38, 0.0, 0.97, 0.55),
    (1.50, 8.0, 1.02, 0.60),
    (1.62, 3.0, 0.90, 0.40),
    (1.74, 10.0, 0.94, 0.45),
    (1.86, 5.0, 1.04, 0.65),
    (1.98, 1.0, 1.00, 0.60),
    (2.10, 7.0, 0.88, 0.40),
    (2.24, 3.0, 1.00, 0.65),
    (2.40, 0.0, 1.01, 0.80),
    (2.70, 0.0, 1.03, 0.90),
    (3.60, 0.0, 1.02, 0.90),
)


class Doctor:
    """The scene."""

    seconds = 3.6

    def draw(self, time: float, size: tuple[int, int] = SIZE) -> Planes:
        """The doctor, ``time`` seconds into the loop; her one size is 1280 x 720."""
        if size != SIZE:
            raise ValueError(f"the doctor is drawn at {SIZE[0]}x{SIZE[1]}, not {size[0]}x{size[1]}")
        turn = 2 * np.pi * time / self.seconds
        sway = 4.0 * np.sin(turn + 0.6) + 1.5 * np.sin(2 * turn)
        nod = 3.0 * np.sin(2 * turn - 0.5) + 1.6 * np.sin(3 * turn + 1) + 1.0 * np.sin(5 * turn)
        breath = 2.0 * np.sin(turn - 1.2)
        open_, wide, smile = (float(np.interp(time, *column)) for column in self._speech)
        left, top = HEAD
        view = self._room.copy()
        for layer, across, down in (
            (self._hair, 0.9 * sway, 0.55 * nod + breath),
            (self._body, 0.3 * sway, breath),
            (self._face, sway, 0.9 * nod + breath),
            (
                expression.eyes(left, top, self._lids(time), 0.8 * np.sin(turn), nod * 0.25),
                1.10 * sway,
                1.15 * nod + breath,
            ),
            (expression.mouth(left, top, open_, wide, smile), 1.12 * sway, 1.25 * nod + breath),
        ):
            lay(view, layer, across, down)
        return packed(view, seed=round(time * 1000), noise=1)

    def _lids(self, time: float) -> float:
        """How open her eyes are."""
        closed = max(np.interp(time, (at, at + CLOSING, at + CLOSING + OPENING), (0, 1, 0)) for at in BLINKS)
        return float(0.94 - 0.94 * closed)

    @cached_property
    def _speech(self) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
        times, *columns = zip(*SPEECH, strict=True)
        return [(times, column) for column in columns]

    @cached_property
    def _room(self) -> Canvas:
        return paint.yuv(consulting.consulting_room())

    @cached_property
    def _hair(self) -> Layer:
        return portrait.hair_behind().layer(*HEAD)

    @cached_property
    def _face(self) -> Layer:
        return portrait.face().layer(*HEAD)

    @cached_property
    def _body(self) -> Layer:
        return coat.coat().layer(*BODY)
