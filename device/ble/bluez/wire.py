# SPDX-License-Identifier: Apache-2.0
"""One connection to the system's D-Bus, and method calls with a deadline and one kind of error."""

import logging
from typing import Any

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.errors import DBusFastError

from device.ble import faults
from device.ble.link import TRANSPORT, within

log = logging.getLogger(__name__)

BLUEZ = "org.bluez"
DEADLINE = 8.0
"""Seconds for one call: BlueZ takes some two to power an adapter or to hang up."""
_DBUS, _DBUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
BROKEN = (DBusFastError, *TRANSPORT)
"""What a D-Bus connection throws."""


class Wire:
    """An open connection. Every call raises InstrumentError BLE-07, with D-Bus's name of the error."""

    def __init__(self, bus: MessageBus) -> None:
        self.bus = bus

    @classmethod
    async def open(cls, address: str | None) -> "Wire":
        """Connect to the bus at ``address``, or to the system's. Raises InstrumentError."""
        bus = MessageBus(bus_address=address, bus_type=BusType.SYSTEM)
        try:
            await within(DEADLINE, bus.connect())
        except BROKEN as error:
            bus.disconnect()
            raise faults.deaf(f"no D-Bus: {type(error).__name__}: {error}") from error
        return cls(bus)

    async def call(
        self, to: str, path: str, interface: str, member: str, signature: str = "", *body: object
    ) -> list[Any]:
        """The body of the answer."""
        message = Message(
            destination=to, path=path, interface=interface, member=member, signature=signature, body=list(body)
        )
        try:
            reply = await within(DEADLINE, self.bus.call(message))
        except BROKEN as error:
            raise faults.deaf(f"{member}: {type(error).__name__}: {error}") from error
        if reply.message_type is MessageType.ERROR:
            text = reply.body[0] if reply.body else ""
            raise faults.deaf(f"{reply.error_name}: {member}: {text}")
        return list(reply.body)

    async def owned(self, name: str) -> bool:
        """Whether somebody answers to ``name``. It is not started by the question."""
        return bool((await self.call(_DBUS, _DBUS_PATH, _DBUS, "NameHasOwner", "s", name))[0])

    async def match(self, rule: str) -> None:
        """Be sent the signals that fit ``rule``."""
        await self.call(_DBUS, _DBUS_PATH, _DBUS, "AddMatch", "s", rule)

    async def ended(self) -> None:
        """Return when the connection is no more."""
        try:
            await self.bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # of dbus-fast
        except BROKEN as error:
            log.warning("D-Bus: %s", type(error).__name__)

    def close(self) -> None:
        """Hang up."""
        self.bus.disconnect()
