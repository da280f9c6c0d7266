# SPDX-License-Identifier: Apache-2.0
"""A GATT peripheral in a virtual radio: power, advertising, links, values. What it means is its owner's business."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from bumble import att, core
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device
from bumble.gatt import GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR as CCCD
from bumble.gatt import Characteristic, CharacteristicValue, Descriptor, Service
from bumble.keys import MemoryKeyStore

from virtual.ble.keypad import showing
from virtual.ble.link import Chip, obedient
from virtual.ble.radio import Radio, host

CONFIRMATION = 30.0
"""Seconds in which an indication must be confirmed (ATT transaction timeout)."""
READ, WRITE = Characteristic.Properties.READ, Characteristic.Properties.WRITE
NOTIFY, INDICATE = Characteristic.Properties.NOTIFY, Characteristic.Properties.INDICATE


class LinkLost(Exception):  # noqa: N818 - an event in the life of an instrument
    """The cart hung up, or the link broke, before the value was through."""


Name = int | str
"""A service or a characteristic: a 16-bit number of the Bluetooth SIG, or a whole UUID."""
ADVERTISED = 31
"""Bytes of a legacy advertisement."""


class Value(NamedTuple):
    """One characteristic: its service and itself, bumble's properties, and where it comes from."""

    service: Name
    number: Name
    properties: int
    read: Callable[[], bytes] = bytes
    write: Callable[[bytes], None] | None = None


@dataclass(frozen=True)
class Casing:
    """What an instrument shows of itself on the air: a random static address and a name.

    ``announced`` are services, of whole UUIDs one at most; ``bond``: subscribing needs an encrypted link; ``passkey``:
    bonding needs the six digits that it shows (``Peripheral.shown``); ``interval``
    between advertisements in milliseconds.
    """

    address: str
    name: str
    announced: tuple[Name, ...]
    bond: bool = False
    interval: float = 100
    passkey: bool = False


