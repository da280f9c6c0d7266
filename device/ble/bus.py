# SPDX-License-Identifier: Apache-2.0
"""The Bluetooth bus: every enrolled instrument served by its own task, one scan for all of them.

It follows the registry: an instrument that is enrolled is served from then on, one that is retired no more.
"""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bleak import BleakClient, BleakScanner

from device.ble.adapter import Adapter, Health, Known, Unmanaged
from device.ble.connection import Connection, Stage, Wiring
from device.ble.link import ClientFactory
from device.ble.memory import Memory
from device.ble.records import Tidying, chores
from device.ble.recovery import Recovery
from device.ble.scan import Scan, ScannerFactory, Sighting
from device.ble.session import Session
from device.ble.status import Status
from device.ble.tally import Tally
from device.ble.timing import Deadlines
from device.clock import Clock
from device.enrolment import Overheard
from device.errors import InstrumentError
from device.instrument import InstrumentState
from device.measurement import Arrival
from device.registry import Bus, Instrument, Registry

log = logging.getLogger(__name__)


def ignore(_error: InstrumentError | None) -> None:
    """Nobody wants to know of the adapter."""


class Served:
    """One instrument under service: its session, the task that runs it, and what outlives both."""

    def __init__(self, unit: Instrument, session: Session, task: asyncio.Task[None]) -> None:
        self.unit = unit
        self.session = session
        self.task = task


class Lasting:
    """What the bus knows of an instrument for as long as the process runs, enrolled again or not."""

    def __init__(self) -> None:
        self.memory = Memory()
        self.tally = Tally()


