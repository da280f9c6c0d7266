# SPDX-License-Identifier: Apache-2.0
"""BlueZ's objects (org.freedesktop.DBus.ObjectManager, org.bluez.Adapter1, .Device1, .Battery1) as the bus reads them.

Source: BlueZ's doc/org.bluez.*.rst. ``Bonded`` is of BlueZ 5.66; where it is missing, ``Paired`` stands for it.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from dbus_fast import Variant

from device.ble.adapter import Health, Known

ADAPTER, DEVICE, BATTERY = "org.bluez.Adapter1", "org.bluez.Device1", "org.bluez.Battery1"
_DEVICE_PATH = re.compile(r"/dev_([0-9A-F]{2}(?:_[0-9A-F]{2}){5})$")

Objects = Mapping[str, Mapping[str, Mapping[str, Any]]]


class Record(NamedTuple):
    """A device and where BlueZ keeps it."""

    path: str
    adapter: str
    known: Known


def address_of(path: str) -> str:
    """The Bluetooth address in the path of a device, "" in any other path."""
    found = _DEVICE_PATH.search(path)
    return found[1].replace("_", ":") if found else ""


def adapter_of(objects: Objects) -> str:
    """The path of the first adapter, or ""."""
    return min((path for path, interfaces in objects.items() if ADAPTER in interfaces), default="")


def health_of(objects: Objects) -> Health:
    """How BlueZ's adapter is."""
    path = adapter_of(objects)
    if not path:
        return Health.MISSING
    return Health.READY if _value(objects[path][ADAPTER], "Powered", default=False) else Health.OFF


def records_of(objects: Objects) -> tuple[Record, ...]:
    """Every device that BlueZ has on record."""
    return tuple(_record(path, interfaces) for path, interfaces in objects.items() if DEVICE in interfaces)


def _record(path: str, interfaces: Mapping[str, Mapping[str, Any]]) -> Record:
    device = interfaces[DEVICE]
    battery = _value(interfaces.get(BATTERY, {}), "Percentage", default=None)
    known = Known(
        address=str(_value(device, "Address", default=address_of(path))).upper(),
        bonded=bool(_value(device, "Bonded", default=_value(device, "Paired", default=False))),
        connected=bool(_value(device, "Connected", default=False)),
        battery=battery if isinstance(battery, int) else None,
    )
    adapter = str(_value(device, "Adapter", default=path.rsplit("/", maxsplit=1)[0]))
    return Record(path, adapter, known)


def _value(properties: Mapping[str, Any], name: str, *, default: object) -> object:
    value = properties.get(name, default)
    return value.value if isinstance(value, Variant) else value