class Peripheral:
    """Off until powered on; silent until it advertises; one link at a time."""

    def __init__(self, radio: Radio, casing: Casing, values: Sequence[Value]) -> None:
        self.casing = casing
        self.values: tuple[Value, ...] = tuple(values)
        self.shown = ""
        self._radio = radio
        self._keys = MemoryKeyStore()
        self._chip: Chip | None = None
        self._device: Device | None = None
        self._link: Connection | None = None
        self._characteristics: dict[Name, Characteristic] = {}
        self._listening: set[Name] = set()
        self._waiting: set[asyncio.Future[None]] = set()

    @property
    def powered(self) -> bool:
        """Whether its battery is in and it is switched on."""
        return self._device is not None

    @property
    def connected(self) -> bool:
        """Whether a central holds a link."""
        return self._link is not None

    def listens(self, number: Name) -> bool:
        """Whether a central has subscribed to the characteristic."""
        return number in self._listening

    async def power_on(self) -> None:
        """Start cold: no link, nothing advertised. Bonds are kept."""
        if self._device is not None:
            return
        self._chip = Chip(self.casing.name, link=self._radio.air)
        device = host(self._chip, self.casing.name, self.casing.address, self._keys, self.casing.interval)
        if self.casing.passkey:
            device.pairing_config_factory = showing(self._show)
        device.add_services(self._services(device))
        device.advertising_data = bytes(self._advertisement())
        device.on("connection", self._linked)
        await obedient(device.power_on())
        self._device = device

    async def power_off(self) -> None:
        """Cut the power as a dying battery does: no goodbye, the other end finds out by silence."""
        device, chip = self._device, self._chip
        self._device = self._chip = None
        if device is None or chip is None:
            return
        address = device.random_address
        self._radio.air.remove_controller(chip)
        chip.lose_all()
        await asyncio.sleep(0)
        await obedient(device.power_off())
        self._radio.fade(address)

    async def forget_bonds(self) -> None:
        """Somebody reset it: it knows no cart any more."""
        await self._keys.delete_all()

    async def advertise(self) -> None:
        """Let centrals see it, until one connects or it hushes."""
        if self._device is not None and self._link is None:
            await obedient(self._device.start_advertising(auto_restart=False))

    async def hush(self) -> None:
        """Stop advertising."""
        if self._device is not None:
            await obedient(self._device.stop_advertising())

    async def find_listener(self, number: Name) -> None:
        """Advertise, again after each link that brought nothing, until a central subscribes to the characteristic."""
        while not self.listens(number):
            await self.advertise()
            await self.until(lambda: self.connected)
            await self.until(lambda: self.listens(number) or not self.connected)

    async def hang_up(self) -> None:
        """End the link from this side."""
        link = self._link
        if link is not None:
            with contextlib.suppress(core.BaseBumbleError):
                await obedient(link.disconnect())
            await self.until(lambda: self._link is not link)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for a change of link or subscription that makes ``true`` true."""
        while not true():
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.add(waiter)
            try:
                await waiter
            finally:
                self._waiting.discard(waiter)

    async def send(self, number: Name, data: bytes) -> None:
        """Notify, or indicate and wait for the confirmation. Raises LinkLost, TimeoutError."""
        device, link = self._device, self._link
        if device is None or link is None or number not in self._listening:
            raise LinkLost
        characteristic = self._characteristics[number]
        if characteristic.properties & NOTIFY:
            await device.notify_subscriber(link, characteristic, data)
            return
        indication = asyncio.ensure_future(device.indicate_subscriber(link, characteristic, data))
        lost = asyncio.ensure_future(self.until(lambda: self._link is not link))
        try:
            async with asyncio.timeout(CONFIRMATION):
                await asyncio.wait((indication, lost), return_when=asyncio.FIRST_COMPLETED)
            if not indication.done():
                raise LinkLost
            await indication
        finally:
            indication.cancel()
            lost.cancel()

    def _services(self, device: Device) -> list[Service]:
        self._characteristics = {value.number: self._characteristic(value, device) for value in self.values}
        services = dict.fromkeys(value.service for value in self.values)
        return [
            Service(
                _uuid(service),
                [self._characteristics[value.number] for value in self.values if value.service == service],
            )
            for service in services
        ]

    def _characteristic(self, value: Value, device: Device) -> Characteristic:
        write = value.write
        content = CharacteristicValue(
            read=lambda _link: value.read(), write=None if write is None else lambda _link, data: write(bytes(data))
        )
        permissions = att.Attribute.READABLE | att.Attribute.WRITEABLE
        made = Characteristic(_uuid(value.number), value.properties, permissions, content)
        if value.properties & (NOTIFY | INDICATE):
            made.on(
                "subscription", lambda _link, notify, indicate: self._subscribed(value.number, on=notify or indicate)
            )
            if self.casing.bond:
                locked = permissions | att.Attribute.WRITE_REQUIRES_ENCRYPTION
                cccd = Descriptor(CCCD, locked, device.gatt_server.make_descriptor_value(made))
                made.descriptors = (*made.descriptors, cccd)
        return made

    def _advertisement(self) -> AdvertisingData:
        """Flags, the services it announces, and as much of its name as there is room for."""
        lists = [(AdvertisingData.FLAGS, b"\x06")]
        for kind, size in _LISTS:
            services = b"".join(bytes(_uuid(one)) for one in self.casing.announced if len(bytes(_uuid(one))) == size)
            if services:
                lists.append((kind, services))
        room = ADVERTISED - sum(len(data) + 2 for _kind, data in lists) - 2
        return AdvertisingData([*lists, (AdvertisingData.COMPLETE_LOCAL_NAME, self.casing.name.encode()[:room])])

    def _show(self, digits: str) -> None:
        self.shown = digits
        self._tell()

    def _linked(self, link: Connection) -> None:
        self._link = link
        link.on("disconnection", self._unlinked)
        self._tell()

    def _unlinked(self, _reason: int) -> None:
        self._link = None
        self._listening.clear()
        self._tell()

    def _subscribed(self, number: Name, *, on: bool) -> None:
        if on:
            self._listening.add(number)
        else:
            self._listening.discard(number)
        self._tell()

    def _tell(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)


_LISTS = (
    (AdvertisingData.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS, 2),
    (AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, 16),
)


def _uuid(name: Name) -> UUID:
    return UUID.from_16_bits(name) if isinstance(name, int) else UUID(name)
