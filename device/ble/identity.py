# SPDX-License-Identifier: Apache-2.0
"""Who an instrument says it is: Device Information (0x180A) and Battery (0x180F), each of them optional."""

import logging
from typing import NamedTuple

from device.ble.adapter import Adapter, on_record
from device.ble.link import GattLink
from device.errors import InstrumentError
from device.wire import sig_uuid

log = logging.getLogger(__name__)

SERIAL = sig_uuid(0x2A25)
FIRMWARE = sig_uuid(0x2A26)
HARDWARE = sig_uuid(0x2A27)
SOFTWARE = sig_uuid(0x2A28)
BATTERY = sig_uuid(0x2A19)
LONGEST = 64
"""Characters kept of a text that an instrument tells of itself."""


class Identity(NamedTuple):
    """Serial number and revisions, None where it tells none; battery in percent."""

    serial: str | None = None
    firmware: str | None = None
    hardware: str | None = None
    battery: int | None = None
    software: str | None = None


async def identify(link: GattLink, adapter: Adapter, address: str) -> Identity:
    """Ask; what it does not offer or fails to answer is None.

    Raises InstrumentError for want of a bond: every further question would only wait for its deadline.
    """

    async def value(characteristic: str) -> bytes:
        if not link.has(characteristic):
            return b""
        try:
            return await link.read(characteristic)
        except InstrumentError as error:
            log.info("%s not read: %s", characteristic, error)
            if adapter.pairing.is_estranged(address):
                raise
            return b""

    serial = _text(await value(SERIAL))
    firmware = _text(await value(FIRMWARE))
    hardware = _text(await value(HARDWARE))
    battery = percent(await value(BATTERY)) if link.has(BATTERY) else await _told(adapter, address)
    software = _text(await value(SOFTWARE))
    return Identity(serial, firmware, hardware, battery, software)


async def _told(adapter: Adapter, address: str) -> int | None:
    """The battery as BlueZ tells it: it keeps that service to itself."""
    try:
        known = await on_record(adapter, address)
    except InstrumentError as error:
        log.info("battery not read: %s", error)
        return None
    return None if known is None else known.battery


def _text(data: bytes) -> str | None:
    text = data.split(b"\0", maxsplit=1)[0].decode("utf-8", "replace").strip()
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST] or None


def percent(data: bytes) -> int | None:
    """Battery Level (one byte, 0 to 100); None for anything else."""
    most = 100
    return data[0] if len(data) == 1 and data[0] <= most else None
