# SPDX-License-Identifier: Apache-2.0
"""What a technician does with instruments on serial lines: find ports, enrol, test, retire, look at their health."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from device.enrolment import Asks, BondHealth, Candidate, Diagnosis, Overheard, Step
from device.errors import InstrumentError
from device.instrument import InstrumentPhase
from device.registry import Bus, Instrument, Model
from device.serial import faults
from device.serial.bus import SerialBus
from device.serial.connection import Connection, Wiring
from device.serial.health import Health
from device.serial.ports import Plugged
from device.serial.session import Session
from device.serial.status import Status

NO_SERIAL = "sans numéro"
"""The serial number of a unit whose adapter has none."""
LOOK = 1.0


class Enrolment:
    """The serial bus as ``device.enrolment.Enrolling``. A cable needs no pairing."""

    def __init__(self, bus: SerialBus) -> None:
        self._bus = bus
        self._serials: dict[str, str] = {}

    async def discover(self, seconds: float) -> Sequence[Candidate]:
        """The ports that are plugged; while there is none to enrol, one is waited for."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            found = [self._candidate(one) for one in await asyncio.to_thread(self._bus.ports.plugged)]
            new = any(not one.enrolled for one in found)
            if new or asyncio.get_running_loop().time() >= end:
                return sorted(found, key=lambda one: (bool(one.enrolled), one.address))
            await asyncio.sleep(LOOK)

    async def enrol(self, candidate: Candidate, model: str, name: str, asks: Asks) -> None:
        """Open its port as the model wants it, wait for a frame of it, accept it. Raises InstrumentError or
        ConfigurationError, and then nothing has changed."""
        row = self._bus.registry.models.get(model)
        if row is None or row.bus is not Bus.SERIAL:
            raise faults.unfit(model)
        serial = self._serials.get(candidate.address) or NO_SERIAL
        unit = Instrument(name, row.id, candidate.address, serial, row.label)
        self._bus.registry.check((*self._bus.registry.instruments, unit))
        path = self._bus.ports.find(candidate.address)
        if path is None:
            raise faults.absent(row.kind, "no such port, or several")
        asks.tell(Step("port", passed=True, line=f"Branché : {candidate.name or path.name}. {_prompt(row)}"))
        await self._prove(unit, row, path)
        asks.tell(Step("trame", passed=True, line="Un message de ce modèle a été lu."))
        self._bus.registry.enrol(unit)
        self._bus.settle()

    async def repair(self, instrument: str, asks: Asks) -> None:  # noqa: ARG002 - nothing to ask about
        """There is nothing to pair. Raises InstrumentError."""
        raise faults.unpaired(self._session(instrument).wiring.model.kind)

    async def test(self, instrument: str, asks: Asks) -> Sequence[Step]:
        """Its port, its link, a frame. Raises InstrumentError if it is unknown."""
        session = self._session(instrument)
        steps = [self._port_step(session)]
        asks.tell(steps[0])
        if steps[0].passed:
            asks.tell(Step("invite", passed=True, line=_prompt(session.wiring.model)))
            steps.append(await self._frame_step(session))
            asks.tell(steps[1])
        return steps

    async def retire(self, instrument: str) -> None:
        """Forget it; its port is closed. Raises InstrumentError or ConfigurationError."""
        session = self._session(instrument)
        self._bus.registry.retire(instrument)
        self._bus.settle()
        await self._bus.stop(session)

    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """The health of every enrolled instrument of this bus."""
        return tuple(
            Diagnosis(
                state=session.status.state,
                model=session.wiring.model.id,
                address=session.wiring.instrument.address,
                bond=BondHealth.NOT_NEEDED,
                last_arrival=session.wiring.health.last_arrival,
                counters=dict(session.wiring.health.counters),
            )
            for session in self._bus.sessions.values()
        )

    def overhear(self, heard: Callable[[Overheard], None] | None) -> None:
        """Have ``heard`` called with every frame as it comes, a scanner's apart; None: no more."""
        self._bus.overhear(heard)

    def _session(self, instrument: str) -> Session:
        session = self._bus.sessions.get(instrument)
        if session is None:
            raise faults.unknown(instrument)
        return session

    def _candidate(self, port: Plugged) -> Candidate:
        rows = [row for row in self._bus.registry.models.values() if row.bus is Bus.SERIAL]
        known = [row.id for row in rows if port.usb and port.usb in row.usb]
        open_to_all = [row.id for row in rows if not row.usb]
        self._serials[port.address] = port.serial
        return Candidate(port.address, port.name, (*known, *open_to_all), enrolled=self._owner(port))

    def _owner(self, port: Plugged) -> str:
        """The instrument that is enrolled at this port, by whatever name."""
        here = self._bus.ports.find(port.address)
        for name, session in self._bus.sessions.items():
            address = session.wiring.instrument.address
            if address == port.address or (here is not None and self._bus.ports.find(address) == here):
                return name
        return ""

    async def _prove(self, unit: Instrument, model: Model, path: Path) -> None:
        """Wait for a frame that this model would send."""
        bus = self._bus
        wiring = Wiring(
            instrument=unit,
            model=model,
            driver=bus.framed(model),
            clock=bus.clock,
            deadlines=bus.deadlines,
            on_arrival=lambda _: None,
            on_scan=lambda _: None,
            overheard=lambda _: None,
            health=Health(),
        )
        connection = Connection(wiring, Status(unit, model, bus.clock, lambda _: None), 0)
        serving = asyncio.create_task(connection.serve(path))
        waiting = asyncio.create_task(wiring.health.frame(bus.deadlines.proof))
        try:
            await asyncio.wait((serving, waiting), return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
            if not waiting.result():
                raise faults.mute(model.kind)
        finally:
            serving.cancel()
            waiting.cancel()
            await asyncio.wait((serving, waiting))

    def _port_step(self, session: Session) -> Step:
        state = session.status.state
        if self._bus.ports.find(session.wiring.instrument.address) is None:
            error: InstrumentError = faults.absent(state.kind)
            return Step("port", passed=False, line=error.line, code=error.code)
        if state.phase is InstrumentPhase.FAULT:
            return Step("port", passed=False, line=state.line, code=state.code)
        return Step("port", passed=True, line="Branché, ouvert par le chariot.")

    async def _frame_step(self, session: Session) -> Step:
        if await session.wiring.health.frame(self._bus.deadlines.proof):
            return Step("trame", passed=True, line="Un message a été lu.")
        error = faults.mute(session.wiring.model.kind)
        return Step("trame", passed=False, line=error.line, code=error.code)


def _prompt(model: Model) -> str:
    """What to do so that it speaks."""
    return f"{faults.off(model.kind)} Faites une mesure." if model.metrics else "Lisez un code."
