# SPDX-License-Identifier: Apache-2.0
"""One enrolled instrument, for as long as the bus runs: wait until it shows itself, serve it, leave it in peace."""

import asyncio
import logging
from collections.abc import Iterator

from bleak.backends.device import BLEDevice

from device.ble import faults
from device.ble.adapter import on_record
from device.ble.connection import Connection, Wiring
from device.ble.scan import Sighting
from device.ble.status import Status
from device.ble.timing import backoff, respite
from device.errors import InstrumentError
from device.instrument import InstrumentPhase, InstrumentState

log = logging.getLogger(__name__)

PATIENCE = 2
"""Failures in a row from which the operator is told."""


class Session:
    """The life of one instrument on this cart. ``numbers`` gives each connection its number."""

    def __init__(self, wiring: Wiring, status: Status, sighting: Sighting, numbers: Iterator[int]) -> None:
        self._wiring = wiring
        self._status = status
        self._sighting = sighting
        self._numbers = numbers
        self._failures = 0
        self._fruitless = 0
        self._connection: Connection | None = None

    @property
    def state(self) -> InstrumentState:
        """What is last said of it."""
        return self._status.state

    @property
    def linked(self) -> bool:
        """Whether it is connected and subscribed to."""
        return self._status.state.phase is InstrumentPhase.CONNECTED

    @property
    def busy(self) -> bool:
        """Whether a connection stands or is being made."""
        return self._connection is not None

    def cut(self) -> None:
        """The stack died: the link ends now."""
        if self._connection is not None:
            self._connection.cut()

    async def run(self) -> None:
        """Serve the instrument whenever it shows itself, until cancelled."""
        self._status.announce()
        while True:
            device = await self._appear()
            await asyncio.sleep(await self._serve(device))
            self._sighting.forget()

    async def _appear(self) -> BLEDevice:
        """The instrument, once it advertises; what was said of it is forgotten when it does not for long."""
        try:
            async with asyncio.timeout(self._wiring.deadlines.worry):
                return await self._sighting.wait()
        except TimeoutError:
            self._status.rest()
        return await self._sighting.wait()

    async def _serve(self, device: BLEDevice) -> float:
        """One connection; seconds to leave the instrument alone after it."""
        connection = self._connection = Connection(self._wiring, self._status, next(self._numbers))
        self._wiring.tally.rssi = self._sighting.rssi
        self._wiring.adapter.pairing.meet(self._wiring.instrument.address)
        self._status.connecting()
        try:
            await connection.serve(device)
        except InstrumentError as error:
            return await self._failed(self._explained(error), interrupted=connection.interrupted)
        finally:
            self._connection = None
        self._failures = 0
        self._fruitless = 0 if connection.arrivals else self._fruitless + 1
        if connection.interrupted:
            return 0.0
        return respite(self._wiring.model.rest, self._fruitless, self._wiring.deadlines)

    def _explained(self, error: InstrumentError) -> InstrumentError:
        """What failed for want of a bond says so: BlueZ lets such a call time out, or the connection fail."""
        if self._wiring.adapter.pairing.is_estranged(self._wiring.instrument.address):
            return faults.unbonded(self._wiring.model.kind, f"estranged; {error}")
        return error

    async def _failed(self, error: InstrumentError, *, interrupted: bool) -> float:
        self._failures += 1
        wiring = self._wiring
        wiring.tally.failed(error)
        log.warning("%s: %s, failure %d: %s", wiring.instrument.id, error.code, self._failures, error)
        if self._failures < PATIENCE and error.retry and not interrupted:
            self._status.rest()
        else:
            self._status.fault(error)
        if error.code in faults.DECEIVED and self._failures >= PATIENCE:
            await self._distrust()
        return backoff(self._failures, wiring.deadlines) if error.retry else wiring.deadlines.ceiling

    async def _distrust(self) -> None:
        """What the stack remembers of its services may be a lie: drop it, unless a bond hangs on it."""
        address = self._wiring.instrument.address
        try:
            known = await on_record(self._wiring.adapter, address)
            if known is not None and not known.bonded:
                log.info("%s: its record is dropped", self._wiring.instrument.id)
                await self._wiring.adapter.forget(address)
        except InstrumentError as error:
            log.warning("%s: its record is kept: %s", self._wiring.instrument.id, error)
