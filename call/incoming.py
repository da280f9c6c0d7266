# SPDX-License-Identifier: Apache-2.0
"""What comes from the doctor: every track is always read (aiortc's queues have no end), and the newest is kept."""

import asyncio
import itertools
import logging
import time
from typing import cast

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from call.ports import Loudspeaker, PictureSink
from call.voice import IncomingVoice
from device.ring import Picture

log = logging.getLogger(__name__)

_counter = itertools.count(1)


class Incoming:
    """The doctor's picture and voice, of one peer connection."""

    def __init__(self, sink: PictureSink, loudspeaker: Loudspeaker) -> None:
        self._sink = sink
        self._voice = IncomingVoice(loudspeaker)
        self._newest: av.VideoFrame | None = None
        self._fresh = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._hushed = False
        self.frames = 0

    def add(self, track: MediaStreamTrack) -> None:
        """Read ``track`` until it ends."""
        if track.kind == "audio":
            self._tasks.append(asyncio.create_task(self._listen(track), name="doctor-voice"))
        elif not any(task.get_name() == "doctor-picture" for task in self._tasks):
            self._tasks.append(asyncio.create_task(self._watch(track), name="doctor-picture"))
            self._tasks.append(asyncio.create_task(self._show(), name="doctor-show"))

    def hush(self) -> None:
        """Show and play nothing more; the tracks are still read, because their queues have no end."""
        self._hushed = True

    async def close(self) -> None:
        """Read nothing more. Raises what went wrong in a task."""
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
                raise result

    async def _listen(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if not self._hushed:
                self._voice.play(cast("av.AudioFrame", frame))

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
            if frame is not None and not self._hushed:
                picture = await asyncio.to_thread(_picture, frame)
                self._sink.write(picture)
                self.frames += 1


def _picture(frame: av.VideoFrame) -> Picture:
    """I420, limited range, even sides (odd ones, which no camera sends, lose a line)."""
    width, height = frame.width // 2 * 2, frame.height // 2 * 2
    if frame.format.name != "yuv420p" or (width, height) != (frame.width, frame.height):
        frame = frame.reformat(width=width, height=height, format="yuv420p", dst_color_range="MPEG")
    i420 = cast("np.ndarray[tuple[int, ...], np.dtype[np.uint8]]", frame.to_ndarray())
    i420.flags.writeable = False
    return Picture(next(_counter), time.monotonic(), width, height, i420)
