# SPDX-License-Identifier: Apache-2.0
"""Serial ports by their stable names: ``/dev/serial/by-id`` where it tells a unit apart, else ``by-path``.

A port's number changes at each replug, so an instrument is enrolled by such a name (or a shell pattern of it, or
``/dev/rfcommN``, which the system's own configuration binds to one address).
"""

import glob
import os
import stat
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from serial.tools import list_ports

FOLDERS = (Path("/dev/serial/by-id"), Path("/dev/serial/by-path"))
BOUND = "/dev/rfcomm"


class Plugged(NamedTuple):
    """A port that is there: the address to enrol, ``vid:pid``, what its adapter calls itself, its serial number."""

    address: str
    usb: str = ""
    name: str = ""
    serial: str = ""


class Ports(Protocol):
    """The ports of the machine; tests and the demonstration have their own."""

    def find(self, address: str) -> Path | None:
        """The port of an enrolled address, None while it is not plugged or while a pattern fits several."""
        ...

    def plugged(self) -> Sequence[Plugged]:
        """Every port that could be enrolled. May take a moment: it reads /sys."""
        ...


class SystemPorts:
    """Those of this machine."""

    def find(self, address: str) -> Path | None:
        """Follow the link of udev; a pattern must fit one device only."""
        names = glob.glob(address) if glob.has_magic(address) else [address]  # noqa: PTH207 - a pattern of a whole path
        found = {os.path.realpath(name) for name in names if _is_port(name)}
        return Path(found.pop()) if len(found) == 1 else None

    def plugged(self) -> Sequence[Plugged]:
        """USB ports with their stable names, and bound Bluetooth ones."""
        infos = [info for info in list_ports.comports() if info.vid is not None or info.device.startswith(BOUND)]
        links = _links()
        twins = Counter((info.vid, info.pid, info.serial_number) for info in infos)
        return [
            Plugged(
                address,
                "" if info.vid is None else f"{info.vid:04x}:{info.pid:04x}",
                _printable(info.product or info.description or ""),
                _printable(info.serial_number or ""),
            )
            for info in infos
            if (address := _stable(info.device, links, twins[info.vid, info.pid, info.serial_number] > 1))
        ]


def _is_port(name: str) -> bool:
    try:
        return stat.S_ISCHR(os.stat(name).st_mode)  # noqa: PTH116 - a name of udev, not a path that we make
    except OSError:
        return False


def _links() -> list[dict[str, str]]:
    """For each folder of udev, device to name."""
    return [
        {os.path.realpath(link): str(link) for link in sorted(folder.iterdir())} if folder.is_dir() else {}
        for folder in FOLDERS
    ]


def _stable(device: str, links: Sequence[dict[str, str]], twin: bool) -> str:  # noqa: FBT001 - what it is
    """By-id unless another adapter says the same of itself; "" where there is no stable name."""
    if device.startswith(BOUND):
        return device
    by_id, by_path = links
    names = [by_path.get(device)] if twin else [by_id.get(device), by_path.get(device)]
    return next((name for name in names if name), "")


def _printable(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()[:64]
