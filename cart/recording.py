# SPDX-License-Identifier: Apache-2.0
"""Recorded frames as the conformance tests keep them (``tests/frames``): nothing in them names a unit.

A Bluetooth address and a serial number are replaced wherever they stand in a frame: as text, as bytes in either order,
or as packed digits. What is measured stays: it has to be compared with the instrument's display.
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from device.driver import Driver, Frame
from device.errors import FrameError
from device.measurement import Measurement
from device.registry import Model
from device.wire import BLUETOOTH_BASE

SHORTEST = 4
"""Characters of a serial number from which it is looked for: a shorter one is found by chance anywhere."""
_HEX = re.compile(r"[0-9A-Fa-f]+")
_SHORT = re.compile(r"0000([0-9a-f]{4})" + re.escape(BLUETOOTH_BASE))


class Unit(NamedTuple):
    """What must not be told of a unit."""

    address: str
    serial: str


class Kept(NamedTuple):
    """The frames to keep, and how many held something that could not be replaced without changing what they say."""

    frames: tuple[dict[str, Any], ...]
    dropped: int


def anonymous(data: bytes, unit: Unit) -> bytes:
    """The bytes without the unit's address and serial number, as long as before."""
    for secret in _secrets(unit):
        data = re.sub(re.escape(secret), bytes(_blank(byte) for byte in secret), data)
    return data


def _secrets(unit: Unit) -> tuple[bytes, ...]:
    """Every way in which a unit's address or serial number may stand in a frame, the longest first."""
    found = set()
    for text in (unit.address, unit.serial):
        plain = text.replace(":", "").replace("-", "")
        if text.startswith("/") or len(plain) < SHORTEST:
            continue
        for spelling in (text, plain):
            found |= {spelling.encode(), spelling.upper().encode(), spelling.lower().encode()}
        if _HEX.fullmatch(plain) and len(plain) % 2 == 0 and len(plain) > SHORTEST:
            found |= {bytes.fromhex(plain), bytes.fromhex(plain)[::-1]}
    return tuple(sorted(found, key=lambda one: (-len(one), one)))


def _blank(byte: int) -> int:
    """A digit for a digit, a letter for a letter, so that what surrounds them reads as before."""
    letter = chr(byte)
    if letter.isascii() and letter.isdigit():
        return ord("0")
    if letter.isascii() and letter.isalpha():
        return ord("X")
    return byte if letter in ":-" else 0


def keep(frames: Iterable[Frame], unit: Unit, driver: Driver, most: int, told: str) -> Kept:
    """Each different frame once, ``most`` at the most, with what the driver says of it; ``told`` is their origin."""
    kept: dict[Frame, dict[str, Any]] = {}
    dropped = set()
    for frame in frames:
        shown = Frame(frame.source, anonymous(frame.data, unit))
        if shown in kept or len(kept) >= most:
            continue
        said = _said(driver, shown)
        if said != _said(driver, frame):
            dropped.add(shown)
            continue
        kept[shown] = {"what": _what(said), "origin": told, "source": _source(frame.source), "hex": shown.data.hex()}
        kept[shown] |= said
    return Kept(tuple(kept.values()), len(dropped))


def _said(driver: Driver, frame: Frame) -> dict[str, Any]:
    try:
        return {"measurements": msgspec.to_builtins(list(driver.decode(frame)))}
    except FrameError as error:
        return {"error": str(error)}


def _what(said: dict[str, Any]) -> str:
    if "error" in said:
        return "a frame that cannot be read"
    values = [f"{one['metric']} {one['value'] or 'none'}" for one in said["measurements"]]
    return (", ".join(values) or "nothing measured") + ": to be compared with the display"


def _source(uuid: str) -> str:
    match = _SHORT.fullmatch(uuid)
    return match[1] if match else uuid


def origin(model: Model, firmware: str | None, day: date, *, simulated: bool) -> str:
    """Where frames come from, as the conformance tests want it told."""
    unit = "the virtual unit of " if simulated else ""
    version = f", firmware {firmware}" if firmware else ""
    return f"recorded {day.isoformat()}: {unit}{model.label}{version}; address and serial number replaced"


def document(model: Model, frames: Sequence[dict[str, Any]]) -> str:
    """A file of ``tests/frames``."""
    return json.dumps({"model": model.id, "frames": list(frames)}, ensure_ascii=False, indent=2) + "\n"


def measured(kept: Kept) -> list[Measurement]:
    """Every number that was decoded."""
    found = [msgspec.convert(one, Measurement) for frame in kept.frames for one in frame.get("measurements", ())]
    return [one for one in found if one.value is not None]
