# SPDX-License-Identifier: Apache-2.0
"""Films: a scene drawn once, kept as JPEGs, played for ever."""

import threading
from typing import Protocol

import numpy as np
import numpy.typing as npt

from device.video import encode
from device.video.pixels import frame_of

Planes = npt.NDArray[np.uint8]
QUALITY = 3
"""Of the JPEGs of a film, 1 (finest) to 31."""


class Scene(Protocol):
    """Something to look at, in a loop of ``seconds``."""

    seconds: float

    def draw(self, time: float) -> Planes:
        """I420 of the scene ``time`` seconds into the loop, limited range, BT.601."""
        ...


class Film:
    """A scene's loop at ``rate`` pictures a second; each picture is drawn when it is first asked for."""

    def __init__(self, scene: Scene, rate: float) -> None:
        self._scene = scene
        self._rate = rate
        self._frames: list[bytes | None] = [None] * round(scene.seconds * rate)
        self._drawing = threading.Lock()

    def __len__(self) -> int:
        """How many pictures."""
        return len(self._frames)

    def __getitem__(self, number: int) -> bytes:
        """The JPEG of a picture; numbers go round."""
        number %= len(self._frames)
        with self._drawing:
            frame = self._frames[number]
            if frame is None:
                frame = self._frames[number] = jpeg(self._scene.draw(number / self._rate))
        return frame


def jpeg(i420: Planes, quality: int = QUALITY) -> bytes:
    """One picture as a JPEG."""
    return encode(frame_of(i420), quality)
