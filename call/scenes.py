# SPDX-License-Identifier: Apache-2.0
"""The picture that is to be sent, for each encoding that asks: the camera's newest, read once for all of them.

A camera that is off, or gives nothing, is a calm grey picture: never an old one shown as if it were live (a frozen one
is said to be frozen in the view).
"""

import asyncio
import time
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from call.ports import Pictures, Views
from call.rate import Rung
from device.errors import CameraError
from device.ring import Picture
from device.station.state import Zoom

Plane = npt.NDArray[np.uint8]

WAIT = 0.5
"""Seconds without a picture after which grey is sent."""
FRESH = 0.2
"""Seconds for which a picture that was read serves those who ask later."""
_GREY = 110
_NEUTRAL = 128


class Scene(NamedTuple):
    """I420, the instant that it was taken, and what to ask for the one after it. ``zoom``: the part of it that is to be
    sent; it numbers a grey picture too."""

    i420: Plane
    moment: float
    after: int
    zoom: Zoom = Zoom()


class Scenes:
    """Pictures of the camera that the doctors are to see."""

    def __init__(self, source: Pictures, views: Views) -> None:
        self._source = source
        self._views = views
        self._reading = asyncio.Lock()
        self._newest: Picture | None = None
        self._camera = ""
        self._count = 0
        self._read_at = 0.0

    async def next(self, after: int, rung: Rung) -> Scene:
        """The next one after ``after`` (which an earlier one told; -1: any); grey is made to fit ``rung``."""
        state = self._views.state
        if not state.camera_on:
            await asyncio.sleep(WAIT)
            return Scene(_grey(rung), time.monotonic(), after, self._unseen)
        asked = time.monotonic()
        try:
            async with self._reading:
                picture = await self._read(after, state.camera)
        except (CameraError, TimeoutError):
            self._newest = None
            await asyncio.sleep(max(0.0, asked + WAIT - time.monotonic()))
            return Scene(_grey(rung), time.monotonic(), after, self._unseen)
        return Scene(picture.i420, picture.monotonic, self._count, self._views.state.zoom)

    @property
    def _unseen(self) -> Zoom:
        """Of a grey picture, which is the same everywhere."""
        return Zoom(self._views.state.zoom.number)

    async def _read(self, after: int, camera: str) -> Picture:
        """One that somebody else has read since, or else the camera's next."""
        if camera != self._camera:
            self._camera, self._newest = camera, None
        old = time.monotonic() - self._read_at > FRESH
        if self._newest is None or self._count <= after or old:
            before = -1 if self._newest is None else self._newest.sequence
            self._newest = await self._source.next(before, WAIT)
            self._count += 1
            self._read_at = time.monotonic()
        return self._newest


def _grey(rung: Rung) -> Plane:
    i420 = np.full((rung.height * 3 // 2, rung.width), _NEUTRAL, np.uint8)
    i420[: rung.height] = _GREY
    return i420
