# SPDX-License-Identifier: Apache-2.0
"""The freeze button of a camera that has one.

uvcvideo makes an input device of a camera that sends button events (USB Video Class 1.5 §2.4.2.4, ``uvc_status.c``):
``/dev/input/eventN``, child of the very USB interface of its pictures, with one key, KEY_CAMERA. Its events are
``struct input_event`` (``linux/input.h``): two longs of time, type, code, value. The kernel listens to the button only
while the camera is open, which ours is.
"""

import asyncio
import errno
import logging
import os
import struct
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from device.errors import CameraError
from device.video.usb import SYS, buttons_of
from device.video.v4l2 import find

log = logging.getLogger(__name__)

INPUT = Path("/dev/input")
EVENT = struct.Struct("@llHHi")
_GONE = (errno.ENOENT, errno.ENODEV, errno.ENXIO)
_KEY, _KEY_CAMERA, _PRESSED = 1, 212, 1
SEARCH = 1.0
"""Seconds between two looks for buttons that came or went."""
BOUNCE = 0.3
"""Seconds after a press in which another is the same one."""
_WAITING = 8
_EVENTS = 64

Press = Callable[[str], Awaitable[None]]


def presses(data: bytes) -> int:
    """How often the button goes down in a run of whole events; releases, repeats and other keys do not count."""
    whole = len(data) // EVENT.size * EVENT.size
    return sum(event[2:] == (_KEY, _KEY_CAMERA, _PRESSED) for event in EVENT.iter_unpack(data[:whole]))


class Buttons:
    """Listens to the buttons of cameras: ``cameras`` gives the pattern of each id's device (``find``). ``press`` is
    awaited with the camera's id, one press at a time; those that come faster than it answers are dropped."""

    def __init__(self, cameras: Mapping[str, str], press: Press, sys: Path = SYS, devices: Path = INPUT) -> None:
        self._cameras = cameras
        self._press = press
        self._sys = sys
        self._devices = devices
        self._open: dict[str, tuple[str, int]] = {}
        self._rest: dict[str, bytes] = {}
        self._refused: set[str] = set()
        self._last: dict[str, float] = {}
        self._pressed: asyncio.Queue[str] = asyncio.Queue(_WAITING)

    async def run(self) -> None:
        """Listen until cancelled."""
        try:
            while True:
                self._search()
                try:
                    async with asyncio.timeout(SEARCH):
                        camera = await self._pressed.get()
                except TimeoutError:
                    continue
                await self._press(camera)
        finally:
            for name in list(self._open):
                self._close(name)

    def _search(self) -> None:
        """Open what has come and close what has gone."""
        there = {name: camera for camera, pattern in self._cameras.items() for name in self._buttons(pattern)}
        for name in [name for name, (camera, _) in self._open.items() if there.get(name) != camera]:
            self._close(name)
        self._refused &= there.keys()
        for name in there.keys() - self._open.keys():
            self._listen(name, there[name])

    def _buttons(self, pattern: str) -> tuple[str, ...]:
        try:
            return buttons_of(find(pattern, self._sys), self._sys)
        except CameraError:
            return ()

    def _listen(self, name: str, camera: str) -> None:
        try:
            descriptor = os.open(self._devices / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno not in _GONE and name not in self._refused:
                log.warning("CAM-10 camera %s: its button cannot be read: %s", camera, error)
            self._refused.add(name)
            return
        log.info("camera %s: its button is %s", camera, name)
        self._open[name] = camera, descriptor
        asyncio.get_running_loop().add_reader(descriptor, self._readable, name)

    def _readable(self, name: str) -> None:
        camera, descriptor = self._open[name]
        try:
            data = os.read(descriptor, EVENT.size * _EVENTS)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close(name)
            return
        data = self._rest.pop(name, b"") + data
        whole = len(data) // EVENT.size * EVENT.size
        self._rest[name] = data[whole:]
        if presses(data[:whole]):
            self._down(camera)

    def _down(self, camera: str) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._last.get(camera, float("-inf")) >= BOUNCE and not self._pressed.full():
            self._pressed.put_nowait(camera)
        self._last[camera] = now

    def _close(self, name: str) -> None:
        _, descriptor = self._open.pop(name)
        self._rest.pop(name, None)
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)
