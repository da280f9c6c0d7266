# SPDX-License-Identifier: Apache-2.0
"""What a technician may have done with the instruments, over all buses: one thing at a time, and never at a bedside."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Protocol
from uuid import UUID

from device.encounter import Bedside
from device.enrolment import Asks, Candidate, Diagnosis, Enrolling, Overheard, Step
from device.entry import CART, Body, InstrumentEnrolled, InstrumentRetired
from device.errors import ConfigurationError, InstrumentError, Refusal
from device.station.state import Notice, State
from device.station.writer import Writer

LONGEST_SEARCH = 60.0
LONGEST = 240.0
"""Seconds for an enrolment or a test with all its questions."""
LONGEST_RECORD = 3600.0
GLANCE = 0.5
"""Seconds between two looks whether a file was opened while frames are overheard."""
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
"""As the ids of the registry."""
_SPACE = "Une téléconsultation est ouverte sur ce chariot : attendez qu’elle soit terminée."


class Desk(Protocol):
    """What the workshop needs of the station."""

    writer: Writer

    @property
    def bedside(self) -> Bedside:
        """The open file and the tray."""
        ...

    @property
    def state(self) -> State:
        """The newest snapshot."""
        ...

    def forget_instrument(self, instrument: str) -> None:
        """It is no more of this cart."""
        ...


class Workshop:
    """Routes to the bus that has the instrument. Buses come and go with ``attach``."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._buses: dict[str, Enrolling] = {}
        self._found: dict[str, tuple[Candidate, str]] = {}
        self._busy = False

    def attach(self, name: str, bus: Enrolling) -> None:
        """A bus serves from now on, in the place of the former of that name."""
        self._buses[name] = bus

    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """The health of every enrolled instrument: at any moment."""
        return tuple(one for bus in self._buses.values() for one in bus.diagnoses())

    def warnings(self) -> tuple[Notice, ...]:
        """What the cart itself has to tell: at any moment."""
        return self._desk.state.warnings

    async def discover(self, seconds: float, asks: Asks) -> tuple[Candidate, ...]:
        """Units in reach, of every bus; a bus that cannot search is told as a step. Raises InstrumentError when none
        can, Refusal."""
        async with self._alone():
            searches = (self._search(name, min(max(seconds, 1.0), LONGEST_SEARCH)) for name in self._buses)
            results = await asyncio.gather(*searches)
        failures = [result for result in results if isinstance(result, InstrumentError)]
        for error in failures:
            asks.tell(Step("recherche", passed=False, line=error.line, code=error.code))
        if failures and len(failures) == len(results):
            raise failures[0]
        return tuple(one for result in results if not isinstance(result, InstrumentError) for one in result)

    async def enrol(self, address: str, model: str, name: str, asks: Asks, account: str) -> None:
        """Accept a discovered unit, and write that down. Raises InstrumentError, ConfigurationError, Refusal."""
        if address not in self._found:
            raise Refusal(73, "Cet instrument ne s’est pas montré : relancez la recherche.", "not discovered")
        if not _NAME.fullmatch(name):
            line = "Le nom s’écrit en minuscules sans accent, chiffres et traits d’union : tensiometre-2."
            raise ConfigurationError(30, line, f"{name[:40]!r} is no name for an instrument")
        candidate, bus = self._found[address]
        async with self._alone():
            await self._buses[bus].enrol(candidate, model, name, asks)
            self._note(name, lambda one: InstrumentEnrolled(one.state.id, one.model, one.state.serial, account))

    async def repair(self, instrument: str, asks: Asks) -> None:
        """Pair again. Raises InstrumentError, Refusal."""
        bus = self._bus_of(instrument)
        async with self._alone():
            await bus.repair(instrument, asks)

    async def check(self, instrument: str, asks: Asks) -> Sequence[Step]:
        """Reach it and check it. Raises InstrumentError, Refusal."""
        bus = self._bus_of(instrument)
        async with self._alone():
            return await bus.test(instrument, asks)

    async def retire(self, instrument: str, account: str) -> None:
        """Forget it, and write that down. Raises InstrumentError, ConfigurationError, Refusal."""
        bus = self._bus_of(instrument)
        before = self.diagnoses()
        async with self._alone():
            await bus.retire(instrument)
            self._desk.forget_instrument(instrument)
            self._note(
                instrument, lambda one: InstrumentRetired(one.state.id, one.model, one.state.serial, account), before
            )

    async def overhear(self, instrument: str, seconds: float, heard: Callable[[Overheard], None]) -> None:
        """Give every frame of an instrument to ``heard`` for some seconds. Raises Refusal, also as soon as a file is
        opened: what is a patient's is not recorded."""
        bus = self._bus_of(instrument)
        loop = asyncio.get_running_loop()
        async with self._alone():
            end = loop.time() + min(seconds, LONGEST_RECORD)
            with _listening(bus, lambda frame: heard(frame) if self._ours(frame, instrument) else None):
                while (rest := end - loop.time()) > 0:
                    await asyncio.sleep(min(rest, GLANCE))
                    self._check_nobody_is_treated()

    async def _search(self, name: str, seconds: float) -> Sequence[Candidate] | InstrumentError:
        try:
            found = await self._buses[name].discover(seconds)
        except InstrumentError as error:
            return error
        self._found.update({one.address: (one, name) for one in found})
        return found

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """One thing at a time, within its time, while no file is open."""
        self._check_nobody_is_treated()
        if self._busy:
            raise Refusal(71, "Un autre technicien travaille déjà sur ce chariot.", "another request is under way")
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    def _check_nobody_is_treated(self) -> None:
        if self._desk.bedside.encounter is not None:
            raise Refusal(70, _SPACE, "a file is open")

    def _ours(self, frame: Overheard, instrument: str) -> bool:
        return frame.instrument == instrument and self._desk.bedside.encounter is None

    def _bus_of(self, instrument: str) -> Enrolling:
        for bus in self._buses.values():
            if any(one.state.id == instrument for one in bus.diagnoses()):
                return bus
        raise Refusal(72, "Cet instrument n’est pas enregistré sur ce chariot.", f"no instrument {instrument[:40]!r}")

    def _note(
        self, instrument: str, said: Callable[[Diagnosis], Body], among: Sequence[Diagnosis] | None = None
    ) -> None:
        bodies = [said(one) for one in among or self.diagnoses() if one.state.id == instrument]

        def decided(_: Bedside) -> tuple[UUID, Sequence[Body]]:
            return CART, bodies

        self._desk.writer.put(decided)


@contextmanager
def _listening(bus: Enrolling, heard: Callable[[Overheard], None]) -> Iterator[None]:
    bus.overhear(heard)
    try:
        yield
    finally:
        bus.overhear(None)
