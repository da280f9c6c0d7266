# SPDX-License-Identifier: Apache-2.0
"""The serial bus: every instrument enrolled on a serial line served by its own task, those enrolled later too."""

import asyncio
import itertools
from collections.abc import Callable

from device.clock import Clock
from device.driver import Framed
from device.enrolment import Overheard
from device.errors import ConfigurationError
from device.instrument import InstrumentState
from device.measurement import Arrival
from device.registry import Bus, Instrument, Model, Registry
from device.registry.rows import LINE
from device.scan import Scan
from device.serial.connection import Wiring
from device.serial.ports import Ports, SystemPorts
from device.serial.session import Session
from device.serial.status import Status
from device.serial.timing import Deadlines


class SerialBus:
    """Serves the serial instruments of ``registry``, now and as it changes.

    ``on_arrival``, ``on_change`` and ``on_scan`` are called in the loop, in order. Each instrument's state is published
    once when it begins to be served, then at each change.
    """

    def __init__(  # noqa: PLR0913 - the seams of a bus, each injected
        self,
        registry: Registry,
        clock: Clock,
        on_arrival: Callable[[Arrival], None],
        on_change: Callable[[InstrumentState], None],
        on_scan: Callable[[Scan], None],
        *,
        ports: Ports = SystemPorts(),  # noqa: B008 - it holds nothing
        deadlines: Deadlines = Deadlines(),  # noqa: B008 - immutable
    ) -> None:
        """Raises ConfigurationError for a driver that cannot be loaded."""
        self.registry = registry
        self.clock = clock
        self.ports = ports
        self.deadlines = deadlines
        self._on_arrival = on_arrival
        self._on_change = on_change
        self._on_scan = on_scan
        self._heard: Callable[[Overheard], None] | None = None
        self._numbers = itertools.count(1)
        self._changed = asyncio.Event()
        self._tasks: dict[Session, asyncio.Task[None]] = {}
        self.sessions: dict[str, Session] = {}
        self.settle()

    async def run(self) -> None:
        """Serve until cancelled; then every port is closed and no task is left."""
        unwatch = self.registry.watch(self._changed.set)
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._changed.clear()
                    await self._follow(group)
                    await self._changed.wait()
        finally:
            unwatch()
            self._tasks.clear()

    def overhear(self, heard: Callable[[Overheard], None] | None) -> None:
        """Have ``heard`` called with every frame as it comes; None: no more."""
        self._heard = heard

    def framed(self, model: Model) -> Framed:
        """The driver of a serial model. Raises ConfigurationError."""
        driver = self.registry.driver(model)
        if not isinstance(driver, Framed):
            raise ConfigurationError(4, LINE, f"driver {model.driver!r} of model {model.id} has no split()")
        return driver

    async def _follow(self, group: asyncio.TaskGroup) -> None:
        """Stop those that were retired, start those that came."""
        self.settle()
        for session in set(self._tasks) - set(self.sessions.values()):
            await self.stop(session)
        for name, session in self.sessions.items():
            if session not in self._tasks:
                self._tasks[session] = group.create_task(session.run(), name=name)

    async def stop(self, session: Session) -> None:
        """Serve it no more: its port is closed when this returns."""
        task = self._tasks.pop(session, None)
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))

    def settle(self) -> None:
        """A session for each enrolled unit; an id that now names another unit is another session."""
        units = {unit.id: unit for unit in self.registry.instruments if self._is_ours(unit)}
        for name in [name for name, one in self.sessions.items() if units.get(name) != one.wiring.instrument]:
            del self.sessions[name]
        for name, unit in units.items():
            if name not in self.sessions:
                self.sessions[name] = self._session(unit)

    def _is_ours(self, unit: Instrument) -> bool:
        return self.registry.model_of(unit).bus is Bus.SERIAL

    def _session(self, unit: Instrument) -> Session:
        model = self.registry.model_of(unit)
        wiring = Wiring(
            instrument=unit,
            model=model,
            driver=self.framed(model),
            clock=self.clock,
            deadlines=self.deadlines,
            on_arrival=self._on_arrival,
            on_scan=self._on_scan,
            overheard=self._overheard,
        )
        return Session(wiring, Status(unit, model, self.clock, self._on_change), self.ports, self._numbers)

    def _overheard(self, frame: Overheard) -> None:
        if self._heard is not None:
            self._heard(frame)
