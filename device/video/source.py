# SPDX-License-Identifier: Apache-2.0
"""Where raw frames come from: the seam between a camera and the world."""

from enum import StrEnum
from typing import NamedTuple, Protocol

from device.errors import CameraError


class Format(StrEnum):
    """How the bytes of a raw frame stand, by the name of its V4L2 format (``linux/videodev2.h``)."""

    MJPEG = "MJPG"
    YUYV = "YUYV"
    NV12 = "NV12"
    I420 = "YU12"


class Raw(NamedTuple):
    """A frame as its sensor gave it. ``stride`` is the bytes of one luma (or packed) line, 0 when lines are not padded.

    MJPEG is full range by JFIF; the others are taken as limited range, BT.601 (V4L2's default for YCbCr).
    """

    format: Format
    width: int
    height: int
    data: bytes
    stride: int = 0


class Source(Protocol):
    """A camera's device, used by one thread only. Every call is bounded in time."""

    def open(self) -> None:
        """Start the stream. Raises CameraError: ``absent`` when there is no such device, ``unusable`` otherwise."""
        ...

    def read(self) -> Raw | None:
        """The next frame; None when none came within about a second. Raises CameraError when the device is gone."""
        ...

    def still(self) -> Raw:
        """A frame at the sensor's full resolution. The stream may pause for it. Raises CameraError."""
        ...

    def close(self) -> None:
        """End the stream; harmless when there is none."""
        ...


ABSENT = 1
STUCK = 2
UNUSABLE = 4
BROKEN = 5
NO_STILL = 6


def absent(detail: str) -> CameraError:
    """CAM-01: the device is not there, or no longer."""
    return CameraError(ABSENT, "Caméra débranchée. Rebranchez-la : elle revient toute seule.", detail, retry=True)


def stuck(detail: str) -> CameraError:
    """CAM-02: the device is there and gives no new picture."""
    return CameraError(STUCK, "La caméra ne donne plus d’image. Débranchez-la puis rebranchez-la.", detail, retry=True)


def unusable(detail: str) -> CameraError:
    """CAM-04: the device is there and does not open, or not in a format that we read."""
    return CameraError(UNUSABLE, "La caméra ne démarre pas. Débranchez-la puis rebranchez-la.", detail, retry=True)


def broken(detail: str) -> CameraError:
    """CAM-05: a frame that cannot be read."""
    return CameraError(BROKEN, "L’image de la caméra est illisible. Recommencez.", detail, retry=True)


def no_still(detail: str) -> CameraError:
    """CAM-06: no still in time."""
    return CameraError(NO_STILL, "La photo n’a pas pu être prise. Recommencez.", detail, retry=True)


def is_absent(error: CameraError) -> bool:
    """Whether the error is CAM-01."""
    return error.code == f"{error.prefix}-{ABSENT:02d}"
