# SPDX-License-Identifier: Apache-2.0
"""Where on the USB a camera is, as sysfs tells it (``Documentation/ABI/stable/sysfs-bus-usb``): its unit, its port's
speed, its twins and the input device of its button.

A video node's ``device`` is the USB interface that its driver holds (``…/1-1.3/1-1.3:1.0``); the unit is the folder
above, with ``idVendor``, ``idProduct``, ``serial`` and ``speed``.
"""

from pathlib import Path

SYS = Path("/sys")
UNKNOWN_SPEED = 480
"""Mbit/s taken for a port that does not say: High Speed, which nearly all cameras have."""
FAST = 5000
"""Mbit/s of a Super Speed port."""


def unit_of(node: Path, sys: Path = SYS) -> Path | None:
    """The USB unit of a video node (any of its names); None for a camera that is not on the USB."""
    return _unit(sys / "class/video4linux" / node.resolve().name / "device")


def speed_of(node: Path, sys: Path = SYS) -> int:
    """The speed of a camera's port, Mbit/s; a camera that is not on the USB is taken for a fast one."""
    unit = unit_of(node, sys)
    if unit is None:
        return FAST
    text = _line(unit / "speed")
    return int(float(text)) if text.replace(".", "", 1).isdigit() else UNKNOWN_SPEED


def twins_of(node: Path, sys: Path = SYS) -> tuple[str, ...]:
    """The places (``1-1.3``) of other cameras that cannot be told from this one: same maker, product and serial number
    or lack of one. Of such, udev's ``by-id`` keeps one name for all, of whichever came last."""
    unit = unit_of(node, sys)
    if unit is None:
        return ()
    others = {_unit(other / "device") for other in sorted((sys / "class/video4linux").glob("video*"))} - {unit, None}
    return tuple(sorted(other.name for other in others if other is not None and _identity(other) == _identity(unit)))


def buttons_of(node: Path, sys: Path = SYS) -> tuple[str, ...]:
    """The names (``event7``) of the input devices of a camera's own driver: of the interface that its pictures come
    from, so that a keyboard in the same casing is none."""
    interface = (sys / "class/video4linux" / node.resolve().name / "device").resolve()
    if not interface.exists():
        return ()
    found = (sys / "class/input").glob("event*")
    return tuple(sorted(event.name for event in found if (event / "device/device").resolve() == interface))


def _unit(interface: Path) -> Path | None:
    if not interface.exists():
        return None
    unit = interface.resolve().parent
    return unit if (unit / "idVendor").exists() else None


def _identity(unit: Path) -> tuple[str, str, str]:
    return _line(unit / "idVendor"), _line(unit / "idProduct"), _line(unit / "serial")


def _line(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace").strip()
    except OSError:
        return ""
