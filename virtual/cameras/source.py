# SPDX-License-Identifier: Apache-2.0
"""A camera that is not there: it plays a film as MJPEG, and has the troubles of real ones when told to."""

import threading
import time
from enum import Enum, auto

import numpy as np

from device.video import Format, Raw
from device.video.source import absent, stuck
from virtual.cameras.film import Film, Planes, jpeg


class Trouble(Enum):
    """What ails it."""

    NONE = auto()
    UNPLUGGED = auto()
    STARVED = auto()
    STUCK = auto()
    BLACK = auto()


class VirtualCamera:
    """A source (``device.video.Source``) that plays a film. Its troubles may be set from any thread."""

    def __init__(self, film: Film) -> None:
        self._film = film
        self._began = 0.0
        self._number = 0
        self._told = threading.Condition()
        self._trouble = Trouble.NONE
        self.openings = 0
        """How often it was opened."""

    def unplug(self) -> None:
        """Pull its cable."""
        self._suffer(Trouble.UNPLUGGED)

    def starve(self) -> None:
        """Stay open and give no frames."""
        self._suffer(Trouble.STARVED)

    def stick(self) -> None:
        """Give one frame for ever."""
        self._suffer(Trouble.STUCK)

    def blacken(self) -> None:
        """Cover its lens: black, with a sensor's noise."""
        self._suffer(Trouble.BLACK)

    def recover(self) -> None:
        """Plug it in again, uncover it: all is well."""
        self._suffer(Trouble.NONE)

    def open(self) -> None:
        """Start playing. Raises CameraError when unplugged."""
        if self._trouble is Trouble.UNPLUGGED:
            raise absent("the virtual camera is unplugged")
        self._film.open()
        self._began = time.monotonic() - self._number / self._film.rate
        self.openings += 1

    def read(self) -> Raw | None:
        """The next frame, when it is due; frames that nobody came for in time are skipped."""
        now = time.monotonic()
        self._number = max(self._number + 1, int((now - self._began) * self._film.rate))
        with self._told:
            due = self._began + self._number / self._film.rate
            self._told.wait_for(lambda: self._trouble is Trouble.UNPLUGGED, max(0.0, due - now))
            if self._trouble is Trouble.STARVED:
                self._told.wait_for(lambda: self._trouble is not Trouble.STARVED, 1.0)
            trouble = self._trouble
        return self._frame(trouble)

    def still(self) -> Raw:
        """A frame at full resolution."""
        still = self._film.still(self._number) if self._trouble is Trouble.NONE else None
        if still is not None:
            return Raw(Format.MJPEG, *self._film.size, still)
        raw = self.read()
        if raw is None:
            raise stuck("the virtual camera gives no frames")
        return raw

    def close(self) -> None:
        """Stop playing."""
        self._film.close()

    def _frame(self, trouble: Trouble) -> Raw | None:
        if trouble is Trouble.UNPLUGGED:
            raise absent("the virtual camera was unplugged")
        if trouble is Trouble.STARVED:
            return None
        if trouble is Trouble.BLACK:
            frame: bytes | None = jpeg(_dark(*self._film.size, self._number))
        else:
            frame = self._film.frame(0 if trouble is Trouble.STUCK else self._number)
        return None if frame is None else Raw(Format.MJPEG, *self._film.size, frame)

    def _suffer(self, trouble: Trouble) -> None:
        with self._told:
            self._trouble = trouble
            self._told.notify_all()


def _dark(width: int, height: int, seed: int) -> Planes:
    dark = np.full((height * 3 // 2, width), 128, np.uint8)
    dark[:height] = 16 + np.random.default_rng(seed).integers(0, 4, (height, width), np.uint8)
    return dark
