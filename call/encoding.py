# SPDX-License-Identifier: Apache-2.0
"""One stream of encoded pictures, for every receiver that can take it: each picture is encoded once, in its turn.

The encoder outlives peer connections, so a redial costs a keyframe and nothing more. Nothing is queued before it: a
picture that came while the last one was being encoded is replaced by the next.
"""

import asyncio
import functools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import av

from call.encoders import CLOCK, EncodedPacket, Encoder, Kind, make_encoder
from call.rate import Rate, fit, tempo
from call.scenes import Scene, Scenes
from device.errors import CallError
from device.region import box, cropped

KEYFRAMES, KEYFRAMES_SHARED = 0.3, 1.0
"""Least seconds between two keyframes, however often they are asked for: of one receiver; of several, who all pay."""
_EARLY = 0.005
_LENIENT = 0.97
"""Of the time between two pictures: a camera a little faster than its word is not slowed down, which would have each of
its pictures wait longer than the one before it, until one is left out."""
_GLANCE = 0.1
_SUITS = 0.3
"""Relative change of bit rate for which a keyframe is made by an encoder opened anew."""


MARKS = 16
"""An RTP time stamp tells by its last four bits which zoom its picture has: the zoom's number, modulo ``MARKS``. So the
page knows it of each picture that it shows, whatever was lost or late. It is never more than 0.2 ms off for that."""


def stamp(before: int, moment: float, number: int) -> int:
    """Later than ``before``, of a picture taken at ``moment`` (monotonic seconds) with zoom ``number``."""
    ticks = int(moment * CLOCK.denominator) // MARKS * MARKS
    return max(ticks, (before // MARKS + 1) * MARKS) + number % MARKS


class Encoding:
    """``turn`` is held by whoever has the next picture made. The counts are of all that it made."""

    def __init__(self, scenes: Scenes) -> None:
        self.turn = asyncio.Lock()
        self.rate = Rate()
        self.shared = False
        self._scenes = scenes
        self._thread: ThreadPoolExecutor | None = None
        self._working = threading.Lock()
        self._encoder: Encoder | None = None
        self._opened: tuple[Kind, int, int] | None = None
        self._opened_at = 0
        self._tempo = 30.0
        self._wanted = True
        self._last_key = 0.0
        self._after = -1
        self._pts = 0
        self._began = 0.0
        self.frames = 0
        self.octets = 0
        self.keyframes = 0
        self.openings = 0

    @property
    def kind(self) -> Kind | None:
        """The codec; None while there is no encoder."""
        return None if self._encoder is None or self._opened is None else self._opened[0]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as sent; zeros without an encoder."""
        return (0, 0) if self._encoder is None else self._encoder.size

    def keyframe(self) -> None:
        """Make the next picture a whole one."""
        self._wanted = True

    def welcome(self, pts: int) -> None:
        """A receiver comes, whose last picture was stamped ``pts``: what follows is later, and whole at once."""
        self._pts = max(self._pts, pts)
        self._wanted = True
        if self.shared:
            self._last_key = 0.0

    def close(self) -> None:
        """Give encoder and thread back; the next picture takes others."""
        self._encoder = None
        if self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None

    async def next(self, kind: Kind, rate: Callable[[], Rate], wanted: Callable[[], bool]) -> EncodedPacket | None:
        """The next picture at the ``rate`` of the moment, by whoever holds the turn; None when it is no longer
        ``wanted``, or the encoder dropped it. Raises CallError; a picture that is not waited for is made up for."""
        self.rate = rate()
        await self._pace(rate)
        scene = await self._scenes.next(self._after, self.rate.shape)
        self._after = scene.after
        if not wanted():
            return None
        self.rate = rate()
        try:
            return await self._encode(kind, scene)
        except asyncio.CancelledError:
            self._wanted = True
            raise

    async def _pace(self, rate: Callable[[], Rate]) -> None:
        """Wait for the next picture's turn; the rate may change meanwhile."""
        while (left := self._began + _LENIENT / rate().shape.fps - time.monotonic()) > _EARLY:  # noqa: ASYNC110 - time is what it waits for
            await asyncio.sleep(min(left, _GLANCE))
        self.rate = rate()
        gap = _LENIENT / self.rate.shape.fps
        self._began = max(self._began + gap, time.monotonic() - gap)

    async def _encode(self, kind: Kind, scene: Scene) -> EncodedPacket | None:
        least = KEYFRAMES_SHARED if self.shared else KEYFRAMES
        keyframe = self._wanted and time.monotonic() - self._last_key >= least
        if keyframe:
            self._wanted = False
        before, self._pts = self._pts, stamp(self._pts, scene.moment, scene.zoom.number)
        self._tempo = tempo(self._tempo, (self._pts - before) / CLOCK.denominator, self.rate.shape.fps)
        self._thread = self._thread or ThreadPoolExecutor(1, "encoder")
        work = functools.partial(self._alone, kind, scene, self._pts, self.rate, keyframe=keyframe)
        packet = await asyncio.get_running_loop().run_in_executor(self._thread, work)
        if packet is None:
            return None
        self.frames += 1
        self.octets += packet.size
        if packet.is_keyframe:
            self.keyframes += 1
            self._last_key = time.monotonic()
        return packet

    def _stale(self, rate: Rate, *, keyframe: bool) -> bool:
        """Whether a keyframe, which is due anyway, had better come from an encoder whose buffer suits the rate."""
        return keyframe and abs(rate.target - self._opened_at) > self._opened_at * _SUITS

    def _alone(self, kind: Kind, scene: Scene, pts: int, rate: Rate, *, keyframe: bool) -> EncodedPacket | None:
        """A thread that was given back may still be at a picture that nobody waits for."""
        with self._working:
            return self._work(kind, scene, pts, rate, keyframe=keyframe)

    def _work(self, kind: Kind, scene: Scene, pts: int, rate: Rate, *, keyframe: bool) -> EncodedPacket | None:
        i420, part = scene.i420, scene.zoom.region
        width, height = fit(i420.shape[1], i420.shape[0] * 2 // 3, rate.shape)
        if not part.whole:
            i420 = cropped(i420, box(part, i420.shape[1], i420.shape[0] * 2 // 3))
        frame = av.VideoFrame.from_numpy_buffer(i420, format="yuv420p")
        if (width, height) != (frame.width, frame.height):
            frame = frame.reformat(width=width, height=height, interpolation="FAST_BILINEAR")
        frame.pts, frame.time_base = pts, CLOCK
        wanted = (kind, width, height)
        encoder = self._encoder
        if encoder is None or self._opened != wanted or self._stale(rate, keyframe=keyframe):
            encoder = self._encoder = make_encoder(kind, width, height, rate.target, rate.shape.fps)
            self._opened, self._opened_at = wanted, rate.target
            self.openings += 1
        encoder.rate(rate.target, self._tempo)
        try:
            packet = encoder.encode(frame, keyframe=keyframe)
        except av.FFmpegError as error:
            self._encoder = None
            raise CallError(
                19, "L’image ne peut pas être envoyée. Le chariot réessaie.", str(error), retry=True
            ) from error
        if packet is not None:
            packet.pts, packet.time_base = pts, CLOCK
        return packet
