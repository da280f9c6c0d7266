# SPDX-License-Identifier: Apache-2.0
"""A technician's hand on one unit: wait until it shows itself, pair with it, read who it is."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from device.ble import faults
from device.ble.adapter import Health, on_record
from device.ble.bus import Ble
from device.ble.identity import Identity, identify
from device.ble.link import GattLink, connected
from device.ble.scan import Sighting
from device.enrolment import Asks
from device.errors import InstrumentError
from device.registry import Bond, Model

log = logging.getLogger(__name__)

APPEAR = 60.0
"""Seconds for a unit to show itself: about as long as a cuff inflates."""
PAIR = 75.0
"""Seconds for a connection in which digits are typed."""


class Reach:
    """One unit at ``address``, taken for a ``model``, while the scan hears everything (``reaching``)."""

    def __init__(self, ble: Ble, address: str, model: Model, appear: float) -> None:
        self.sighting = Sighting()
        self._ble = ble
        self._address = address
        self._model = model
        self._appear = appear

    def hear(self, device: BLEDevice, data: AdvertisementData) -> None:
        """Some unit advertises."""
        if device.address.upper() == self._address:
            self.sighting.saw(device, data.rssi)

    async def appear(self) -> BLEDevice:
        """The unit, once it shows itself from now on. Raises InstrumentError BLE-07, BLE-11."""
        health = await self._ble.adapter.health()
        if health is not Health.READY:
            raise faults.deaf(f"the stack is {health}")
        self.sighting.forget()
        try:
            async with asyncio.timeout(self._appear):
                return await self.sighting.wait()
        except TimeoutError as error:
            raise faults.unseen(self._model.kind) from error

    async def bonded(self) -> bool:
        """Whether the stack has a bond with it. Raises InstrumentError."""
        known = await on_record(self._ble.adapter, self._address)
        return known is not None and known.bonded

    async def introduce(self, *, pair: bool) -> Identity:
        """Connect, pair if asked to, check its model's services, read who it is. Raises InstrumentError."""
        device = await self.appear()
        ble, model = self._ble, self._model
        deadlines = msgspec.structs.replace(ble.deadlines, connect=PAIR) if pair else ble.deadlines
        links: list[GattLink] = []

        def gone() -> None:
            for link in links:
                link.lose()

        async with connected(device, model, ble.client, gone, ble.gate, deadlines, pair=pair) as client:
            link = GattLink(client, model, ble.clock, deadlines)
            links.append(link)
            return await identify(link, ble.adapter, self._address)

    async def pair(self, asks: Asks) -> Identity:
        """Make a new bond with the technician's help; an old one is removed if there is one. Raises InstrumentError.

        What fails leaves no bond behind.
        """
        adapter = self._ble.adapter
        if await self.bonded():
            log.info("the old bond is removed")
            await adapter.forget(self._address)
        try:
            with adapter.pairing.permit(self._address, asks):
                identity = await self.introduce(pair=True)
            if not await self.bonded():
                raise faults.unpaired(self._model.kind, "no bond came of it")
        except InstrumentError as error:
            await self.undo()
            if error.code in ("BLE-01", "BLE-09"):
                raise faults.unpaired(self._model.kind, str(error)) from error
            raise
        except asyncio.CancelledError:
            await self.undo()
            raise
        return identity

    async def undo(self) -> None:
        """Leave no bond behind. Never raises."""
        try:
            if await self.bonded():
                await self._ble.adapter.forget(self._address)
        except InstrumentError as error:
            log.warning("a bond is left behind: %s", error)


@asynccontextmanager
async def reaching(ble: Ble, address: str, model: Model, appear: float) -> AsyncIterator[Reach]:
    """A technician's hand on the unit at ``address``."""
    reach = Reach(ble, address, model, appear)
    with ble.scan.everything(reach.hear):
        yield reach


def wants_bond(model: Model) -> bool:
    """Whether instruments of this model give their data to a bonded cart only."""
    return model.bond is not Bond.NONE
