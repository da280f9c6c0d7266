# SPDX-License-Identifier: Apache-2.0
"""The course of one encounter, as its entries tell it: what the resources are made from. Pure."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple, cast
from uuid import UUID

from device.entry import (
    CaptureTaken,
    ConclusionWritten,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    DocumentAttached,
    EncounterClosed,
    EncounterOpened,
    EnteredInError,
    Entry,
    FileClosed,
    Incident,
    MeasurementConfirmed,
    MeasurementRecorded,
    OxygenNoted,
    PractitionerJoined,
    PractitionerLeft,
    SoundRecorded,
)
from device.people import Practitioner
from sync.fhir.encounter import Presence


class Oxygen(NamedTuple):
    """Litres per minute and the entry that says so."""

    litres: Decimal
    entry: Entry


class Course:
    """Entries by what they mean. ``opened`` is None when the first entry is damaged: nothing can be sent then."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.opened: Entry | None = None
        self.closed: Entry | None = None
        self.file_closed = False
        self.consents: list[Entry] = []
        self.withdrawals: list[Entry] = []
        self.presences: list[Entry] = []
        self.recorded: list[Entry] = []
        self.kept: list[Entry] = []
        self.conclusions: list[Entry] = []
        self.oxygen: list[Oxygen] = []
        self.incidents: list[Entry] = []
        self.errors: dict[UUID, Entry] = {}
        self.confirmed: dict[UUID, Entry] = {}
        for entry in entries:
            self._add(entry)

    def _add(self, entry: Entry) -> None:  # noqa: C901, PLR0912 - one case a kind of entry
        match entry.body:
            case EncounterOpened():
                self.opened = self.opened or entry
            case EncounterClosed():
                self.closed = self.closed or entry
            case FileClosed():
                self.file_closed = True
            case ConsentGiven() | ConsentRefused():
                self.consents.append(entry)
            case ConsentWithdrawn():
                self.withdrawals.append(entry)
            case PractitionerJoined() | PractitionerLeft():
                self.presences.append(entry)
            case MeasurementRecorded():
                self.recorded.append(entry)
            case CaptureTaken() | SoundRecorded() | DocumentAttached():
                self.kept.append(entry)
            case ConclusionWritten():
                self.conclusions.append(entry)
            case OxygenNoted(litres=litres):
                self.oxygen.append(Oxygen(litres, entry))
            case Incident():
                self.incidents.append(entry)
            case EnteredInError(entry=wrong):
                self.errors[wrong] = entry
            case MeasurementConfirmed(entry=confirmed):
                self.confirmed[confirmed] = entry
            case _:
                pass

    def oxygen_at(self, sequence: int) -> Oxygen | None:
        """What was noted last before ``sequence``, or else first after it."""
        before = [one for one in self.oxygen if one.entry.sequence < sequence]
        return before[-1] if before else next(iter(self.oxygen), None)

    def withdrawal_of(self, consent: Entry) -> Entry | None:
        """What withdrew a consent: the first withdrawal after it, unless another consent came between."""
        for one in self.withdrawals:
            if one.sequence > consent.sequence:
                between = [c for c in self.consents if consent.sequence < c.sequence < one.sequence]
                return None if between else one
        return None

    def presence(self) -> tuple[Presence, ...]:
        """Who was on the call, and from when to when; one presence each, through reconnections."""
        found: dict[str, Presence] = {}
        for entry in self.presences:
            match entry.body:
                case PractitionerJoined(practitioner=one):
                    before = found.get(one.peer)
                    found[one.peer] = Presence(one, before.since if before else entry.instant.wall)
                case PractitionerLeft(practitioner=one) if one.peer in found:
                    found[one.peer] = found[one.peer]._replace(until=entry.instant.wall)
                case _:
                    pass
        return tuple(found.values())

    def practitioners(self) -> tuple[tuple[Practitioner, Entry], ...]:
        """Every doctor, with each entry that names them."""
        told = ((cast("PractitionerJoined | PractitionerLeft", one.body), one) for one in self.presences)
        return tuple((body.practitioner, entry) for body, entry in told)

    def practitioner_at(self, entry: Entry) -> Practitioner | None:
        """The doctor who had joined last before an entry."""
        joined = [one for one in self.presences if one.sequence < entry.sequence]
        for one in reversed(joined):
            if isinstance(one.body, PractitionerJoined):
                return one.body.practitioner
        return None
