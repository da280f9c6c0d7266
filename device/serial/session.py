# SPDX-License-Identifier: Apache-2.0
"""One enrolled instrument, for as long as the bus runs: wait for its port, serve it, come back to it."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path

from device.errors import SerialError
from device.serial.connection import Connection, Wiring
from device.serial.faults import absent
from device.serial.ports import Ports
from device.serial.status import Status
from device.serial.timing import backoff

log = logging.getLogger(__name__)

PATIENCE = 2
"""Failures in a row from which the operator is told."""
LONG = 60.0
"""Seconds after which an opening counts as a good one, however it ended."""
GONE = absent("").code


class Session:
    """The life of one instrument on this cart. ``numbers`` gives each opening its number."""

    def __init__(self, wiring: Wiring, status: Status, ports: Ports, numbers: Iterator[int]) -> None:
        self.wiring = wiring
        self.status = status
        self._ports = ports
        self._numbers = numbers
        self._failures = 0

    async def run(self) -> None:
        """Serve the instrument whenever its port is there, until cancelled."""
        self.status.announce()
        while True:
            path = await self._appear()
            pause = await self._serve(path)
            await asyncio.sleep(pause)

    async def _appear(self) -> Path:
        """Its port, once it is there."""
        while (path := self._ports.find(self.wiring.instrument.address)) is None:
            self._failures = 0
            self.status.absent()
            await asyncio.sleep(self.wiring.deadlines.look)
        return path

    async def _serve(self, path: Path) -> float:
        """One opening; seconds until the next may be tried."""
        connection = Connection(self.wiring, self.status, next(self._numbers))
        begun = asyncio.get_running_loop().time()
        try:
            await connection.serve(path)
        except SerialError as error:
            lasted = asyncio.get_running_loop().time() - begun
            return self._ended(error, sound=connection.heard and (error.code == GONE or lasted > LONG))
        return 0.0

    def _ended(self, error: SerialError, *, sound: bool) -> float:
        """``sound``: it worked, and was then unplugged or had worked for long. A flood may well be readable."""
        wiring = self.wiring
        self._failures = 1 if sound else self._failures + 1
        wiring.health.counters[error.code] += 1
        log.warning("%s: %s, failure %d: %s", wiring.instrument.id, error.code, self._failures, error)
        if error.code == GONE or self._failures >= PATIENCE:
            self.status.fault(error) if error.code != GONE else self.status.absent()
        return backoff(self._failures, wiring.deadlines)
