# SPDX-License-Identifier: Apache-2.0
"""One enrolled instrument, for as long as the bus runs: wait until it shows itself, serve it, leave it in peace."""

import asyncio
import logging
from collections.abc import Iterator

from bleak.backends.device import BLEDevice

from device.ble.connection import Connection, Wiring
from device.ble.scan import Sighting
from device.ble.status import Status
from device.ble.timing import backoff, respite
from device.errors import InstrumentError

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
        connection = Connection(self._wiring, self._status, next(self._numbers))
        self._status.connecting()
        try:
            await connection.serve(device)
        except InstrumentError as error:
            return self._failed(error)
        self._failures = 0
        self._fruitless = 0 if connection.arrivals else self._fruitless + 1
        if connection.interrupted:
            return 0.0
        return respite(self._wiring.model.rest, self._fruitless, self._wiring.deadlines)

    def _failed(self, error: InstrumentError) -> float:
        self._failures += 1
        log.warning("%s: %s, failure %d: %s", self._wiring.instrument.id, error.code, self._failures, error)
        if self._failures < PATIENCE and error.retry:
            self._status.rest()
        else:
            self._status.fault(error)
        return backoff(self._failures, self._wiring.deadlines) if error.retry else self._wiring.deadlines.ceiling
