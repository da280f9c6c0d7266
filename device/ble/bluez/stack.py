# SPDX-License-Identifier: Apache-2.0
"""``device.ble.adapter.Adapter`` over the real BlueZ: one D-Bus connection, watched, with our agent on it."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from dbus_fast import Message, MessageType, Variant

from device.ble import faults
from device.ble.adapter import Health, Known
from device.ble.bluez import memory
from device.ble.bluez.agent import CAPABILITY, PATH, Agent
from device.ble.bluez.records import ADAPTER, DEVICE, Objects, Record, adapter_of, address_of, health_of, records_of
from device.ble.bluez.wire import BLUEZ, Wire
from device.ble.pairing import Pairing
from device.errors import InstrumentError

log = logging.getLogger(__name__)

AGAIN = 5.0
"""Seconds after which a D-Bus that was not there, or an agent that was not taken, is tried again."""
_AGENTS, _AGENTS_PATH = "org.bluez.AgentManager1", "/org/bluez"
_OBJECTS, _PROPERTIES = "org.freedesktop.DBus.ObjectManager", "org.freedesktop.DBus.Properties"
_SYSTEMD, _SYSTEMD_PATH = "org.freedesktop.systemd1", "/org/freedesktop/systemd1"
_UNIT = "bluetooth.service"
_KEYS_REFUSED = "org.bluez.Reason.Authentication"
"""Told since BlueZ 5.82; before, such a connection only fails."""
_RULES = (
    f"type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{BLUEZ}'",
    f"type='signal',sender='{BLUEZ}',interface='{_OBJECTS}'",
    f"type='signal',sender='{BLUEZ}',interface='{_PROPERTIES}',arg0='{ADAPTER}'",
    f"type='signal',sender='{BLUEZ}',interface='{DEVICE}',member='Disconnected'",
)


class BlueZ:
    """``address`` is another D-Bus than the system's. The calls work while ``run`` does."""

    def __init__(self, address: str | None = None) -> None:
        self.pairing = Pairing()
        self.agent = Agent(self.pairing)
        self._address = address
        self._wire: Wire | None = None
        self._registered = False
        self._changed = asyncio.Event()
        self._told: Callable[[Health], None] = lambda _health: None
        self._last: Health | None = None

    async def run(self, told: Callable[[Health], None]) -> None:
        """Watch BlueZ until cancelled, over as many D-Bus connections as it takes."""
        self._told, self._last = told, None
        while True:
            try:
                await self._watch()
            except InstrumentError as error:
                log.warning("BlueZ is not watched: %s", error)
            self._tell(Health.DEAD)
            await asyncio.sleep(AGAIN)

    async def health(self) -> Health:
        """How it is now; DEAD, too, when it does not answer."""
        try:
            if self._wire is not None and await self._wire.owned(BLUEZ):
                return health_of(await self._objects())
        except InstrumentError as error:
            log.warning("health: %s", error)
        return Health.DEAD

    async def switch_on(self) -> None:
        """Power the adapter; wait until it is."""
        await self._power(on=True)

    async def power_cycle(self) -> None:
        """Off and on."""
        await self._power(on=False)
        await self._power(on=True)

    async def restart(self) -> None:
        """Ask systemd to; the package's polkit rule lets the cart's user do this and nothing else."""
        manager = "org.freedesktop.systemd1.Manager"
        await self._call(_SYSTEMD, _SYSTEMD_PATH, manager, "RestartUnit", "ss", _UNIT, "replace")

    def renew(self) -> None:
        """Drop what bleak remembers of a bluetoothd that is no more."""
        memory.renew()

    async def known(self) -> tuple[Known, ...]:
        """Every device on BlueZ's record."""
        return tuple(record.known for record in records_of(await self._objects()))

    async def forget(self, address: str) -> None:
        """RemoveDevice."""
        for record in await self._records(address):
            await self._call(BLUEZ, record.adapter, ADAPTER, "RemoveDevice", "o", record.path)

    async def hang_up(self, address: str) -> None:
        """Disconnect."""
        for record in await self._records(address):
            if record.known.connected:
                await self._call(BLUEZ, record.path, DEVICE, "Disconnect")

    async def _watch(self) -> None:
        """One D-Bus connection's life."""
        wire = self._wire = await Wire.open(self._address)
        wire.bus.add_message_handler(self._hear)
        wire.bus.export(PATH, self.agent)
        self._registered = False
        ended = asyncio.ensure_future(wire.ended())
        ended.add_done_callback(lambda _ended: self._changed.set())
        try:
            for rule in _RULES:
                await wire.match(rule)
            while not ended.done():
                await self._look(wire)
        finally:
            self._wire = None
            wire.close()
            await ended

    async def _look(self, wire: Wire) -> None:
        """See how BlueZ is, have our agent there, and wait for a change."""
        self._changed.clear()
        health = await self.health()
        if health is not Health.DEAD and not self._registered:
            await self._register(wire)
        self._tell(health)
        try:
            async with asyncio.timeout(AGAIN if health is not Health.DEAD and not self._registered else None):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _register(self, wire: Wire) -> None:
        try:
            await wire.call(BLUEZ, _AGENTS_PATH, _AGENTS, "RegisterAgent", "os", PATH, CAPABILITY)
            await wire.call(BLUEZ, _AGENTS_PATH, _AGENTS, "RequestDefaultAgent", "o", PATH)
        except InstrumentError as error:
            log.warning("agent not registered: %s", error)
        else:
            self._registered = True
            log.info("agent registered")

    def _hear(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.member == "NameOwnerChanged" and message.body[0] == BLUEZ:
            self._registered = False
            if not message.body[2]:
                self._tell(Health.DEAD)
            self._changed.set()
        elif message.member == "Disconnected" and message.body[:1] == [_KEYS_REFUSED]:
            log.warning("an instrument refused the keys of its bond")
            self.pairing.estrange(address_of(message.path or ""))
        elif _concerns_adapter(message):
            self._changed.set()

    def _tell(self, health: Health) -> None:
        if health is not self._last:
            log.info("BlueZ: %s", health)
            self._last = health
            self._told(health)

    async def _power(self, *, on: bool) -> None:
        path = adapter_of(await self._objects())
        if not path:
            raise faults.deaf("no adapter to power")
        await self._call(BLUEZ, path, _PROPERTIES, "Set", "ssv", ADAPTER, "Powered", Variant("b", on))

    async def _records(self, address: str) -> list[Record]:
        return [one for one in records_of(await self._objects()) if one.known.address == address]

    async def _objects(self) -> Objects:
        objects: Objects = (await self._call(BLUEZ, "/", _OBJECTS, "GetManagedObjects"))[0]
        return objects

    async def _call(
        self, to: str, path: str, interface: str, member: str, signature: str = "", *body: object
    ) -> list[Any]:
        if self._wire is None:
            raise faults.deaf("no D-Bus")
        return await self._wire.call(to, path, interface, member, signature, *body)


def _concerns_adapter(message: Message) -> bool:
    """Whether an adapter came, went, or was switched on or off."""
    match message.member:
        case "InterfacesAdded" | "InterfacesRemoved":
            return ADAPTER in message.body[1]
        case "PropertiesChanged":
            return message.body[0] == ADAPTER and "Powered" in message.body[1]
    return False
