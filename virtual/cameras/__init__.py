# SPDX-License-Identifier: Apache-2.0
"""Generated cameras behind the real seam: MJPEG frames at their pace, and the troubles of real cameras on demand."""

import os
from collections.abc import Callable
from pathlib import Path

from device.video import CameraRow
from virtual.cameras.doctor import SIZE, Doctor
from virtual.cameras.draw import film, reel
from virtual.cameras.room import HEIGHT, WIDTH
from virtual.cameras.source import Trouble, VirtualCamera

__all__ = ["GENERATORS", "Trouble", "VirtualCamera", "doctor_film", "films", "otoscope", "room"]

SIZE_OF_STREAM, RATE = (1280, 720), 30.0
"""Of a row that leaves them out."""
DOCTOR_RATE = 30.0
"""Pictures a second: what Chromium takes any Motion JPEG to have."""


def films() -> Path:
    """Where films are kept: ``chevet/films`` in the user's cache (XDG Base Directory Specification).

    They are drawn at the first opening, in some ten seconds and by a process of its own that shows its first picture
    within about two, and found there the next time; 25 MB.
    """
    cache = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(cache) if cache else Path.home() / ".cache") / "chevet" / "films"


def room(row: CameraRow, folder: Path | None = None) -> VirtualCamera:
    """The room camera: 1280 x 720 whatever the row says, as a sensor with one size does."""
    return VirtualCamera(film(folder or films(), "room", (WIDTH, HEIGHT), (WIDTH, HEIGHT), row.rate or RATE))


def otoscope(row: CameraRow, folder: Path | None = None) -> VirtualCamera:
    """The otoscope, at the row's sizes."""
    size = row.size or SIZE_OF_STREAM
    return VirtualCamera(film(folder or films(), "otoscope", size, row.still or size, row.rate or RATE))


def doctor_film(folder: Path | None = None) -> Path:
    """The doctor as a file for Chromium (``--use-file-for-fake-video-capture``), which plays 30 pictures a second and
    goes round. Drawn at the first call, in some six seconds of this thread; 12 MB."""
    return reel(folder or films(), "doctor", Doctor(), SIZE, DOCTOR_RATE)


GENERATORS: dict[str, Callable[[CameraRow], VirtualCamera]] = {"room": room, "otoscope": otoscope}
"""For ``Cameras.load``: the virtual cameras that a row may name."""
