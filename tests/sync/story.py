# SPDX-License-Identifier: Apache-2.0
"""Encounters to tell to sync: entries with sequences and times, in memory or in a real journal."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from device.clock import Instant
from device.codes import Doubt, Metric, Site
from device.entry import (
    CaptureTaken,
    ConclusionWritten,
    ConsentForm,
    ConsentGiven,
    EncounterClosed,
    EncounterOpened,
    Entry,
    FileClosed,
    IdentityConfirmed,
    MeasurementRecorded,
    Outcome,
    OxygenNoted,
    PractitionerJoined,
    PractitionerLeft,
)
from device.measurement import Measurement, Provenance
from device.people import Operator, Patient, Practitioner, Sex
from sync.fhir.source import Source

NURSE = Operator("n-1", "Claire Morel", "infirmière")
DOCTOR = Practitioner("peer-1", "Dr Anne Petit")
PATIENT = Patient("IPP-0042", "Lefèvre", "Odette", date(1934, 3, 2), Sex.FEMALE, birthplace="Nantes")
SOURCE = Source(root="2.25.1", cart="CH-0001", establishment="EHPAD Les Tilleuls", finess="440000000", version="0.1.0")
CUFF = Provenance(
    "cuff-1", "and-ua-651ble", "A&D UA-651BLE", "5180900123", firmware="1.0", clock_set=True, clock_offset=2.0
)
OXIMETER = Provenance("ox-1", "nonin-3230", "Nonin 3230", "501234567")
THERMOMETER = Provenance("th-1", "and-ut-201ble", "A&D UT-201BLE", "7190100456", clock_set=True)
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def at(seconds: float, *, trusted: bool = True) -> Instant:
    return Instant(START + timedelta(seconds=seconds), 1000.0 + seconds, trusted)


def pressure(systolic="128", diastolic="74", pulse="66", *, doubts=frozenset(), seconds=60.0, **more):
    parts = [(Metric.SYSTOLIC, systolic), (Metric.DIASTOLIC, diastolic), (Metric.PULSE_CUFF, pulse)]
    found = tuple(
        Measurement(metric, Decimal(value), doubts=doubts, group=1, site=Site.LEFT_ARM)
        for metric, value in parts
        if value is not None
    )
    return MeasurementRecorded(found, CUFF, at(seconds), **more)


def saturation(value="94", pulse="71", *, seconds=120.0):
    doubts = frozenset() if value else frozenset({Doubt.NOT_A_NUMBER})
    return MeasurementRecorded(
        (
            Measurement(Metric.SATURATION, Decimal(value) if value else None, doubts=doubts, group=2, site=Site.FINGER),
            Measurement(Metric.PULSE_OXIMETER, Decimal(pulse), group=2),
        ),
        OXIMETER,
        at(seconds),
    )


def temperature(value="36.60", *, seconds=180.0, site=Site.EAR):
    return MeasurementRecorded((Measurement(Metric.TEMPERATURE, Decimal(value), site=site),), THERMOMETER, at(seconds))


def capture(sha256: str, size: int, *, seconds=200.0, by="operator"):
    return CaptureTaken("otoscope", "Otoscope", Site.LEFT_EAR, sha256, "image/jpeg", size, 1280, 960, at(seconds), by)


def conclusion(text="Otite externe droite. Gouttes 3 fois par jour."):
    return ConclusionWritten(text, DOCTOR)


def opening(patient: Patient = PATIENT):
    return (EncounterOpened(NURSE, patient), IdentityConfirmed(NURSE), ConsentGiven(ConsentForm.ORAL, NURSE))


def call():
    return (PractitionerJoined(DOCTOR), PractitionerLeft(DOCTOR))


def oxygen(litres="2"):
    return OxygenNoted(Decimal(litres), NURSE)


def closing(outcome=Outcome.FINISHED):
    return (EncounterClosed(outcome, NURSE), FileClosed(NURSE))


@dataclass
class Story:
    """A journal in memory, as ``sync.journal.Entries``."""

    entries: list[Entry] = field(default_factory=list)

    def tell(self, encounter: UUID, *bodies) -> list[Entry]:
        made = []
        for body in bodies:
            sequence = len(self.entries) + 1
            made.append(Entry(sequence, uuid4(), encounter, at(sequence * 10.0), body, ""))
            self.entries.append(made[-1])
        return made

    def after(self, sequence: int, *, encounter: UUID | None = None, limit: int = 500) -> list[Entry]:
        found = [one for one in self.entries if one.sequence > sequence and encounter in (None, one.encounter)]
        return found[:limit]

    @property
    def newest(self) -> int:
        return len(self.entries)

    def of(self, encounter: UUID) -> list[Entry]:
        return self.after(0, encounter=encounter, limit=10_000)
