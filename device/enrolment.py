# SPDX-License-Identifier: Apache-2.0
"""What a technician does with an instrument: find it, enrol it, test it, read its health, retire it.

Words of the buses, the station and the command line. Pairing exists here only: outside an enrolment no instrument is
ever paired, whatever it asks.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from device.clock import Instant
from device.codes import Worded
from device.instrument import InstrumentState


class Candidate(msgspec.Struct, frozen=True):
    """A unit that shows itself and could be enrolled: ``models`` are the ids of the rows that it may be, the likeliest
    first. ``address`` is a Bluetooth address, or a serial port's stable path. ``rssi`` in dBm, None on a wire."""

    address: str
    name: str
    models: tuple[str, ...]
    rssi: int | None = None
    enrolled: str = ""


class BondHealth(Worded):
    """Whether cart and instrument recognise each other; ``line`` says what to do, "" when there is nothing to do."""

    NOT_NEEDED = "not-needed", ""
    BONDED = "bonded", ""
    MISSING = "missing", "jamais appairé avec ce chariot : appairez-le"
    LOST = "lost", "l’instrument et le chariot ne se reconnaissent plus : appairez-le de nouveau"
    UNKNOWN = "unknown", ""


class Diagnosis(msgspec.Struct, frozen=True):
    """An enrolled instrument's health. ``clock_offset`` in seconds, its clock minus ours as last found; ``clock_set``:
    our time was written and read back; ``counters``: connections, arrivals, frames, and errors by their code."""

    state: InstrumentState
    model: str
    address: str
    bond: BondHealth = BondHealth.UNKNOWN
    rssi: int | None = None
    firmware: str | None = None
    clock_offset: float | None = None
    clock_set: bool = False
    last_arrival: Instant | None = None
    counters: dict[str, int] = {}


class Step(msgspec.Struct, frozen=True):
    """One step of a test or of an enrolment, as a technician reads it: ``line`` in French, ``code`` of the fault."""

    name: str
    passed: bool
    line: str
    code: str = ""


class Overheard(msgspec.Struct, frozen=True):
    """A frame as it came, readable or not. ``source`` is its characteristic (128-bit UUID), "" on a serial line."""

    instrument: str
    source: str
    data: bytes
    at: Instant


class Asks(Protocol):
    """The technician, as an enrolment sees them: every answer has a deadline, and no answer is a refusal."""

    async def passkey(self) -> str:
        """The six digits that the instrument shows. Raises InstrumentError when nobody types them in time."""
        ...

    def show(self, passkey: str) -> None:
        """Show six digits to be typed on the instrument."""
        ...

    async def agrees(self, line: str) -> bool:
        """Ask a question that is answered by yes or no."""
        ...

    def tell(self, step: Step) -> None:
        """What was done, as it happens."""
        ...


class Enrolling(Protocol):
    """A bus whose instruments can be enrolled. One enrolment or test at a time; all else goes on meanwhile. What is
    cancelled has changed nothing."""

    async def discover(self, seconds: float) -> Sequence[Candidate]:
        """Units in reach that are of a known model, the nearest first. Raises InstrumentError."""
        ...

    async def enrol(self, candidate: Candidate, model: str, name: str, asks: Asks) -> None:
        """Pair if the model asks for it, read the serial number, check its services, and accept it as instrument
        ``name`` from now on. Raises InstrumentError or ConfigurationError, and then nothing has changed."""
        ...

    async def repair(self, instrument: str, asks: Asks) -> None:
        """Pair an enrolled instrument again: the old bond is removed only if BlueZ has one. Raises InstrumentError."""
        ...

    async def test(self, instrument: str, asks: Asks) -> Sequence[Step]:
        """Reach it, identify it, check bond, services and clock, await a frame. Raises InstrumentError if unknown."""
        ...

    async def retire(self, instrument: str) -> None:
        """Forget it, its bond included. Raises InstrumentError or ConfigurationError."""
        ...

    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """The health of every enrolled instrument of this bus."""
        ...

    def overhear(self, heard: Callable[[Overheard], None] | None) -> None:
        """Have ``heard`` called, in the loop, with every frame of every instrument of this bus as it comes and before
        it is decoded; None: no more. It never raises and never waits."""
        ...
