# SPDX-License-Identifier: Apache-2.0
"""People, instruments and a bedside that writes what it decides, for the encounter's tests."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from device import commands as c
from device.clock import Instant
from device.codes import Metric
from device.encounter import Bedside, Limits, admit, decide, evolve
from device.entry import Body, ConsentForm, Entry
from device.measurement import Arrival, Measurement, Provenance
from device.people import Operator, Patient, Practitioner

LIMITS = Limits.load(Path(__file__).parents[3] / "config" / "limits.toml")
PARIS = ZoneInfo("Europe/Paris")
NURSE = Operator("op-1", "Claire Dubois", "infirmière")
DOCTOR = Practitioner("peer-1", "Dr Morel")
JEANNE = Patient("ipp-1", "MARTIN", "Jeanne", date(1934, 5, 2))
PAUL = Patient("ipp-2", "PETIT", "Paul", date(1931, 1, 9))
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

CUFF = Provenance("cuff-1", "ua-651ble", "A&D UA-651BLE", "5161", clock_set=True, clock_offset=0.0)
OXIMETER = Provenance("oxi-1", "nonin-3230", "Nonin 3230", "5020")
GLUCOMETER = Provenance("glu-1", "profile-glucometer", "Glucomètre", "88", clock_set=True, clock_offset=0.0)
SCALE = Provenance("scale-1", "profile-scale", "Balance", "35", clock_set=True, clock_offset=0.0)
BELT = Provenance("belt-1", "polar-h10", "Polar H10", "10")
ENROLLED = frozenset({"cuff-1", "oxi-1", "glu-1", "scale-1", "belt-1"})


def at(seconds: float) -> Instant:
    """Our clock, ``seconds`` after the start."""
    return Instant(START + timedelta(seconds=seconds), 1000 + seconds, trusted=True)


def stamp(seconds: float) -> datetime:
    """What a right instrument's clock shows then."""
    return at(seconds).wall.astimezone(PARIS).replace(tzinfo=None, microsecond=0)


def pressure(systolic="132", diastolic="78", pulse="71", **common) -> tuple[Measurement, ...]:
    values = (Metric.SYSTOLIC, systolic), (Metric.DIASTOLIC, diastolic), (Metric.PULSE_CUFF, pulse)
    return tuple(Measurement(metric, None if value is None else Decimal(value), **common) for metric, value in values)


def cuff(received: float, taken: float | datetime | None = None, *, live=False, connection=1, **values) -> Arrival:
    """One pressure, ``taken`` by the cuff's clock: seconds after the start, or what it showed, or no time at all."""
    shown = stamp(taken) if isinstance(taken, int | float) else taken
    provenance = msgspec.structs.replace(CUFF, frame=f"{received}/{taken}", **values.pop("clock", {}))
    return Arrival(pressure(**values, taken=shown), provenance, at(received), live, connection)


def oxygen(received: float, saturation: str | None = "97", pulse: str | None = "72", connection=2, **common) -> Arrival:
    """One sample of the stream."""
    values = (Metric.SATURATION, saturation), (Metric.PULSE_OXIMETER, pulse)
    measurements = tuple(
        Measurement(metric, None if value is None else Decimal(value), continuous=True, **common)
        for metric, value in values
    )
    provenance = msgspec.structs.replace(OXIMETER, frame=f"{saturation}/{pulse}")
    return Arrival(measurements, provenance, at(received), live=True, connection=connection)


def glucose(received: float, taken: float | None, value: str | None = "110", *, sequence=1, **common) -> Arrival:
    """One record of a meter's memory."""
    shown = None if taken is None else stamp(taken)
    found = None if value is None else Decimal(value)
    one = Measurement(Metric.GLUCOSE, found, shown, stored=True, sequence=sequence, **common)
    provenance = msgspec.structs.replace(GLUCOMETER, frame=f"{sequence}/{taken}/{value}")
    return Arrival((one,), provenance, at(received), live=False, connection=4)


def weight(received: float, value: str, taken: float | None = None, *, live=True) -> Arrival:
    """One weighing."""
    shown = None if taken is None else stamp(taken)
    provenance = msgspec.structs.replace(SCALE, frame=f"{received}/{value}")
    return Arrival((Measurement(Metric.WEIGHT, Decimal(value), shown),), provenance, at(received), live, connection=5)


def beat(received: float, rate: str | None = "72", connection=6, **common) -> Arrival:
    """One sample of a belt's stream."""
    one = Measurement(Metric.HEART_RATE, None if rate is None else Decimal(rate), continuous=True, **common)
    return Arrival(
        (one,), msgspec.structs.replace(BELT, frame=str(rate)), at(received), live=True, connection=connection
    )


class Desk:
    """A bedside and its entries: what is decided or admitted is written and folded at once."""

    def __init__(self) -> None:
        self.state = Bedside()
        self.entries: list[Entry] = []

    def write(self, chain: UUID, *bodies: Body, seconds: float = 0) -> tuple[Entry, ...]:
        written = []
        for body in bodies:
            number = len(self.entries) + 1
            entry = Entry(number, UUID(int=1000 + number), chain, at(seconds), body, "")
            self.state = evolve(self.state, entry)
            self.entries.append(entry)
            written.append(entry)
        return tuple(written)

    def do(self, command: c.Command, seconds: float = 0, who: Operator | Practitioner = NURSE) -> tuple[Entry, ...]:
        chain, bodies = decide(self.state, command, who, at(seconds), LIMITS)
        return self.write(chain, *bodies, seconds=seconds)

    def take(self, *burst: Arrival, seconds: float | None = None) -> tuple[Body, ...]:
        now = at(max(one.received.monotonic - 1000 for one in burst) if seconds is None else seconds)
        bodies = admit(self.state, burst, LIMITS, now, enrolled=ENROLLED, zone=PARIS)
        self.write(self.state.measurement_chain, *bodies, seconds=now.monotonic - 1000)
        return bodies

    def open(self, patient: Patient = JEANNE, seconds: float = 0) -> "Desk":
        self.do(c.OpenEncounter(patient), seconds)
        return self

    def identify(self, patient: Patient = JEANNE, seconds: float = 0) -> "Desk":
        self.open(patient, seconds)
        self.do(c.ConfirmIdentity(), seconds)
        return self

    def consent(self, seconds: float = 0) -> "Desk":
        self.identify(seconds=seconds)
        self.do(c.GiveConsent(ConsentForm.ORAL), seconds)
        return self

    def end(self, seconds: float) -> None:
        self.do(c.EndEncounter(), seconds)
        self.do(c.CloseFile(), seconds)

    @property
    def file(self):
        assert self.state.encounter is not None
        return self.state.encounter
