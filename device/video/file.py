# SPDX-License-Identifier: Apache-2.0
"""A film for a camera: any file that FFmpeg reads, looped at its own rate. A film of JPEGs is given as it is."""

import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from device.video.pixels import planes
from device.video.source import Format, Raw, absent, unusable


class FileSource:
    """Loops a film. ``rate`` (pictures a second) replaces the film's own."""

    def __init__(self, path: Path, rate: float | None = None) -> None:
        self._path = path
        self._rate = rate
        self._container: InputContainer | None = None
        self._frames: Iterator[Raw] = iter(())
        self._period = 0.04
        self._due = 0.0
        self._closed = threading.Event()

    def open(self) -> None:
        """Open the film. Raises CameraError."""
        if not self._path.exists():
            raise absent(f"no {self._path}")
        self._container = self._opened()
        stream = self._container.streams.video[0]
        rate = self._rate or float(stream.average_rate or stream.guessed_rate or Fraction(25))
        self._period, self._due = 1 / rate, time.monotonic()
        self._frames = self._loop()

    def read(self) -> Raw | None:
        """The next frame, when it is due."""
        self._due = max(self._due + self._period, time.monotonic() - self._period)
        if self._closed.wait(min(1.0, max(0.0, self._due - time.monotonic()))):
            return None
        try:
            return next(self._frames)
        except (StopIteration, av.error.FFmpegError) as error:
            raise unusable(f"{self._path}: {error or 'no pictures'}") from error

    def still(self) -> Raw:
        """The next frame."""
        raw = self.read()
        if raw is None:
            raise absent(f"{self._path} is closed")
        return raw

    def close(self) -> None:
        """Close the film."""
        self._frames = iter(())
        if self._container is not None:
            self._container.close()
            self._container = None

    def _opened(self) -> InputContainer:
        try:
            container = av.open(str(self._path))
        except (av.error.FFmpegError, OSError) as error:
            raise unusable(f"{self._path}: {error}") from error
        if not container.streams.video:
            container.close()
            raise unusable(f"{self._path}: no pictures in it")
        return container

    def _loop(self) -> Iterator[Raw]:
        while self._container is not None:
            count = 0
            for raw in _raws(self._container):
                count += 1
                yield raw
            if not count:
                return
            self._container.close()
            self._container = self._opened()


def _raws(container: InputContainer) -> Iterator[Raw]:
    stream = container.streams.video[0]
    if stream.codec_context.name == "mjpeg":
        for packet in container.demux(stream):
            if packet.size:
                yield Raw(Format.MJPEG, stream.width, stream.height, bytes(packet))
        return
    for frame in container.decode(stream):
        yield _raw_of(frame)


def _raw_of(frame: VideoFrame) -> Raw:
    full = frame.color_range == ColorRange.JPEG or frame.format.name.startswith("yuvj")
    limited = frame.reformat(
        format="yuv420p",
        src_color_range=ColorRange.JPEG if full else None,
        dst_color_range=ColorRange.MPEG,
    )
    i420 = planes(limited)
    return Raw(Format.I420, i420.shape[1], i420.shape[0] * 2 // 3, i420.tobytes())
