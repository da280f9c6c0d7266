# SPDX-License-Identifier: Apache-2.0
"""The cart's picture, encoded once and only when there is a new one, for whichever peer connection is the present one.

The encoder outlives peer connections, so a redial costs a keyframe and nothing more. Nothing is queued: a picture that
came while the last one was being encoded is replaced by the next. A camera that is off, or gives nothing, is a calm
grey picture: never an old one shown as if it were live (a frozen one is said to be frozen in the view).
"""

import asyncio
import functools
import time
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import av
import numpy as np
import numpy.typing as npt
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from call.congestion import CEILING, FLOOR, Flow, Gauge, follow
from call.encoders import CLOCK, EncodedPacket, Encoder, Kind, make_encoder
from call.feedback import Fate
from call.ports import Pictures, Views
from call.rate import Rate, Rung, climb, fit, tempo
from device.errors import CallError, CameraError
from device.ring import Picture

Plane = npt.NDArray[np.uint8]

WAIT = 0.5
"""Seconds without a picture after which grey is sent."""
KEYFRAMES = 0.3
"""Least seconds between two keyframes, however often they are asked for."""
_EARLY = 0.005
_GLANCE = 0.1
_SUITS = 0.3
"""Relative change of bit rate for which a keyframe is made by an encoder opened anew."""
_GREY = 110
_NEUTRAL = 128


