# SPDX-License-Identifier: Apache-2.0
"""What comes from the doctor: every track is always read (aiortc's queues have no end), and the newest is kept."""

import asyncio
import itertools
import logging
import time
from collections.abc import Callable
from typing import cast

import av
import numpy as np
from aiortc import MediaStreamTrack, RTCRtpReceiver
from aiortc.mediastreams import MediaStreamError

from call.hearing import IncomingVoice
from call.parts import Parts
from call.ports import Loudspeaker, PictureSink
from device.ring import Picture

log = logging.getLogger(__name__)

_counter = itertools.count(1)


class Incoming:
    """The doctor's picture and voice, of one peer connection; ``shown`` is asked of every picture."""

    def __init__(self, sink: PictureSink, loudspeaker: Loudspeaker, shown: Callable[[], bool] = lambda: True) -> None:
        self._shown = shown
        self.parts = Parts()
        self._sink = sink
        self.voice = IncomingVoice(loudspeaker)
        self._newest: av.VideoFrame | None = None
        self._fresh = asyncio.Event()
        self._hushed = False
        self._said: set[str] = set()
        self.frames = 0

    def add(self, track: MediaStreamTrack) -> None:
        """Read ``track`` until it ends; sound goes round it (``listen``)."""
        if track.kind == "video" and "doctor-picture" not in self.parts:
            self.parts.start("doctor-picture", self._watch(track))
            self.parts.start("doctor-show", self._show())

    def listen(self, receiver: RTCRtpReceiver) -> None:
        """Play what ``receiver`` gets."""
        self.voice.adopt(receiver)
        self.parts.start("doctor-voice", self.voice.run())

    def hush(self) -> None:
        """Show and play nothing more; the tracks are still read, because their queues have no end."""
        self._hushed = self.voice.hushed = True

    async def close(self) -> None:
        """Read nothing more."""
        await self.parts.close()

    async def _watch(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            self._newest = cast("av.VideoFrame", frame)
            self._fresh.set()

    async def _show(self) -> None:
        while True:
            await self._fresh.wait()
            self._fresh.clear()
            frame, self._newest = self._newest, None
            if frame is not None and not self._hushed and self._shown():
                picture = await asyncio.to_thread(_picture, frame)
                if not self._hushed:
                    self._publish(picture)

    def _publish(self, picture: Picture) -> None:
        try:
            self._sink.write(picture)
        except OSError as error:
            self._trouble("CAL-21", error)
        self.frames += 1

    def _trouble(self, code: str, error: Exception) -> None:
        """Said once for each trouble: thirty lines a second would tell no more."""
        if code not in self._said:
            self._said.add(code)
            log.warning("%s %s", code, error)


def _picture(frame: av.VideoFrame) -> Picture:
    """I420, limited range, even sides (odd ones, which no camera sends, lose a line)."""
    width, height = frame.width // 2 * 2, frame.height // 2 * 2
    if frame.format.name != "yuv420p" or (width, height) != (frame.width, frame.height):
        frame = frame.reformat(width=width, height=height, format="yuv420p", dst_color_range="MPEG")
    i420 = cast("np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", frame.to_ndarray())
    i420.flags.writeable = False
    return Picture(next(_counter), time.monotonic(), width, height, i420)
