# SPDX-License-Identifier: Apache-2.0
"""What a V4L2 device offers: formats, sizes and rates, asked of the kernel (``linux/videodev2.h``, V4L2 API part
"Enumerating": VIDIOC_QUERYCAP, VIDIOC_ENUM_FMT, VIDIOC_ENUM_FRAMESIZES, VIDIOC_ENUM_FRAMEINTERVALS).

Only formats that we read are given. A size or a rate that the driver offers as a range is given at its usual values.
"""

import errno
import fcntl
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from device.video.source import Format, absent, unusable

QUERYCAP, ENUM_FMT, ENUM_FRAMESIZES, ENUM_FRAMEINTERVALS = 0x80685600, 0xC0405602, 0xC02C564A, 0xC034564B
"""The same numbers on x86_64 and arm64 (``asm-generic/ioctl.h``); the structures hold no pointer and no long."""
_CAPABILITY, _FMTDESC, _FRMSIZE, _FRMIVAL = 104, 64, 44, 52
"""Bytes of the structures."""
_VIDEO_CAPTURE = 1  # both the type of a buffer and the capability's bit
_DEVICE_CAPS = 0x80000000
_DISCRETE = 1
_MOST = 128
"""Answers taken to one question: a driver that never says that it has no more is not asked for ever."""
USUAL = (
    (320, 240), (640, 360), (640, 480), (800, 600), (1024, 768), (1280, 720), (1280, 960), (1600, 1200), (1920, 1080),
    (2592, 1944), (3840, 2160),
)  # fmt: skip
"""Sizes tried where a driver offers a range of them."""
RATES = (5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 60.0)
"""Rates tried where a driver offers a range of them."""

Ioctl = Callable[[int, int, bytearray], object]


class Mode(NamedTuple):
    """A way to stream: pixels, and pictures a second."""

    format: Format
    width: int
    height: int
    rate: float

    def __str__(self) -> str:
        """As a log shows it."""
        return f"{self.format} {self.width}x{self.height} at {self.rate:g}/s"


def modes_of(node: Path, ioctl: Ioctl = fcntl.ioctl) -> tuple[Mode, ...]:
    """All modes of a device; none where it does not answer these questions. Raises CameraError: not there (CAM-01),
    not to be opened or no camera's picture node, as a UVC camera's second one is not (CAM-04)."""
    try:
        descriptor = os.open(node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, OSError) as error:
        gone = error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO)
        raise (absent if gone else unusable)(f"{node}: {error.strerror}") from error
    try:
        return _modes(node, lambda code, answer: _asked(ioctl, descriptor, code, answer))
    finally:
        os.close(descriptor)


_Ask = Callable[[int, bytearray], bool]


def _asked(ioctl: Ioctl, descriptor: int, code: int, answer: bytearray) -> bool:
    """Whether the driver answered. Raises CameraError (CAM-01) when the device went away meanwhile."""
    try:
        ioctl(descriptor, code, answer)
    except OSError as error:
        if error.errno == errno.ENODEV:
            raise absent("the device went away") from error
        return False
    return True


def _modes(node: Path, ask: _Ask) -> tuple[Mode, ...]:
    capability = bytearray(_CAPABILITY)
    if not ask(QUERYCAP, capability):
        return ()
    everything, this = struct.unpack_from("=II", capability, 84)
    if not (this if everything & _DEVICE_CAPS else everything) & _VIDEO_CAPTURE:
        raise unusable(f"{node} gives no pictures: it is a camera's node for metadata, take its -video-index0")
    return tuple(
        dict.fromkeys(
            Mode(kind, width, height, rate)
            for kind in _formats(ask)
            for width, height in _sizes(ask, kind)
            for rate in _rates(ask, kind, width, height)
        )
    )


def _formats(ask: _Ask) -> Iterator[Format]:
    known = {kind.value.encode(): kind for kind in Format}
    for index in range(_MOST):
        answer = bytearray(_FMTDESC)
        struct.pack_into("=II", answer, 0, index, _VIDEO_CAPTURE)
        if not ask(ENUM_FMT, answer):
            return
        fourcc = bytes(answer[44:48])
        if fourcc in known:
            yield known[fourcc]


def _sizes(ask: _Ask, kind: Format) -> Iterator[tuple[int, int]]:
    for index in range(_MOST):
        answer = bytearray(_FRMSIZE)
        struct.pack_into("=I4s", answer, 0, index, kind.value.encode())
        if not ask(ENUM_FRAMESIZES, answer):
            return
        (shape,) = struct.unpack_from("=I", answer, 8)
        if shape == _DISCRETE:
            yield struct.unpack_from("=II", answer, 12)
            continue
        least_w, most_w, step_w, least_h, most_h, step_h = struct.unpack_from("=6I", answer, 12)
        yield from (
            (width, height)
            for width, height in dict.fromkeys((*USUAL, (most_w & ~1, most_h & ~1)))
            if _within(width, least_w, most_w, step_w) and _within(height, least_h, most_h, step_h)
        )
        return


def _within(value: int, least: int, most: int, step: int) -> bool:
    return least <= value <= most and (value - least) % max(step, 1) == 0


def _rates(ask: _Ask, kind: Format, width: int, height: int) -> Iterator[float]:
    """A driver without intervals (not UVC, not vivid) is taken at 30."""
    for index in range(_MOST):
        answer = bytearray(_FRMIVAL)
        struct.pack_into("=I4sII", answer, 0, index, kind.value.encode(), width, height)
        if not ask(ENUM_FRAMEINTERVALS, answer):
            if index == 0:
                yield 30.0
            return
        (shape,) = struct.unpack_from("=I", answer, 16)
        above, below, above_most, below_most = struct.unpack_from("=4I", answer, 20)
        if shape == _DISCRETE:
            yield from (round(below / above, 2),) if above else ()
            continue
        fastest = below / above if above else max(RATES)
        slowest = below_most / above_most if above_most else 0.0
        yield from (rate for rate in RATES if slowest <= rate <= fastest + 0.01)
        return
