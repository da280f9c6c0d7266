# SPDX-License-Identifier: Apache-2.0
"""A camera that is not there: it plays a film as MJPEG, and has the troubles of real ones when told to."""

import threading
import time
from collections.abc import Callable
from enum import Enum, auto

import numpy as np

from device.video import Format, Raw
from device.video.source import absent
from virtual.cameras.film import Film, Planes, jpeg


class Trouble(Enum):
    """What ails it."""

    NONE = auto()
    UNPLUGGED = auto()
    STARVED = auto()
    STUCK = auto()
    BLACK = auto()


class VirtualCamera:
    """A source (``device.video.Source``). Its troubles may be set from any thread.

    ``full`` draws the picture of a still at the sensor's full resolution; without it a still is the stream's next frame.
    """

    def __init__(
        self, film: Film, size: tuple[int, int], rate: float, full: Callable[[], Planes] | None = None
    ) -> None:
        self._film = film
        self._size = size
        self._rate = rate
        self._full = full
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
        self._began, self._number = time.monotonic() - self._number / self._rate, self._number
        self.openings += 1

    def read(self) -> Raw | None:
        """The next frame, when it is due; frames that nobody came for in time are skipped."""
        now = time.monotonic()
        self._number = max(self._number + 1, int((now - self._began) * self._rate))
        with self._told:
            due = self._began + self._number / self._rate
            self._told.wait_for(lambda: self._trouble is Trouble.UNPLUGGED, max(0.0, due - now))
            if self._trouble is Trouble.STARVED:
                self._told.wait_for(lambda: self._trouble is not Trouble.STARVED, 1.0)
            trouble = self._trouble
        return self._frame(trouble)

    def still(self) -> Raw:
        """A frame at full resolution."""
        if self._full is None or self._trouble is not Trouble.NONE:
            raw = self.read()
            if raw is None:
                raise absent("the virtual camera gives no frames")
            return raw
        picture = self._full()
        return Raw(Format.MJPEG, picture.shape[1], picture.shape[0] * 2 // 3, jpeg(picture, 2))

    def close(self) -> None:
        """Stop playing."""

    def _frame(self, trouble: Trouble) -> Raw | None:
        if trouble is Trouble.UNPLUGGED:
            raise absent("the virtual camera was unplugged")
        if trouble is Trouble.STARVED:
            return None
        if trouble is Trouble.BLACK:
            return Raw(Format.MJPEG, *self._size, jpeg(_dark(*self._size, self._number)))
        return Raw(Format.MJPEG, *self._size, self._film[0 if trouble is Trouble.STUCK else self._number])

    def _suffer(self, trouble: Trouble) -> None:
        with self._told:
            self._trouble = trouble
            self._told.notify_all()


def _dark(width: int, height: int, seed: int) -> Planes:
    dark = np.full((height * 3 // 2, width), 128, np.uint8)
    dark[:height] = 16 + np.random.default_rng(seed).integers(0, 4, (height, width), np.uint8)
    return dark
