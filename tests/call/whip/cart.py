# SPDX-License-Identifier: Apache-2.0
"""The cart's two legs to a conference, with pictures whose number is burned into them."""

import asyncio
import ssl
import time
from contextlib import asynccontextmanager

import numpy as np
from aiohttp import web

from call.incoming import Incoming
from call.video import OutgoingVideo
from call.voice import OutgoingVoice
from call.whep import Playback
from call.whip import Publication
from call.wish import Endpoint
from call.wish_leg import Leg, Pace
from device.ring import Picture
from tests.call.stubs import Bell, Snapshots, ToneMicrophone

BEARER = "in.a~test"
SIDE, BITS = 20, 12
QUICK = Pace(silence=3.0, glance=0.2, pause=0.1)


class Counted:
    """Pictures that carry their number as squares, black or white."""

    def __init__(self, width: int = 320, height: int = 240, fps: float = 12.0) -> None:
        self.width, self.height, self.fps = width, height, fps
        self.number = 0
        self._at = time.monotonic()

    async def next(self, after: int, deadline: float) -> Picture:
        del deadline
        self._at = max(self._at + 1 / self.fps, time.monotonic() - 1 / self.fps)
        await asyncio.sleep(max(0.0, self._at - time.monotonic()))
        self.number += 1
        i420 = np.full((self.height * 3 // 2, self.width), 128, np.uint8)
        for bit in range(BITS):
            i420[:SIDE, bit * SIDE : (bit + 1) * SIDE] = 235 if self.number >> bit & 1 else 16
        i420.flags.writeable = False
        return Picture(max(self.number, after + 1), time.monotonic(), self.width, self.height, i420)


def number(picture: Picture) -> int:
    """The number burned into ``picture``."""
    scale = picture.width / 320
    found = 0
    for bit in range(BITS):
        column, row = int((bit + 0.5) * SIDE * scale), int(SIDE / 2 * scale)
        found |= int(picture.i420[row, column] > 128) << bit
    return found


class Watcher:
    """Keeps the numbers of the pictures that came, and how much of the sound was the microphone's 500 Hz."""

    def __init__(self) -> None:
        self.bell = Bell()
        self.numbers: list[int] = []
        self.tones = self.blocks = 0

    def write(self, thing) -> None:
        if isinstance(thing, Picture):
            self.numbers.append(number(thing))
        else:
            self.blocks += 1
            spectrum = np.abs(np.fft.rfft(thing.astype(float)))
            self.tones += int(spectrum[10] > 0.8 * spectrum.max() > 1_000.0)
        self.bell.ring()

    async def media(self, seconds: float = 40.0, after: int = 0) -> None:
        """Wait for pictures later than number ``after``, and for sound."""
        tones = self.tones
        await self.bell.until(lambda: sum(n > after for n in self.numbers) > 8 and self.tones > tones + 10, seconds)


class Legs:
    """What a test has of the cart: both legs, what is sent and what came."""

    def __init__(self, base: str, room: int, token: str = BEARER, pace: Pace = QUICK) -> None:
        self.bell, self.source, self.watcher = Bell(), Counted(), Watcher()
        views = Snapshots()
        self.video, self.voice = OutgoingVideo(self.source, views), OutgoingVoice(ToneMicrophone(), views)
        self.publishing = Leg(
            "publish",
            Endpoint(f"{base}/whip/{room}", lambda: token),
            self._publication,
            self.bell.ring,
            pace=pace,
        )
        self.playing = Leg(
            "play",
            Endpoint(f"{base}/whep/{room}", lambda: token, player=True),
            lambda: Playback(Incoming(self.watcher, self.watcher)),
            self.bell.ring,
            pace=pace,
        )

    def _publication(self) -> Publication:
        self.publication = Publication(self.video, self.voice)
        return self.publication


@asynccontextmanager
async def running(legs: Legs, *which: Leg):
    """Both legs at work, or ``which``."""
    tasks = [asyncio.create_task(one.run()) for one in (which or (legs.publishing, legs.playing))]
    tasks.append(asyncio.create_task(legs.voice.run()))
    try:
        yield legs
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=20)
        legs.video.close()
        for task in tasks:
            assert task.cancelled(), task


@asynccontextmanager
async def served(application: web.Application, context: ssl.SSLContext | None = None):
    """``application`` on a free port, over TLS with ``context``; its address."""
    runner = web.AppRunner(application, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        yield f"http{'s' if context else ''}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