class OutgoingVideo:
    """Pictures in, packets out. Lives as long as the call; one track at a time takes its packets."""

    def __init__(self, source: Pictures, views: Views) -> None:
        self._source = source
        self._views = views
        self._thread: ThreadPoolExecutor | None = None
        self._turn = asyncio.Lock()
        self._track: VideoTrack | None = None
        self._encoder: Encoder | None = None
        self._opened: tuple[Kind, int, int] | None = None
        self._opened_at = 0
        self._tempo = 30.0
        self._rate = Rate()
        self._flow = Flow()
        self._gauge = Gauge()
        self._wanted = True
        self._last_key = 0.0
        self._after = -1
        self._camera = ""
        self._pts = 0
        self._began = 0.0
        self.frames = 0
        self.octets = 0
        self.keyframes = 0
        self.openings = 0

    @property
    def target(self) -> int:
        """Bits per second aimed at."""
        return self._rate.target

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as sent; zeros before the first picture."""
        return (0, 0) if self._encoder is None else self._encoder.size

    def track(self) -> "VideoTrack":
        """A track for a new peer connection; the one before it ends."""
        if self._track is not None:
            self._track.stop()
        self._track = VideoTrack(self)
        self.keyframe()
        return self._track

    def begin(self) -> None:
        """Another doctor, another link: forget what the last one could carry."""
        self._rate, self._flow, self._gauge = Rate(), Flow(), Gauge()

    def silence(self) -> None:
        """Send nothing more, from now on, until a new track is asked for."""
        if self._track is not None:
            self._track.stop()
            self._track = None

    def close(self) -> None:
        """Give the thread back; a later track takes another."""
        self.silence()
        if self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None

    def keyframe(self) -> None:
        """Make the next picture a whole one."""
        self._wanted = True

    def estimate(self, bits: int) -> None:
        """Follow the receiver's estimate (REMB), of one that does not say when packets arrived."""
        bits = int(max(FLOOR, min(bits, CEILING)))
        self._rate = climb(self._rate, bits, time.monotonic())

    def arrived(self, fates: list[Fate]) -> None:
        """Follow what became of packets."""
        now = time.monotonic()
        reading = self._gauge.read(fates, now)
        if reading is not None:
            self._flow = follow(self._flow, reading)
            self._rate = climb(self._rate, int(self._flow.bits), now)

    async def packet(self, track: "VideoTrack", kind: Kind) -> EncodedPacket:
        """The next encoded picture for ``track``; MediaStreamError once it is not the present one."""
        async with self._turn:
            while True:
                await self._pace()
                i420, moment = await self._picture()
                if track is not self._track:
                    raise MediaStreamError
                packet = await self._encode(kind, i420, moment)
                if packet is not None:
                    return packet

    async def _pace(self) -> None:
        """Wait for the next picture's turn; the rate may change meanwhile."""
        while (left := self._began + 1 / self._rate.shape.fps - time.monotonic()) > _EARLY:  # noqa: ASYNC110 - time is what it waits for
            await asyncio.sleep(min(left, _GLANCE))
        now = time.monotonic()
        self._began = max(self._began + 1 / self._rate.shape.fps, now - 1 / self._rate.shape.fps)

    async def _picture(self) -> tuple[Plane, float]:
        state = self._views.state
        if not state.camera_on:
            await asyncio.sleep(WAIT)
            return _grey(self._rate.shape), time.monotonic()
        if state.camera != self._camera:
            self._camera, self._after = state.camera, -1
        asked = time.monotonic()
        try:
            picture: Picture = await self._source.next(self._after, WAIT)
        except (CameraError, TimeoutError):
            self._after = -1
            await asyncio.sleep(max(0.0, asked + WAIT - time.monotonic()))
            return _grey(self._rate.shape), time.monotonic()
        self._after = picture.sequence
        return picture.i420, picture.monotonic

    async def _encode(self, kind: Kind, i420: Plane, moment: float) -> EncodedPacket | None:
        keyframe = self._wanted and time.monotonic() - self._last_key >= KEYFRAMES
        if keyframe:
            self._wanted = False
        before, self._pts = self._pts, max(self._pts + 1, int(moment * CLOCK.denominator))
        self._tempo = tempo(self._tempo, (self._pts - before) / CLOCK.denominator, self._rate.shape.fps)
        self._thread = self._thread or ThreadPoolExecutor(1, "encoder")
        loop = asyncio.get_running_loop()
        packet = await loop.run_in_executor(
            self._thread, functools.partial(self._work, kind, i420, self._pts, keyframe=keyframe)
        )
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

    def _work(self, kind: Kind, i420: Plane, pts: int, *, keyframe: bool) -> EncodedPacket | None:
        frame = av.VideoFrame.from_numpy_buffer(i420, format="yuv420p")
        rate = self._rate
        width, height = fit(frame.width, frame.height, rate.shape)
        if (width, height) != (frame.width, frame.height):
            frame = frame.reformat(width=width, height=height, interpolation="FAST_BILINEAR")
        frame.pts, frame.time_base = pts, CLOCK
        wanted = (kind, width, height)
        if self._encoder is None or self._opened != wanted or self._stale(rate, keyframe=keyframe):
            self._encoder = make_encoder(kind, width, height, rate.target, rate.shape.fps)
            self._opened, self._opened_at = wanted, rate.target
            self.openings += 1
        self._encoder.rate(rate.target, self._tempo)
        try:
            packet = self._encoder.encode(frame, keyframe=keyframe)
        except av.FFmpegError as error:
            self._encoder = None
            raise CallError(
                19, "L’image ne peut pas être envoyée. Le chariot réessaie.", str(error), retry=True
            ) from error
        if packet is not None:
            packet.pts, packet.time_base = pts, CLOCK
        return packet


class VideoTrack(MediaStreamTrack):
    """The cart's picture in one peer connection (``call.sender.Feedback``)."""

    kind = "video"

    def __init__(self, video: OutgoingVideo) -> None:
        super().__init__()
        self._video = video
        self._codec: Kind = "H264"

    @property
    def target(self) -> int:
        """Bits per second aimed at."""
        return self._video.target

    def use(self, codec: str) -> None:
        """Encode with the codec that was agreed on."""
        self._codec = cast("Kind", codec.upper())

    def keyframe(self) -> None:
        """Make the next picture a whole one."""
        self._video.keyframe()

    def estimate(self, bits: int) -> None:
        """Follow the receiver's estimate."""
        self._video.estimate(bits)

    def arrived(self, fates: list[Fate]) -> None:
        """Follow what became of packets."""
        self._video.arrived(fates)

    async def recv(self) -> EncodedPacket:
        """The next packet."""
        if self.readyState != "live":
            raise MediaStreamError
        return await self._video.packet(self, self._codec)


def _grey(rung: Rung) -> Plane:
    i420 = np.full((rung.height * 3 // 2, rung.width), _NEUTRAL, np.uint8)
    i420[: rung.height] = _GREY
    return i420
