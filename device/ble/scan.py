# SPDX-License-Identifier: Apache-2.0
"""The one owner of scanning: it never stops, and has the stack mended when it fails or falls silent.

What is listened for are the services of the enrolled instruments, so silence is their usual state. After ``silence``
seconds of it the scan hears everything for as long, and goes back as soon as anybody is heard. Nobody at all, in a room
where strangers have been heard before, is a fault of the adapter (90 s in all); a cuff asleep is none.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, auto

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from device.ble.link import TRANSPORT, within
from device.ble.recovery import Recovery
from device.ble.timing import Deadlines

log = logging.getLogger(__name__)

ScannerFactory = Callable[..., BleakScanner]
Heard = Callable[[BLEDevice, AdvertisementData], None]


class Sighting:
    """The newest advertisement of one instrument; ``rssi`` in dBm."""

    def __init__(self) -> None:
        self.rssi: int | None = None
        self._device: BLEDevice | None = None
        self._seen = asyncio.Event()

    def saw(self, device: BLEDevice, rssi: int | None = None) -> None:
        """It advertises."""
        self._device = device
        self.rssi = rssi
        self._seen.set()

    def forget(self) -> None:
        """Only an advertisement from now on counts."""
        self._seen.clear()

    async def wait(self) -> BLEDevice:
        """The instrument, once it advertises."""
        while self._device is None or not self._seen.is_set():
            await self._seen.wait()
        return self._device


class _End(Enum):
    CHANGED = auto()
    HEARD = auto()
    SILENT = auto()


class Scan:
    """Hands each advertisement of an enrolled address to its sighting; every other one is nobody's."""

    def __init__(
        self,
        sightings: Mapping[str, Sighting],
        make: ScannerFactory,
        recovery: Recovery,
        deadlines: Deadlines,
    ) -> None:
        """``sightings`` by address in upper case."""
        self._sightings = sightings
        self._services: frozenset[str] = frozenset()
        self._wide = False
        self._make = make
        self._recovery = recovery
        self._deadlines = deadlines
        self._listeners: list[Heard] = []
        self._stirred = asyncio.Event()
        self._broken = ""
        self._changed = False
        self._probing = False
        self._heard = False
        self._strangers = False

    async def run(self) -> None:
        """Scan until cancelled, as long as there is anybody to listen for."""
        while True:
            if not self._services and not self._listeners:
                self._stirred.clear()
                await self._stirred.wait()
                continue
            try:
                end = await self._listen()
            except TRANSPORT as error:
                self._probing = False
                await self._recovery.mend(f"{type(error).__name__}: {error}")
                continue
            if end is _End.SILENT and self._probing and self._strangers:
                self._strangers = await self._recovery.mend("nobody is heard any more", silent=True)
            self._probing = end is _End.SILENT and (self._strangers or not self._probing)

    def listen_for(self, services: Iterable[str], *, wide: bool = False) -> None:
        """The UUIDs that the enrolled instruments advertise (none: nobody is listened for). ``wide``: one of them may
        advertise none, and everything is heard."""
        wanted = frozenset(services)
        if (wanted, wide) != (self._services, self._wide):
            self._services, self._wide = wanted, wide
            self._renew()

    def fail(self, detail: str) -> None:
        """The stack is known to have failed: do not wait for silence to tell."""
        self._broken = detail
        self._stirred.set()

    @contextmanager
    def everything(self, heard: Heard) -> Iterator[None]:
        """Within the context, hear every unit in reach, enrolled or not."""
        self._listeners.append(heard)
        self._renew()
        try:
            yield
        finally:
            self._listeners.remove(heard)
            self._renew()

    async def _listen(self) -> _End:
        """One scan, until there is a reason to begin another one. Raises one of TRANSPORT."""
        self._changed, self._heard, self._broken = False, False, ""
        wide = self._probing or self._wide or bool(self._listeners)
        scanner = self._make(self._hear, None if wide else sorted(self._services))
        try:
            await within(self._deadlines.scan, scanner.start())
            if not self._probing:
                self._recovery.well()
            return await self._until_silent()
        finally:
            await self._stop(scanner)

    async def _until_silent(self) -> _End:
        patience = self._deadlines.probe if self._recovery.steps else self._deadlines.silence
        while True:
            if self._broken:
                raise BleakError(self._broken)
            if self._changed:
                return _End.CHANGED
            if self._heard and self._probing:
                self._recovery.well()
                return _End.HEARD
            self._heard = False
            self._stirred.clear()
            try:
                async with asyncio.timeout(patience):
                    await self._stirred.wait()
            except TimeoutError:
                return _End.SILENT

    async def _stop(self, scanner: BleakScanner) -> None:
        try:
            await within(self._deadlines.scan, scanner.stop())
        except TRANSPORT as error:
            log.info("scan not stopped: %s", type(error).__name__)

    def _renew(self) -> None:
        self._changed = True
        self._stirred.set()

    def _hear(self, device: BLEDevice, data: AdvertisementData) -> None:
        self._heard = True
        self._stirred.set()
        for heard in tuple(self._listeners):
            heard(device, data)
        sighting = self._sightings.get(device.address.upper())
        if sighting is not None:
            sighting.saw(device, data.rssi)
        else:
            self._strangers = True
