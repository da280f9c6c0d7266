# SPDX-License-Identifier: Apache-2.0
"""One radio room: a central (the cart's adapter) and any number of peripherals, in one process, without a kernel."""

import asyncio
import functools
from collections.abc import Callable
from types import TracebackType
from typing import Self

from bleak import BleakClient, BleakScanner
from bleak.backends.service import BleakGATTServiceCollection
from bumble import hci
from bumble.device import Device, DeviceConfiguration
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig

from device.ble.pairing import Pairing
from virtual.ble.client import RadioClient
from virtual.ble.keypad import typing
from virtual.ble.link import Air, Chip, obedient
from virtual.ble.scanner import RadioScanner

ADAPTER = "C0:FF:EE:00:00:01"
"""The central's static random address."""
SUPERVISION = 0.42
"""Seconds of silence after which a link is lost (Linux's default supervision timeout)."""


class Radio:
    """An asynchronous context: entering it powers the adapter on.

    ``client`` and ``scanner`` stand where bleak's ``BleakClient`` and ``BleakScanner`` would and take their arguments.
    """

    def __init__(self, *, supervision: float = SUPERVISION, caching: bool = False) -> None:
        """``caching``: like BlueZ, keep what an address offered and believe it at the next connection (``cache``)."""
        self.caching = caching
        self.cache: dict[str, BleakGATTServiceCollection] = {}
        self.air = Air()
        self.supervision = supervision
        self.client = functools.partial(BleakClient, backend=RadioClient, radio=self)
        self.scanner = functools.partial(BleakScanner, backend=RadioScanner, radio=self)
        self.adapter: Device | None = None
        self.scanning = 0
        self.pairing: Pairing | None = None
        """Who may pair, as BlueZ's agent would say; None: everybody, as without an agent's policy."""
        self.watchers: list[Callable[[], None]] = []
        """Called when the adapter was plugged in or pulled out."""
        self._chip: Chip | None = None
        self._keys = MemoryKeyStore()
        self._fading: set[asyncio.TimerHandle] = set()

    async def __aenter__(self) -> Self:
        """Power the adapter on."""
        await self.recover()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Power the adapter off; every link is lost."""
        await self.fail()
        for handle in self._fading:
            handle.cancel()
        self._fading.clear()

    async def recover(self) -> None:
        """Plug the adapter in. Bonds survive."""
        self._chip = Chip("adapter", link=self.air)
        self.adapter = host(self._chip, "chevet", ADAPTER, self._keys)
        if self.pairing is not None:
            self.admit(self.pairing)
        await obedient(self.adapter.power_on())
        self._tell()

    async def fail(self) -> None:
        """Pull the adapter out: links are lost, scans and connections refused until it recovers."""
        adapter, chip = self.adapter, self._chip
        self.adapter = self._chip = None
        self.scanning = 0
        if adapter is None or chip is None:
            return
        self.air.remove_controller(chip)
        for controller in self.air.controllers:
            controller.lose(adapter.random_address)
        chip.lose_all()
        await asyncio.sleep(0)
        await obedient(adapter.power_off())
        self._tell()

    def _tell(self) -> None:
        for watcher in tuple(self.watchers):
            watcher()

    def admit(self, pairing: Pairing) -> None:
        """Let ``pairing`` say who may pair."""
        self.pairing = pairing
        if self.adapter is not None:
            self.adapter.pairing_config_factory = typing(pairing)

    def powered(self, adapter: Device) -> bool:
        """Whether ``adapter`` is still the one plugged in."""
        return adapter is self.adapter

    def fade(self, address: hci.Address) -> None:
        """A peripheral fell silent: the adapter notices after the supervision timeout."""
        chip = self._chip
        if chip is None:
            return
        handle = asyncio.get_running_loop().call_later(self.supervision, chip.lose, address)
        self._fading = {one for one in self._fading if not one.cancelled() and one.when() > handle.when() - 60}
        self._fading.add(handle)


def host(chip: Chip, name: str, address: str, keys: MemoryKeyStore, interval: float = 100) -> Device:
    """A bumble host on a chip, with Just Works bonding; ``interval`` of advertising in milliseconds."""
    configuration = DeviceConfiguration(
        name=name,
        address=hci.Address(address),
        advertising_interval_min=interval,
        advertising_interval_max=interval,
    )
    device = Device.from_config_with_hci(configuration, chip, chip)
    device.keystore = keys
    device.pairing_config_factory = lambda _connection: PairingConfig(sc=True, mitm=False, bonding=True)
    return device
