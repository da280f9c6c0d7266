# SPDX-License-Identifier: Apache-2.0
"""What of the journal a doctor may see: the entries of one encounter, and of what was set aside only how many. Pure."""

from typing import NamedTuple
from uuid import UUID

import msgspec

from device.entry import (
    CaptureTaken,
    DocumentAttached,
    EncounterOpened,
    Entry,
    MeasurementDiscarded,
    MeasurementRecorded,
    MeasurementSetAside,
    SoundRecorded,
)
from device.people import Patient


def unnumbered(patient: Patient) -> Patient:
    """The patient without the matricule that a scanned code told: it leaves the cart only once it is qualified."""
    return msgspec.structs.replace(patient, matricule="", authority="")


def seen(entry: Entry) -> Entry:
    """An entry as a doctor sees it."""
    if not isinstance(entry.body, EncounterOpened):
        return entry
    body = msgspec.structs.replace(entry.body, patient=unnumbered(entry.body.patient))
    return msgspec.structs.replace(entry, body=body)


Kept = CaptureTaken | SoundRecorded | DocumentAttached
"""What has bytes among the attachments."""


class Scope(NamedTuple):
    """An encounter and the sequence after which all of it stands."""

    encounter: UUID
    after: int


class Chart:
    """A fold over the entries of ``scope``. Entries may come again; each counts once."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._aside: set[UUID] = set()
        self._settled: set[UUID] = set()
        self._captures: dict[str, Kept] = {}

    @property
    def aside(self) -> int:
        """How many measurements are set aside and still there."""
        return len(self._aside)

    def capture(self, sha256: str) -> Kept | None:
        """The still, sound or document with that digest, if it is of this encounter."""
        return self._captures.get(sha256)

    def shows(self, entry: Entry) -> bool:
        """Whether a doctor may see ``entry``."""
        ours = entry.encounter == self.scope.encounter and entry.sequence > self.scope.after
        return ours and not isinstance(entry.body, MeasurementSetAside | MeasurementDiscarded)

    def add(self, entry: Entry) -> bool:
        """Take an entry in; True when the number set aside changed."""
        if entry.encounter != self.scope.encounter:
            return False
        before = self.aside
        match entry.body:
            case MeasurementSetAside() if entry.id not in self._settled:
                self._aside.add(entry.id)
            case MeasurementDiscarded(aside=aside):
                self._settle(aside)
            case MeasurementRecorded(attributed=UUID() as aside):
                self._settle(aside)
            case CaptureTaken(sha256=sha256) | SoundRecorded(sha256=sha256) | DocumentAttached(sha256=sha256) as kept:
                self._captures[sha256] = kept
        return self.aside != before

    def _settle(self, aside: UUID) -> None:
        self._aside.discard(aside)
        self._settled.add(aside)
