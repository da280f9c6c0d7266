# SPDX-License-Identifier: Apache-2.0
"""The open file as the screen knows it: a pure fold of the journal's entries of one encounter."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from device.clock import Instant
from device.codes import ASKED, Metric
from device.entry import (
    AsideReason,
    CaptureTaken,
    ConclusionWritten,
    ConsentGiven,
    DocumentAttached,
    EncounterClosed,
    EncounterOpened,
    EnteredInError,
    Entry,
    FileClosed,
    Incident,
    MeasurementConfirmed,
    MeasurementDiscarded,
    MeasurementRecorded,
    MeasurementSetAside,
    Outcome,
    OxygenNoted,
    PractitionerJoined,
    SoundRecorded,
)
from device.measurement import Measurement, Provenance
from device.people import Operator, Patient, Practitioner


class Recorded(msgspec.Struct, frozen=True):
    """A group of measurements in the encounter. ``sequence`` is its entry's."""

    id: UUID
    sequence: int
    instant: Instant
    measurements: tuple[Measurement, ...]
    provenance: Provenance
    received: Instant
    attributed: bool = False
    confirmed: bool = False
    error: bool = False

    def of(self, *metrics: Metric) -> Measurement | None:
        """The first measurement of one of ``metrics``."""
        return next((one for one in self.measurements if one.metric in metrics), None)

    @property
    def unusual(self) -> bool:
        """Whether the operator is still to be asked « êtes-vous sûr ? »."""
        asked = any(ASKED & one.doubts for one in self.measurements)
        return asked and not self.confirmed and not self.error


class Aside(msgspec.Struct, frozen=True):
    """A group kept out of the encounter."""

    id: UUID
    reason: AsideReason
    measurements: tuple[Measurement, ...]
    provenance: Provenance
    received: Instant


class Noted(msgspec.Struct, frozen=True):
    """A capture, a sound, a document, an incident or a consent, with its entry's identity and instant."""

    id: UUID
    instant: Instant
    body: CaptureTaken | SoundRecorded | DocumentAttached | Incident | ConsentGiven


class Concluded(msgspec.Struct, frozen=True):
    """The doctor's last conclusion, with its entry's identity and instant."""

    id: UUID
    instant: Instant
    text: str
    by: Practitioner


class File(msgspec.Struct, frozen=True):
    """All that the screen shows of one encounter. ``sequence`` is the last entry folded."""

    encounter: UUID
    sequence: int
    patient: Patient
    operator: Operator
    recorded: tuple[Recorded, ...] = ()
    asides: tuple[Aside, ...] = ()
    notes: tuple[Noted, ...] = ()
    doctors: tuple[Practitioner, ...] = ()
    oxygen: Decimal | None = None
    conclusion: Concluded | None = None
    outcome: Outcome | None = None
    shut: bool = False

    @property
    def consent(self) -> Noted | None:
        """The consent, once given."""
        return next((note for note in self.notes if isinstance(note.body, ConsentGiven)), None)

    def newest(self, *metrics: Metric) -> Recorded | None:
        """The last group of the encounter that holds one of ``metrics`` and is not in error."""
        found = (one for one in reversed(self.recorded) if not one.error and one.of(*metrics) is not None)
        return next(found, None)


def fold(file: File | None, entries: Sequence[Entry]) -> File | None:
    """``file`` after ``entries``; entries already folded, or of another encounter, change nothing."""
    for entry in entries:
        if isinstance(entry.body, EncounterOpened):
            if file is None or file.encounter != entry.encounter:
                file = File(entry.encounter, entry.sequence, entry.body.patient, entry.body.operator)
        elif file is not None and entry.encounter == file.encounter and entry.sequence > file.sequence:
            file = _evolve(msgspec.structs.replace(file, sequence=entry.sequence), entry)
    return file


def _evolve(file: File, entry: Entry) -> File:  # noqa: PLR0911 - one return for each kind
    change = msgspec.structs.replace
    match entry.body:
        case MeasurementRecorded() | MeasurementSetAside() | MeasurementDiscarded():
            return _measured(file, entry)
        case MeasurementConfirmed(entry=id):
            return _marked(file, id, confirmed=True)
        case EnteredInError(entry=id):
            return _marked(file, id, error=True)
        case CaptureTaken() | SoundRecorded() | DocumentAttached() | Incident() | ConsentGiven() as body:
            return change(file, notes=(*file.notes, Noted(entry.id, entry.instant, body)))
        case PractitionerJoined(practitioner=doctor):
            others = tuple(one for one in file.doctors if one.name != doctor.name)
            return change(file, doctors=(*others, doctor))
        case OxygenNoted(litres=litres):
            return change(file, oxygen=litres)
        case ConclusionWritten(text=text, by=by):
            return change(file, conclusion=Concluded(entry.id, entry.instant, text, by))
        case EncounterClosed(outcome=outcome):
            return change(file, outcome=outcome)
        case FileClosed():
            return change(file, shut=True)
        case _:
            return file


def _measured(file: File, entry: Entry) -> File:
    change = msgspec.structs.replace
    match entry.body:
        case MeasurementRecorded(measurements, provenance, received, attributed):
            one = Recorded(
                entry.id, entry.sequence, entry.instant, measurements, provenance, received, attributed is not None
            )
            rest = tuple(aside for aside in file.asides if aside.id != attributed)
            return change(file, recorded=(*file.recorded, one), asides=rest)
        case MeasurementSetAside(reason, measurements, provenance, received):
            new = Aside(entry.id, reason, measurements, provenance, received)
            return change(file, asides=(*file.asides, new))
        case MeasurementDiscarded(aside=id):
            return change(file, asides=tuple(aside for aside in file.asides if aside.id != id))
        case _:
            return file


def _marked(file: File, entry: UUID, *, confirmed: bool = False, error: bool = False) -> File:
    def mark(one: Recorded) -> Recorded:
        if one.id != entry:
            return one
        return msgspec.structs.replace(one, confirmed=one.confirmed or confirmed, error=one.error or error)

    return msgspec.structs.replace(file, recorded=tuple(map(mark, file.recorded)))
