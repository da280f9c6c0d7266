# SPDX-License-Identifier: Apache-2.0
"""From the entries of one encounter to the resources that a server must hold, in the order of the lane. Pure.

Every resource is computed anew from all entries, so a correction is only a resource that reads differently: its
identity stays and its digest changes. Never sent: measurements set aside (until attributed), traces, texts shown, sites
and incidents noted.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from device.entry import (
    ConclusionWritten,
    ConsentGiven,
    ConsentRefused,
    EncounterClosed,
    EncounterOpened,
    EnteredInError,
    Entry,
    MeasurementRecorded,
    Outcome,
    PractitionerJoined,
    PractitionerLeft,
)
from device.people import Practitioner
from sync.course import Course
from sync.fhir.conclusion import DocumentStatus, conclusion
from sync.fhir.consent import ConsentStatus, consent
from sync.fhir.device import cart, instrument
from sync.fhir.document import Kept, binary_id, document
from sync.fhir.encounter import Closing, Presence, encounter
from sync.fhir.observation import Circumstances, observations
from sync.fhir.patient import patient, patient_id
from sync.fhir.source import Source
from sync.profile import inlined
from sync.step import Rank, Step, step

WRONG_PATIENT = "dossier ouvert pour une autre personne"
_AWAIT_OXYGEN = "La saturation attend que l’oxygène soit précisé."
_NO_FILE = "Une image, un son ou un document est introuvable sur le chariot."


def steps(source: Source, entries: Sequence[Entry], hashes: Mapping[str, str]) -> tuple[Step, ...]:
    """Every step of one encounter, in order. ``hashes``: the base64 SHA-1 of the attachments that could be read, by
    their SHA-256; what has none is held."""
    course = Course(entries)
    if course.opened is None:
        return ()
    lane = _Lane(source, course, course.opened, hashes)
    documents = [*lane.kept(), *lane.conclusions()]
    found = [*lane.people(), *lane.consents(), *lane.measurements(), *documents, *lane.end()]
    return tuple(sorted(found, key=lambda one: (one.rank, one.entry.sequence)))


def in_documents(source: Source, entries: Sequence[Entry], hashes: Mapping[str, str]) -> tuple[Step, ...]:
    """The same with each file within its document."""
    return inlined(steps(source, entries, hashes))


class _Lane:
    """The steps of one course."""

    def __init__(self, source: Source, course: Course, opened: Entry, hashes: Mapping[str, str]) -> None:
        self._source, self._course, self._opened, self._hashes = source, course, opened, hashes
        self._opening = cast("EncounterOpened", opened.body)
        self._patient = patient_id(source, self._opening.patient)
        self._encounter = opened.encounter
        self._base = (f"Patient/{self._patient}", f"Encounter/{self._encounter}")
        closing = course.closed.body if course.closed else None
        self._wrong = isinstance(closing, EncounterClosed) and closing.outcome is Outcome.WRONG_PATIENT

    def people(self) -> Iterator[Step]:
        """The patient, the encounter's beginning, the cart."""
        yield step(Rank.PATIENT, patient(self._source, self._opening.patient), self._opened, shared=True)
        begun = self._stage(None)
        yield step(
            Rank.ENCOUNTER,
            begun,
            self._opened,
            *self._course.presences,
            needs=self._base[:1],
            once=self._course.closed is not None,
        )
        yield step(Rank.DEVICE, cart(self._source), self._opened, shared=True)

    def end(self) -> Iterator[Step]:
        """The encounter's last stage."""
        closed = self._course.closed
        if closed and isinstance(closed.body, EncounterClosed):
            made = self._stage(Closing(closed.body.outcome, closed.instant.wall))
            yield step(Rank.END, made, closed, *self._course.presences, needs=self._base)

    def consents(self) -> Iterator[Step]:
        """Consents given, refused and withdrawn."""
        for entry in self._course.consents:
            body = cast("ConsentGiven | ConsentRefused", entry.body)
            withdrawal, error = self._course.withdrawal_of(entry), self._course.errors.get(entry.id)
            made = consent(
                self._source,
                entry.id,
                body,
                entry.instant.wall,
                status=self._consent_status(body, withdrawal, error),
                patient=self._patient,
                encounter=self._encounter,
            )
            yield step(Rank.CONSENT, made, entry, withdrawal, error, self._wrong_entry(), needs=self._base)

    def measurements(self) -> Iterator[Step]:
        """The instruments' devices and the observations."""
        devices: dict[str, Step] = {}
        made: list[Step] = []
        for entry in self._course.recorded:
            body = cast("MeasurementRecorded", entry.body)
            if body.provenance.manual:
                made.extend(self._observations(entry, body))
                continue
            device = step(
                Rank.DEVICE,
                instrument(self._source, body.provenance, body.measurements[0].metric),
                entry,
                shared=True,
            )
            devices[device.key] = device
            made.extend(self._observations(entry, body, device.key))
        yield from devices.values()
        yield from made

    def kept(self) -> Iterator[Step]:
        """The bytes of each capture, sound and document, and what they are."""
        for entry in self._course.kept:
            body = cast("Kept", entry.body)
            sha1 = self._hashes.get(body.sha256)
            bytes_of = Step(
                key=f"Binary/{binary_id(entry.id)}",
                rank=Rank.DOCUMENT,
                entry=entry,
                sources=frozenset({entry.id}),
                sequence=entry.sequence,
                digest=body.sha256,
                needs=self._base,
                held="" if sha1 else _NO_FILE,
                attachment=body.sha256,
                media_type=body.media_type,
            )
            yield bytes_of
            error = self._course.errors.get(entry.id)
            made = document(
                self._source,
                entry.id,
                body,
                sha1=sha1 or "",
                patient=self._patient,
                encounter=self._encounter,
                operator=self._opening.operator,
                practitioner=self._practitioner_at(entry),
                error=self._wrong or error is not None,
            )
            needs = (*self._base, f"Device/{self._source.device}", bytes_of.key)
            yield step(
                Rank.DOCUMENT, made, entry, error, self._wrong_entry(), needs=needs, held="" if sha1 else _NO_FILE
            )

    def conclusions(self) -> Iterator[Step]:
        """Each conclusion; one that another followed is superseded by it, and goes first."""
        for before, entry, after in _neighbours(self._course.conclusions):
            error = self._course.errors.get(entry.id)
            made = conclusion(
                self._source,
                entry.id,
                cast("ConclusionWritten", entry.body),
                entry.instant.wall,
                status=self._document_status(after, error),
                patient=self._patient,
                encounter=self._encounter,
                replaces=before.id if before else None,
            )
            needs = (*self._base, f"DocumentReference/{before.id}") if before else self._base
            yield step(Rank.DOCUMENT, made, entry, after, error, self._wrong_entry(), needs=needs)

    def _observations(self, entry: Entry, body: MeasurementRecorded, *devices: str) -> Iterator[Step]:
        oxygen = self._course.oxygen_at(entry.sequence)
        error, confirmed = self._course.errors.get(entry.id), self._course.confirmed.get(entry.id)
        around = Circumstances(
            self._patient,
            self._encounter,
            self._opening.operator,
            oxygen.litres if oxygen else None,
            self._reason(error),
            confirmed is not None,
        )
        needs = (*self._base, f"Device/{self._source.device}", *devices)
        for made, saturation in observations(self._source, entry.id, body, around):
            noted = oxygen.entry if oxygen and saturation else None
            held = _AWAIT_OXYGEN if saturation and not oxygen and not self._course.closed and error is None else ""
            sources = (entry, error, confirmed, noted, self._wrong_entry())
            yield step(Rank.OBSERVATION, made, *sources, needs=needs, held=held)

    def _stage(self, closing: Closing | None) -> dict[str, object]:
        return encounter(
            self._source,
            self._encounter,
            self._patient,
            self._opening.operator,
            self._opened.instant.wall,
            presences=self._presences(),
            closing=closing,
        )

    def _presences(self) -> tuple[Presence, ...]:
        """Who was on the call, and from when to when; one presence each, through reconnections."""
        found: dict[str, Presence] = {}
        for entry in self._course.presences:
            match entry.body:
                case PractitionerJoined(practitioner=one):
                    before = found.get(one.peer)
                    found[one.peer] = Presence(one, before.since if before else entry.instant.wall)
                case PractitionerLeft(practitioner=one) if one.peer in found:
                    found[one.peer] = found[one.peer]._replace(until=entry.instant.wall)
                case _:
                    pass
        return tuple(found.values())

    def _practitioner_at(self, entry: Entry) -> Practitioner | None:
        """The doctor who had joined last before an entry."""
        joined = [one for one in self._course.presences if one.sequence < entry.sequence]
        for one in reversed(joined):
            if isinstance(one.body, PractitionerJoined):
                return one.body.practitioner
        return None

    def _consent_status(
        self, body: ConsentGiven | ConsentRefused, withdrawal: Entry | None, error: Entry | None
    ) -> ConsentStatus:
        if self._wrong or error:
            return ConsentStatus.ENTERED_IN_ERROR
        if isinstance(body, ConsentRefused):
            return ConsentStatus.REJECTED
        return ConsentStatus.INACTIVE if withdrawal else ConsentStatus.ACTIVE

    def _document_status(self, after: Entry | None, error: Entry | None) -> DocumentStatus:
        if self._wrong or error:
            return DocumentStatus.ENTERED_IN_ERROR
        return DocumentStatus.SUPERSEDED if after else DocumentStatus.CURRENT

    def _reason(self, error: Entry | None) -> str | None:
        if self._wrong:
            return WRONG_PATIENT
        return error.body.reason if error and isinstance(error.body, EnteredInError) else None

    def _wrong_entry(self) -> Entry | None:
        """The closing, where it changes every resource."""
        return self._course.closed if self._wrong else None


def _neighbours(entries: Sequence[Entry]) -> Iterator[tuple[Entry | None, Entry, Entry | None]]:
    """Each entry between the one before it and the one after it."""
    return zip((None, *entries), entries, (*entries[1:], None), strict=False)