class Ble:
    """Serves the instruments enrolled in ``registry``, as it changes.

    ``on_arrival``, ``on_change`` and ``on_adapter`` are called in the loop, in order. Each instrument's state is
    published once at the start, then at each change. ``on_adapter`` is told an InstrumentError when the adapter fails
    and None when it works again. ``client`` and ``scanner`` stand for bleak's, ``adapter`` for the stack under them.
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
        adapter: Adapter | None = None,
        deadlines: Deadlines = Deadlines(),  # noqa: B008 - immutable
        on_adapter: Callable[[InstrumentError | None], None] = ignore,
    ) -> None:
        """Raises ConfigurationError for a driver that cannot be loaded."""
        self.adapter: Adapter = adapter or Unmanaged()
        self.clock = clock
        self.client = client
        self.deadlines = deadlines
        self.gate = asyncio.Lock()
        self.registry = registry
        self.overheard: Callable[[Overheard], None] | None = None
        self.known: dict[str, Known] = {}
        self.records_read = False
        self._on_arrival = on_arrival
        self._on_change = on_change
        self._numbers = itertools.count(1)
        self._sightings: dict[str, Sighting] = {}
        self._served: dict[str, Served] = {}
        self._lasting: dict[str, Lasting] = {}
        self._held: set[str] = set()
        self._changed = asyncio.Event()
        self._heard = asyncio.Event()
        self._ready = False
        self._untidy = True
        self._recovery = Recovery(self.adapter, self._linked, on_adapter, deadlines)
        self.scan = Scan(self._sightings, scanner, self._recovery, deadlines)
        for unit in self.units():
            registry.driver(registry.model_of(unit))

    def units(self) -> tuple[Instrument, ...]:
        """The enrolled instruments of this bus."""
        registry = self.registry
        return tuple(unit for unit in registry.instruments if registry.model_of(unit).bus is Bus.BLE)

    def session(self, instrument: str) -> Session | None:
        """The session of an instrument, if it is served."""
        served = self._served.get(instrument)
        return None if served is None else served.session

    def connection(self, unit: Instrument, status: Status, reached: Callable[[Stage], None]) -> Connection:
        """A connection of a held instrument, as its session would make it."""
        return Connection(self._wiring(unit), status, next(self._numbers), reached)

    def rssi(self, unit: Instrument) -> int | None:
        """How an instrument was last heard, in dBm."""
        sighting = self._sightings.get(unit.address)
        return None if sighting is None else sighting.rssi

    def drop(self, instrument: str) -> None:
        """A retired instrument's counts and memory go, too."""
        self._lasting.pop(instrument, None)

    def lasting(self, instrument: str) -> Lasting:
        """What is known of an instrument for as long as the process runs."""
        return self._lasting.setdefault(instrument, Lasting())

    async def run(self) -> None:
        """Serve until cancelled; then every link is closed within its deadline and no task is left."""
        unwatch = self.registry.watch(self._changed.set)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.adapter.run(self._told))
                await self._await_stack()
                await self._tidy()
                group.create_task(self.scan.run())
                await self._follow(group)
        finally:
            self._served.clear()
            unwatch()

    @asynccontextmanager
    async def held(self, instrument: str) -> AsyncIterator[None]:
        """Within the context the instrument is a technician's: its session has ended and none begins."""
        served = self._served.get(instrument)
        self._held.add(instrument)
        self._changed.set()
        try:
            if served is not None:
                await asyncio.wait((served.task,))
            yield
        finally:
            self._held.discard(instrument)
            self._changed.set()

    async def read_records(self) -> None:
        """See which bonds there are. Raises InstrumentError."""
        self.known = {one.address: one for one in await self.adapter.known()}
        self.records_read = not isinstance(self.adapter, Unmanaged)

    async def _await_stack(self) -> None:
        try:
            async with asyncio.timeout(self.deadlines.repair):
                await self._heard.wait()
        except TimeoutError:
            log.warning("the Bluetooth stack says nothing")

    async def _tidy(self) -> None:
        """Clear what the stack remembers of links that are nobody's, once after each of its starts. Never raises."""
        if not (self._untidy and self._ready):
            return
        linked = {one.unit.address for one in self._served.values() if one.session.busy}
        try:
            await self.read_records()
            for address, tidying in chores(self.known.values(), {unit.address for unit in self.units()}, linked):
                log.info("a stale link: %s", tidying)
                forget = tidying is Tidying.FORGET
                await (self.adapter.forget(address) if forget else self.adapter.hang_up(address))
            self._untidy = False
        except InstrumentError as error:
            log.warning("stale records are not cleared: %s", error)

    async def _follow(self, group: asyncio.TaskGroup) -> None:
        """Serve whoever is enrolled and not held, as both change."""
        while True:
            self._changed.clear()
            await self._tidy()
            wanted = {unit.id: unit for unit in self.units() if unit.id not in self._held}
            for name, served in tuple(self._served.items()):
                if wanted.get(name) != served.unit:
                    await self._leave(name)
            for name, unit in wanted.items():
                if name not in self._served:
                    self._serve(unit, group)
            models = [self.registry.model_of(unit) for unit in self.units()]
            services = [uuid for model in models for uuid in model.services]
            self.scan.listen_for(services, wide=any(model.unannounced for model in models))
            await self._changed.wait()

    def _serve(self, unit: Instrument, group: asyncio.TaskGroup) -> None:
        session = self._session(unit)
        self._served[unit.id] = Served(unit, session, group.create_task(session.run()))

    async def _leave(self, instrument: str) -> None:
        served = self._served.pop(instrument)
        served.task.cancel()
        await asyncio.wait((served.task,))
        self._sightings.pop(served.unit.address, None)

    def _told(self, health: Health) -> None:
        """How the stack is, as it changes."""
        self._recovery.told(health)
        self._ready = health is Health.READY
        self._heard.set()
        if self._ready:
            self._changed.set()
            return
        self._untidy = True
        self.scan.fail(f"the stack is {health}")
        for served in self._served.values():
            served.session.cut()

    def _linked(self) -> bool:
        return any(served.session.linked for served in self._served.values())

    def _overhear(self, frame: Overheard) -> None:
        if self.overheard is not None:
            self.overheard(frame)

    def _session(self, unit: Instrument) -> Session:
        sighting = self._sightings[unit.address] = Sighting()
        status = Status(unit, self.registry.model_of(unit), self.clock, self._on_change)
        return Session(self._wiring(unit), status, sighting, self._numbers)

    def _wiring(self, unit: Instrument) -> Wiring:
        model = self.registry.model_of(unit)
        lasting = self.lasting(unit.id)
        return Wiring(
            instrument=unit,
            model=model,
            driver=self.registry.driver(model),
            clock=self.clock,
            deadlines=self.deadlines,
            client=self.client,
            gate=self.gate,
            on_arrival=self._on_arrival,
            memory=lasting.memory,
            tally=lasting.tally,
            adapter=self.adapter,
            overhear=self._overhear,
        )
