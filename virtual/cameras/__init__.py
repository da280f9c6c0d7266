# SPDX-License-Identifier: Apache-2.0
"""Generated cameras behind the real seam: MJPEG frames at their pace, and the troubles of real cameras on demand."""

from collections.abc import Callable
from pathlib import Path

from device.video import CameraRow
from virtual.cameras.draw import film
from virtual.cameras.room import HEIGHT, WIDTH
from virtual.cameras.source import Trouble, VirtualCamera

__all__ = ["Trouble", "VirtualCamera", "generators"]


def generators(films: Path) -> dict[str, Callable[[CameraRow], VirtualCamera]]:
    """For ``Cameras.load``: the virtual cameras that a row may name. ``films`` is a folder for what they play.

    The films (about 25 MB) are drawn at the first opening, in some ten seconds and in a process of its own that
    shows its first picture within two, and found there the next time.
    """

    def room(row: CameraRow) -> VirtualCamera:
        """The room camera: 1280 x 720 whatever the row says, as a sensor with one size does."""
        return VirtualCamera(film(films, "room", (WIDTH, HEIGHT), (WIDTH, HEIGHT), row.rate))

    def otoscope(row: CameraRow) -> VirtualCamera:
        """The otoscope, at the row's sizes."""
        return VirtualCamera(film(films, "otoscope", row.size, row.still or row.size, row.rate))

    return {"room": room, "otoscope": otoscope}
