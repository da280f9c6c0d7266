# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for the kernel: a V4L2 driver's answers byte by byte, and sysfs and /dev trees of cameras on a USB."""

import errno
import shutil
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from device.video.modes import ENUM_FMT, ENUM_FRAMEINTERVALS, ENUM_FRAMESIZES, QUERYCAP

Sizes = Mapping[tuple[int, int], Sequence[tuple[int, int]]]
"""Sizes and, for each, the intervals between two pictures as numerator and denominator of seconds."""
CAPTURE, METADATA = 0x04200001, 0x04A00000
"""``device_caps`` of the two nodes of a UVC camera."""


class Driver:
    """Answers as uvcvideo does: what it does not have at an index is EINVAL."""

    def __init__(self, formats: Mapping[bytes, Sizes], device_caps: int = CAPTURE) -> None:
        self.formats = formats
        self.device_caps = device_caps
        self.gone = False
        self.questions = 0

    def __call__(self, _: int, code: int, answer: bytearray) -> int:
        self.questions += 1
        if self.gone:
            raise OSError(errno.ENODEV, "No such device")
        try:
            {
                QUERYCAP: self._capability,
                ENUM_FMT: self._format,
                ENUM_FRAMESIZES: self._size,
                ENUM_FRAMEINTERVALS: self._interval,
            }[code](answer)
        except (IndexError, KeyError) as error:
            raise OSError(errno.EINVAL, "Invalid argument") from error
        return 0

    def _capability(self, answer: bytearray) -> None:
        struct.pack_into(
            "=16s32s32sIII", answer, 0, b"uvcvideo", b"A camera", b"usb-1", 0x6010C, 0x84A00001, self.device_caps
        )

    def _format(self, answer: bytearray) -> None:
        (index,) = struct.unpack_from("=I", answer)
        struct.pack_into("=I32s4s", answer, 8, 0, b"a name", list(self.formats)[index])

    def _size(self, answer: bytearray) -> None:
        index, fourcc = struct.unpack_from("=I4s", answer)
        width, height = list(self.formats[fourcc])[index]
        struct.pack_into("=III", answer, 8, 1, width, height)

    def _interval(self, answer: bytearray) -> None:
        index, fourcc, width, height = struct.unpack_from("=I4sII", answer)
        numerator, denominator = self.formats[fourcc][width, height][index]
        struct.pack_into("=III", answer, 16, 1, numerator, denominator)


class Ranges(Driver):
    """A driver whose sizes and rates are ranges."""

    def _size(self, answer: bytearray) -> None:
        (index,) = struct.unpack_from("=I", answer)
        if index:
            raise IndexError
        struct.pack_into("=I6I", answer, 8, 3, 32, 1600, 16, 32, 1200, 8)

    def _interval(self, answer: bytearray) -> None:
        (index,) = struct.unpack_from("=I", answer)
        if index:
            raise IndexError
        struct.pack_into("=I6I", answer, 16, 3, 1, 25, 1, 8, 1, 1)


class Bus:
    """A machine's USB as udev and sysfs show it, in ``root/dev`` and ``root/sys``: cameras go into sockets and are
    given the next number, as the kernel does."""

    def __init__(self, root: Path) -> None:
        self.dev, self.sys = root / "dev", root / "sys"
        for folder in ("v4l/by-id", "v4l/by-path", "input"):
            (self.dev / folder).mkdir(parents=True)
        for folder in ("class/video4linux", "class/input", "devices"):
            (self.sys / folder).mkdir(parents=True)
        self._number = 0
        self._event = 3

    @property
    def by_id(self) -> Path:
        """udev's names by unit."""
        return self.dev / "v4l/by-id"

    @property
    def by_path(self) -> Path:
        """udev's names by socket."""
        return self.dev / "v4l/by-path"

    def plug(
        self, socket: str, maker: str = "Maker_Scope", serial: str = "", *, button: bool = False, speed: str = "480"
    ) -> Path:
        """Put a camera into a socket (``1.3``); its node. Two nodes are made, as uvcvideo does: pictures, metadata."""
        unit = self.sys / f"devices/usb1/1-{socket}"
        interface = unit / f"1-{socket}:1.0"
        interface.mkdir(parents=True)
        (unit / "speed").write_text(f"{speed}\n")
        (unit / "idVendor").write_text(f"{maker.lower()[:4]}\n")
        (unit / "idProduct").write_text("0001\n")
        if serial:
            (unit / "serial").write_text(f"{serial}\n")
        name = f"usb-{maker}_{serial}" if serial else f"usb-{maker}"
        first = self._number
        for index in (0, 1):
            node = self.dev / f"video{self._number}"
            node.touch()
            described = interface / f"video4linux/{node.name}"
            described.mkdir(parents=True)
            (described / "device").symlink_to(interface)
            (self.sys / f"class/video4linux/{node.name}").symlink_to(described)
            for folder, link in ((self.by_id, name), (self.by_path, f"platform-xhci-usb-0:{socket}:1.0")):
                place = folder / f"{link}-video-index{index}"
                place.unlink(missing_ok=True)
                place.symlink_to(node)
            self._number += 1
        if button:
            self._button(interface)
        return self.dev / f"video{first}"

    def unplug(self, socket: str) -> None:
        """Pull a camera out. Its numbers are not given again until ``renumber``."""
        unit = self.sys / f"devices/usb1/1-{socket}"
        for described in (unit / f"1-{socket}:1.0/video4linux").iterdir():
            node = self.dev / described.name
            for folder in (self.by_id, self.by_path):
                for link in [one for one in folder.iterdir() if one.resolve() == node]:
                    link.unlink()
            node.unlink()
            (self.sys / f"class/video4linux/{described.name}").unlink()
        for event in (self.sys / "class/input").iterdir():
            if event.resolve().is_relative_to(unit):
                (self.dev / f"input/{event.name}").unlink()
                event.unlink()
        shutil.rmtree(unit)

    def _button(self, interface: Path) -> None:
        self._event += 1
        name = f"event{self._event}"
        described = interface / f"input/input{self._event}/{name}"
        described.mkdir(parents=True)
        (described / "device").symlink_to(described.parent)
        (described.parent / "device").symlink_to(interface)
        (self.sys / f"class/input/{name}").symlink_to(described)
        (self.dev / f"input/{name}").touch()
