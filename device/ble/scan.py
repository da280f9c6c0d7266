# SPDX-License-Identifier: Apache-2.0
"""The one owner of scanning: it never stops, and starts again by itself when the adapter fails or falls silent."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from device.ble import faults
from device.ble.link import TRANSPORT, within
from device.ble.timing import Deadlines, backoff
from device.errors import InstrumentError

log = logging.getLogger(__name__)

ScannerFactory = Callable[..., BleakScanner]


class Sighting:
    """The newest advertisement of one instrument."""

    def __init__(self) -> None:
        self._device: BLEDevice | None = None
        self._seen = asyncio.Event()

    def saw(self, device: BLEDevice) -> None:
        """It advertises."""
        self._device = device
        self._seen.set()

    def forget(self) -> None:
        """Only an advertisement from now on counts."""
        self._seen.clear()

    async def wait(self) -> BLEDevice:
        """The instrument, once it advertises."""
        while self._device is None or not self._seen.is_set():
            await self._seen.wait()
        return self._device


class Scan:
    """Hands each advertisement of an enrolled address to its sighting; every other one is nobody's.

    ``on_adapter`` is told an InstrumentError when the adapter fails and None when it works again.
    """

    def __init__(
        self,
        sightings: Mapping[str, Sighting],
        services: Iterable[str],
        make: ScannerFactory,
        on_adapter: Callable[[InstrumentError | None], None],
        deadlines: Deadlines,
    ) -> None:
        """``sightings`` by address in upper case; ``services`` are the UUIDs to listen for (none: everything)."""
        self._sightings = sightings
        self._services = sorted(set(services))
        self._make = make
        self._on_adapter = on_adapter
        self._deadlines = deadlines
        self._heard = asyncio.Event()
        self._failures = 0

    async def run(self) -> None:
        """Scan until cancelled."""
        while True:
            try:
                await self._listen()
            except TRANSPORT as error:
                self._failures += 1
                log.warning("scan: %s, failure %d", type(error).__name__, self._failures)
                self._on_adapter(faults.deaf(f"{type(error).__name__}: {error}"))
                await asyncio.sleep(backoff(self._failures, self._deadlines))

    async def _listen(self) -> None:
        """One scan, until it has been silent for too long."""
        scanner = self._make(self._hear, self._services or None)
        try:
            await within(self._deadlines.scan, scanner.start())
            if self._failures:
                self._failures = 0
                self._on_adapter(None)
            await self._until_silent()
        finally:
            await self._stop(scanner)

    async def _until_silent(self) -> None:
        while True:
            self._heard.clear()
            try:
                async with asyncio.timeout(self._deadlines.silence):
                    await self._heard.wait()
            except TimeoutError:
                return

    async def _stop(self, scanner: BleakScanner) -> None:
        try:
            await within(self._deadlines.scan, scanner.stop())
        except TRANSPORT as error:
            log.info("scan not stopped: %s", type(error).__name__)

    def _hear(self, device: BLEDevice, _data: AdvertisementData) -> None:
        self._heard.set()
        sighting = self._sightings.get(device.address.upper())
        if sighting is not None:
            sighting.saw(device)
