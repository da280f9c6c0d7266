# SPDX-License-Identifier: Apache-2.0
"""``chevet network --conference``: a conference tried in earnest for a few seconds, with a test card and silence.

Whoever is in the conference sees the test card; nothing of the camera, of the microphone or of a patient is sent, and
the running cart is not touched.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import numpy as np

from call.conference import Conference, Where
from call.incoming import Incoming
from call.ports import Block
from call.video import OutgoingVideo
from call.voice import OutgoingVoice
from device.clock import SystemClock
from device.errors import ChevetError
from device.ring import Picture
from device.station.state import CartInfo, State

WITHIN = 12.0
"""Seconds for everything."""
ENOUGH = 10
"""Pictures, each way."""
WIDTH, HEIGHT, FPS = 640, 360, 10
_BARS = (235, 210, 170, 145, 106, 81, 41, 16)


class TestCard:
    """Grey bars, and one that moves (``call.ports.Pictures``)."""

    __test__ = False

    def __init__(self) -> None:
        bars = np.repeat(np.array(_BARS, np.uint8), WIDTH // len(_BARS))
        self._plane = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
        self._plane[:HEIGHT] = bars
        self._count = 0

    async def next(self, after: int, deadline: float) -> Picture:
        """The next one, in its time."""
        del deadline
        await asyncio.sleep(1 / FPS)
        self._count = max(self._count, after) + 1
        i420 = self._plane.copy()
        at = self._count * 8 % (WIDTH - 16)
        i420[HEIGHT // 2 : HEIGHT, at : at + 16] = 235
        i420.flags.writeable = False
        return Picture(self._count, time.monotonic(), WIDTH, HEIGHT, i420)


class Silence:
    """A microphone in a room where nobody is (``call.ports.Microphone``)."""

    async def read(self) -> Block:
        """20 ms of nothing."""
        await asyncio.sleep(0.02)
        return np.zeros(960, np.int16)


class Fixed:
    """A cart that stands still (``call.ports.Views``)."""

    def __init__(self, info: CartInfo) -> None:
        self.state = State(1, SystemClock().now(), info, ())

    async def changes(self) -> AsyncIterator[State]:
        """The one snapshot that there is."""
        yield self.state


class Counter:
    """Counts what comes (a picture sink and a loudspeaker)."""

    def __init__(self) -> None:
        self.pictures = self.blocks = 0

    def write(self, thing: Picture | Block) -> None:
        """One more."""
        if isinstance(thing, Picture):
            self.pictures += 1
        else:
            self.blocks += 1


class Trial:
    """One trial of the conference at ``place``."""

    def __init__(self, place: Where, info: CartInfo) -> None:
        views = Fixed(info)
        self._video = OutgoingVideo(TestCard(), views)
        self._voice = OutgoingVoice(Silence(), views)
        self._came = Counter()
        self._conference = Conference(place, self._video, self._voice, lambda: Incoming(self._came, self._came))
        self._troubles: dict[str, ChevetError] = {}
        self._alive: set[str] = set()
        self._size = (0, 0)

    async def run(self, within: float = WITHIN) -> None:
        """Publish and play until there is enough of both, or ``within`` seconds are over; nothing is left behind."""
        work = [asyncio.create_task(self._conference.run()), asyncio.create_task(self._voice.run())]
        until = time.monotonic() + within
        while time.monotonic() < until and not self._enough():
            await asyncio.sleep(0.1)
            for name, standing in self._conference.standings.items():
                if standing.trouble is not None:
                    self._troubles[name] = standing.trouble
        self._size = self._video.size
        self._alive = {name for name, standing in self._conference.standings.items() if standing.alive}
        for task in work:
            task.cancel()
        await asyncio.wait(work)
        self._video.close()

    @property
    def troubles(self) -> list[ChevetError]:
        """What kept a leg from standing, each once."""
        found = {trouble.code: trouble for name, trouble in self._troubles.items() if name not in self._alive}
        return list(found.values())

    def lines(self) -> Iterator[tuple[str, str]]:
        """What came of it, in French."""
        for name, one in self._conference.standings.items():
            del one
            if name not in self._alive:
                trouble = self._troubles.get(name)
                yield name, trouble.line if trouble is not None else "pas de liaison dans le temps de l’essai"
            elif name == "publish":
                width, height = self._size
                yield name, f"{self._video.frames} images envoyées en {width} × {height}, et le silence"
            else:
                yield name, f"{self._came.pictures} images reçues, {self._came.blocks * 0.02:.0f} s de son"

    def _enough(self) -> bool:
        counts = {"publish": self._video.frames, "receive": self._came.pictures}
        return all(
            (standing.alive and counts[name] >= ENOUGH) or self._hopeless(name)
            for name, standing in self._conference.standings.items()
        )

    def _hopeless(self, name: str) -> bool:
        trouble = self._troubles.get(name)
        return trouble is not None and not trouble.retry
