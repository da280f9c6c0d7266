# SPDX-License-Identifier: Apache-2.0
"""The Bluetooth bus: every enrolled instrument served by its own task, one scan for all of them."""

import asyncio
import itertools
from collections.abc import Callable

from bleak import BleakClient, BleakScanner

from device.ble.connection import Wiring
from device.ble.link import ClientFactory
from device.ble.scan import Scan, ScannerFactory, Sighting
from device.ble.session import Session
from device.ble.status import Status
from device.ble.timing import Deadlines
from device.clock import Clock
from device.errors import InstrumentError
from device.instrument import InstrumentState
from device.measurement import Arrival
from device.registry import Bus, Instrument, Registry


def ignore(_error: InstrumentError | None) -> None:
    """Nobody wants to know of the adapter."""


class Ble:
    """Serves the instruments enrolled in ``registry`` when it was made.

    ``on_arrival``, ``on_change`` and ``on_adapter`` are called in the loop, in order. Each instrument's state is
    published once at the start, then at each change. ``on_adapter`` is told an InstrumentError when the adapter fails
    and None when it works again. ``client`` and ``scanner`` stand for bleak's.
    """

    def __init__(  # noqa: PLR0913 - the seams of a bus, each injected
        self,
        registry: Registry,
        clock: Clock,
        on_arrival: Callable[[Arrival], None],
        on_change: Callable[[InstrumentState], None],
        *,
        client: ClientFactory = BleakClient,
        scanner: ScannerFactory = BleakScanner,
        deadlines: Deadlines = Deadlines(),  # noqa: B008 - immutable
        on_adapter: Callable[[InstrumentError | None], None] = ignore,
    ) -> None:
        """Raises ConfigurationError for a driver that cannot be loaded."""
        self._clock = clock
        self._on_arrival = on_arrival
        self._on_change = on_change
        self._client = client
        self._deadlines = deadlines
        self._gate = asyncio.Lock()
        self._numbers = itertools.count(1)
        self._sightings: dict[str, Sighting] = {}
        units = [unit for unit in registry.instruments if registry.model_of(unit).bus is Bus.BLE]
        self._sessions = [self._session(registry, unit) for unit in units]
        services = [uuid for unit in units for uuid in registry.model_of(unit).services]
        self._scan = Scan(self._sightings, services, scanner, on_adapter, deadlines)

    async def run(self) -> None:
        """Serve until cancelled; then every link is closed within its deadline and no task is left."""
        async with asyncio.TaskGroup() as group:
            for session in self._sessions:
                group.create_task(session.run())
            if self._sessions:
                group.create_task(self._scan.run())
            else:
                group.create_task(asyncio.Event().wait())

    def _session(self, registry: Registry, unit: Instrument) -> Session:
        model = registry.model_of(unit)
        wiring = Wiring(
            instrument=unit,
            model=model,
            driver=registry.driver(model),
            clock=self._clock,
            deadlines=self._deadlines,
            client=self._client,
            gate=self._gate,
            on_arrival=self._on_arrival,
        )
        sighting = self._sightings[unit.address] = Sighting()
        return Session(wiring, Status(unit, model, self._clock, self._on_change), sighting, self._numbers)
