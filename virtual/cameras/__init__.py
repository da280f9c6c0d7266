# SPDX-License-Identifier: Apache-2.0
"""Generated cameras behind the real seam: MJPEG frames at their pace, and the troubles of real cameras on demand."""

from collections.abc import Callable

from device.video import CameraRow
from virtual.cameras.film import Film
from virtual.cameras.otoscope import Otoscope
from virtual.cameras.room import HEIGHT, WIDTH, Room
from virtual.cameras.source import Trouble, VirtualCamera

__all__ = ["GENERATORS", "Trouble", "VirtualCamera", "otoscope", "room"]


def room(row: CameraRow) -> VirtualCamera:
    """The room camera: 1280 x 720 whatever the row says, as a sensor with one size does."""
    return VirtualCamera(Film(Room(), row.rate), (WIDTH, HEIGHT), row.rate)


def otoscope(row: CameraRow) -> VirtualCamera:
    """The otoscope, at the row's size; its stills at the row's still size."""
    scene = Otoscope(*row.size)
    sharp = Otoscope(*row.still) if row.still else None
    full = None if sharp is None else lambda: sharp.draw(0.0)
    return VirtualCamera(Film(scene, row.rate), row.size, row.rate, full)


GENERATORS: dict[str, Callable[[CameraRow], VirtualCamera]] = {"room": room, "otoscope": otoscope}
"""For ``Cameras.load``: the names that a ``virtual:`` row may use."""
