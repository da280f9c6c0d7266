# SPDX-License-Identifier: Apache-2.0
"""From the entries of one encounter to the resources that a server must hold, in the order of the lane. Pure.

Every resource is computed anew from all entries, so a correction is only a resource that reads differently: its
identity stays and its digest changes. Never sent: measurements set aside (until attributed), traces, texts shown and
sites noted (they are in the measurements). Technical incidents go as one document once the encounter is closed. The
report's place is among the documents, before the end.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from device.entry import (
    ConclusionWritten,
    ConsentGiven,
    ConsentRefused,
    DocumentAttached,
    EncounterClosed,
    EncounterOpened,
    EnteredInError,
    Entry,
    Incident,
    MeasurementRecorded,
    Outcome,
    OxygenNoted,
)
from sync.course import Course, Oxygen
from sync.fhir.conclusion import DocumentStatus, conclusion
from sync.fhir.consent import ConsentStatus, consent
from sync.fhir.device import cart, instrument, instrument_id
from sync.fhir.document import Kept, binary_id, document
from sync.fhir.encounter import Closing, encounter
from sync.fhir.incidents import incidents
from sync.fhir.observation import Circumstances, observations
from sync.fhir.oxygen import inhaled
from sync.fhir.patient import patient, patient_id
from sync.fhir.place import location, organization
from sync.fhir.source import Source, measured
from sync.persons import Persons
from sync.profile import inlined
from sync.provenances import provenances
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
    documents = [*lane.kept(), *lane.conclusions(), *lane.troubles()]
    found = [*lane.beginning(), *lane.consents(), *lane.oxygen(), *lane.measurements(), *documents, *lane.end()]
    traced = provenances(source, course, found, lane.persons)
    everything = [*lane.directory(), *found, *traced]
    return tuple(sorted(everything, key=lambda one: (one.rank, one.entry.sequence)))


def in_documents(source: Source, entries: Sequence[Entry], hashes: Mapping[str, str]) -> tuple[Step, ...]:
    """The same for a server that takes the bytes of files within their documents."""
    return inlined(steps(source, entries, hashes))


class _Lane:
    """The steps of one course."""

    def __init__(self, source: Source, course: Course, opened: Entry, hashes: Mapping[str, str]) -> None:
        self._source, self._course, self._opened, self._hashes = source, course, opened, hashes
        self._opening = cast("EncounterOpened", opened.body)
        self._patient = patient_id(source, self._opening.patient)
        self._encounter = opened.encounter
        self._base = (f"Patient/{self._patient}", f"Encounter/{self._encounter}")
        self._place = (f"Organization/{source.organization_id}",) if source.sends_directory else ()
        self._cart = f"Device/{source.device}"
        self.persons = Persons(source)
        closing = course.closed.body if course.closed else None
        self._wrong = isinstance(closing, EncounterClosed) and closing.outcome is Outcome.WRONG_PATIENT

    def beginning(self) -> Iterator[Step]:
        """The patient, the encounter's beginning, the cart."""
        person = patient(self._source, self._opening.patient)
        yield step(Rank.PATIENT, person, self._opened, needs=self._place, shared=True)
        yield step(
            Rank.ENCOUNTER,
            self._stage(None),
            self._opened,
            *self._course.presences,
            needs=self._around_encounter(),
            once=self._course.closed is not None,
        )
        yield step(Rank.DEVICE, cart(self._source), self._opened, needs=self._place, shared=True)

    def directory(self) -> Iterator[Step]:
        """The establishment, and everyone whom another step names: after those steps are made."""
        if self._source.sends_directory:
            yield step(Rank.PLACE, organization(self._source), self._opened, shared=True)
            yield step(Rank.PLACE, location(self._source), self._opened, needs=self._place, shared=True)
            yield from self.persons.steps()

    def end(self) -> Iterator[Step]:
        """The encounter's last stage."""
        closed = self._course.closed
        if closed and isinstance(closed.body, EncounterClosed):
            made = self._stage(Closing(closed.body.outcome, closed.instant.wall))
            needs = (*self._base, *self._around_encounter())
            yield step(Rank.END, made, closed, *self._course.presences, needs=tuple(dict.fromkeys(needs)))

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
                withdrawn=withdrawal.instant.wall if withdrawal else None,
            )
            yield step(Rank.CONSENT, made, entry, withdrawal, error, self._wrong_entry(), needs=self._base)

    def oxygen(self) -> Iterator[Step]:
        """The oxygen breathed, each time that it was noted; room air is none."""
        for one in self._course.oxygen:
            if one.litres > 0:
                body = cast("OxygenNoted", one.entry.body)
                made = inhaled(
                    self._source,
                    one.entry.id,
                    body,
                    one.entry.instant.wall,
                    patient=self._patient,
                    encounter=self._encounter,
                    error=self._wrong,
                )
                yield step(Rank.OXYGEN, made, one.entry, self._wrong_entry(), needs=self._base)

    def measurements(self) -> Iterator[Step]:
        """The instruments' devices and the observations."""
        units: dict[str, Entry] = {}
        for entry in self._course.recorded:
            body = cast("MeasurementRecorded", entry.body)
            devices: tuple[str, ...] = ()
            if not body.provenance.manual:
                devices = (f"Device/{instrument_id(self._source, body.provenance)}",)
                units[devices[0]] = entry
            yield from self._observations(entry, body, *devices)
        for entry in units.values():
            body = cast("MeasurementRecorded", entry.body)
            unit = instrument(self._source, body.provenance, body.measurements[0].metric)
            yield step(Rank.DEVICE, unit, entry, shared=True)

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
            error, doctor = self._course.errors.get(entry.id), self._course.practitioner_at(entry)
            made = document(
                self._source,
                entry.id,
                body,
                sha1=sha1 or "",
                patient=self._patient,
                encounter=self._encounter,
                operator=self._opening.operator,
                practitioner=doctor,
                error=self._wrong or error is not None,
            )
            nurse = body.by if isinstance(body, DocumentAttached) else self._opening.operator
            people = (*self.persons.needs(nurse, entry), *(self.persons.needs(doctor, entry) if doctor else ()))
            needs = (*self._base, self._cart, *people, bytes_of.key)
            yield step(
                Rank.DOCUMENT, made, entry, error, self._wrong_entry(), needs=needs, held="" if sha1 else _NO_FILE
            )

    def conclusions(self) -> Iterator[Step]:
        """Each conclusion; one that another followed is superseded by it, and goes first."""
        for before, entry, after in _neighbours(self._course.conclusions):
            error, body = self._course.errors.get(entry.id), cast("ConclusionWritten", entry.body)
            made = conclusion(
                self._source,
                entry.id,
                body,
                entry.instant.wall,
                status=self._document_status(after, error),
                patient=self._patient,
                encounter=self._encounter,
                replaces=before.id if before else None,
            )
            replaced = (f"DocumentReference/{before.id}",) if before else ()
            needs = (*self._base, *self.persons.needs(body.by, entry), *replaced)
            yield step(Rank.DOCUMENT, made, entry, after, error, self._wrong_entry(), needs=needs)

    def troubles(self) -> Iterator[Step]:
        """The technical incidents, once no other can come."""
        closed, found = self._course.closed, self._course.incidents
        if closed and found:
            made = incidents(
                self._source,
                measured(closed.id, "incidents"),
                [(one.instant, cast("Incident", one.body)) for one in found],
                closed.instant,
                patient=self._patient,
                encounter=self._encounter,
                error=self._wrong,
            )
            yield step(Rank.DOCUMENT, made, closed, *found, needs=(*self._base, self._cart))

    def _observations(self, entry: Entry, body: MeasurementRecorded, *devices: str) -> Iterator[Step]:
        oxygen = self._course.oxygen_at(entry.sequence)
        error, confirmed = self._course.errors.get(entry.id), self._course.confirmed.get(entry.id)
        around = self._circumstances(oxygen, error, confirmed)
        people = self.persons.needs(body.by or self._opening.operator, entry)
        needs = (*self._base, self._cart, *people, *devices)
        for made, saturation in observations(self._source, entry.id, body, around):
            noted = oxygen.entry if oxygen and saturation else None
            breathed = (f"MedicationAdministration/{around.oxygen}",) if saturation and around.oxygen else ()
            held = _AWAIT_OXYGEN if saturation and not oxygen and not self._course.closed and error is None else ""
            sources = (entry, error, confirmed, noted, self._wrong_entry())
            yield step(Rank.OBSERVATION, made, *sources, needs=(*needs, *breathed), held=held)

    def _circumstances(self, oxygen: Oxygen | None, error: Entry | None, confirmed: Entry | None) -> Circumstances:
        closed = self._course.closed
        return Circumstances(
            self._patient,
            self._encounter,
            self._opening.operator,
            oxygen.litres if oxygen else None,
            self._reason(error),
            confirmed is not None,
            oxygen.entry.id if oxygen and oxygen.litres > 0 else None,
            oxygen is not None and closed is not None and oxygen.entry.sequence > closed.sequence,
        )

    def _around_encounter(self) -> tuple[str, ...]:
        """What an encounter refers to."""
        found = [self._base[0], *self._place]
        if self._source.sends_directory:
            found.append(f"Location/{self._source.location_id}")
        found.extend(self.persons.needs(self._opening.operator, self._opened))
        for doctor, entry in self._course.practitioners():
            found.extend(self.persons.needs(doctor, entry))
        return tuple(dict.fromkeys(found))

    def _stage(self, closing: Closing | None) -> dict[str, object]:
        return encounter(
            self._source,
            self._encounter,
            self._patient,
            self._opening.operator,
            self._opened.instant.wall,
            presences=self._course.presence(),
            closing=closing,
        )

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
