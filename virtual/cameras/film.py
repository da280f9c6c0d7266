# SPDX-License-Identifier: Apache-2.0
"""Films: the pictures of a scene's loop, as JPEGs.

The two scenes of the cart are drawn once, by a process of their own (their painting takes seconds and a few hundred
megabytes), into a folder that later runs find full. Small ones, for tests, are drawn as they are asked for.
"""

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from device.video import encode
from device.video.pixels import frame_of
from device.video.source import unusable

Planes = npt.NDArray[np.uint8]
QUALITY = 3
"""Of the JPEGs of a film, 1 (finest) to 31."""
STILL_RATE = 2
"""Stills drawn for each second of the loop."""
FIRST_PICTURE = 2.0
"""Seconds that opening a film may wait for its first picture."""
DONE = "done"
"""The file that says that a folder holds the whole film."""


class Scene(Protocol):
    """Something to look at, in a loop of ``seconds``."""

    seconds: float

    def draw(self, time: float, size: tuple[int, int]) -> Planes:
        """I420 of the scene ``time`` seconds into the loop, limited range, BT.601; ``size`` is width and height."""
        ...


class Film(Protocol):
    """What a virtual camera plays."""

    size: tuple[int, int]
    rate: float

    def open(self) -> None:
        """Get ready."""
        ...

    def frame(self, number: int) -> bytes | None:
        """The JPEG of a picture, numbers going round; None while there is none yet."""
        ...

    def still(self, number: int) -> bytes | None:
        """The still at the time of a picture; None while there is none."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class LazyFilm:
    """A film drawn as it is asked for, and kept in memory: for small scenes."""

    def __init__(self, scene: Scene, size: tuple[int, int], rate: float) -> None:
        self.size = size
        self.rate = rate
        self._scene = scene
        self._frames: list[bytes | None] = [None] * round(scene.seconds * rate)

    def open(self) -> None:
        """Nothing to do."""

    def frame(self, number: int) -> bytes:
        """The JPEG of a picture."""
        number %= len(self._frames)
        frame = self._frames[number]
        if frame is None:
            frame = self._frames[number] = jpeg(self._scene.draw(number / self.rate, self.size))
        return frame

    def still(self, number: int) -> bytes:
        """The frame itself."""
        return self.frame(number)

    def close(self) -> None:
        """Nothing to do."""


class FilmFolder:
    """A film kept in ``folder`` (``0000.jpg``…, ``still-00.jpg``…, ``done``), drawn by another process if need be.

    ``order`` is what to run. While the film is being drawn, its newest picture stands for those still missing.
    """

    def __init__(self, folder: Path, count: int, size: tuple[int, int], rate: float, order: Sequence[str]) -> None:
        self.size = size
        self.rate = rate
        self.folder = folder
        self._total = count
        self._order = order
        self._drawn = 0
        self._artist: subprocess.Popen[bytes] | None = None

    def open(self) -> None:
        """Have the film drawn, unless it is all there; wait at most two seconds for its first picture."""
        self._drawn = 0
        if self._artist is None and not (self.folder / DONE).exists():
            self._artist = subprocess.Popen(self._order, stdin=subprocess.DEVNULL)  # noqa: S603 - the caller's own program
            until = time.monotonic() + FIRST_PICTURE
            while self.frame(0) is None and time.monotonic() < until:
                time.sleep(0.02)

    def frame(self, number: int) -> bytes | None:
        """The JPEG of a picture. Raises CameraError when the drawing failed."""
        while self._drawn < self._total and (self.folder / frame_name(self._drawn)).exists():
            self._drawn += 1
        if self._drawn:
            path = self.folder / frame_name(min(number % self._total, self._drawn - 1))
            try:
                return path.read_bytes()
            except OSError as error:
                raise unusable(f"{path}: {error}") from error
        if self._artist is not None and self._artist.poll():
            raise unusable(f"{self.folder}: drawing ended with {self._artist.returncode}")
        return None

    def still(self, number: int) -> bytes | None:
        """The still drawn nearest to a picture's time."""
        stills = sorted(self.folder.glob("still-*.jpg"))
        if not stills:
            return None
        return stills[int(number % self._total / self.rate * STILL_RATE) % len(stills)].read_bytes()

    def close(self) -> None:
        """Stop the drawing if it still goes on; it will be taken up again."""
        if self._artist is not None:
            self._artist.terminate()
            self._artist.wait(5)
            self._artist = None


def jpeg(i420: Planes, quality: int = QUALITY) -> bytes:
    """One picture as a JPEG."""
    return encode(frame_of(i420), quality)


def frame_name(number: int) -> str:
    """The file of a picture."""
    return f"{number:04d}.jpg"


def still_name(number: int) -> str:
    """The file of a still."""
    return f"still-{number:02d}.jpg"
