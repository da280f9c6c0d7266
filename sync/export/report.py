# SPDX-License-Identifier: Apache-2.0
"""The report that people read: one HTML page in French, without script, that prints on A4. Pure.

Pictures and sounds are links to the files beside it. An INS is written only of a qualified identity, as in what servers
are sent (``sync.fhir.patient``).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import NamedTuple, cast
from uuid import UUID

from device.entry import (
    ConclusionWritten,
    ConsentForm,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    DocumentAttached,
    EncounterClosed,
    EncounterOpened,
    EnteredInError,
    Entry,
    Incident,
    Outcome,
)
from device.people import IdentityStatus, Patient, Sex
from sync.course import Course
from sync.export.files import KeptFile
from sync.export.html import Markup, facts, items, join, section, table, tag, text, together
from sync.export.measured import HEADER, aside, number, recorded
from sync.export.receipts import Receipt
from sync.fhir.document import about
from sync.fhir.people import signature
from sync.fhir.source import Source

STYLE = Path(__file__).with_name("report.css")
WRONG = "Dossier ouvert pour une autre personne."
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:; media-src 'self' file:"
_SEXES = {Sex.FEMALE: "féminin", Sex.MALE: "masculin", Sex.UNKNOWN: "non précisé"}
_FORMS = {
    ConsentForm.ORAL: "oral",
    ConsentForm.WRITTEN: "écrit",
    ConsentForm.REPRESENTATIVE: "donné par un représentant",
}
_OUTCOMES = {
    Outcome.FINISHED: "terminée",
    Outcome.REFUSED: "refusée par la personne",
    Outcome.WITHDRAWN: "arrêtée à la demande de la personne",
    Outcome.WRONG_PATIENT: "dossier ouvert pour une autre personne",
}


class Told(NamedTuple):
    """Everything that the report tells. ``damaged``: numbers of entries that could not be read; ``held``: French lines
    on what is not in the bundle."""

    source: Source
    encounter: UUID
    entries: Sequence[Entry]
    files: Sequence[KeptFile]
    receipts: Sequence[Receipt]
    at: datetime
    damaged: Sequence[int] = ()
    held: Sequence[str] = ()


def report(told: Told) -> bytes:
    """The page, in UTF-8."""
    course = Course(told.entries)
    page = _Page(told, course)
    head = (
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("title", text("Compte rendu de téléconsultation")),
        Markup(f"<style>\n{STYLE.read_text('utf-8')}</style>"),
    )
    body = tag("main", *page.parts())
    whole = tag("html", tag("head", *head), tag("body", body), lang="fr")
    return f"<!DOCTYPE html>\n{whole}\n".encode()


class _Page:
    def __init__(self, told: Told, course: Course) -> None:
        self._told, self._course = told, course
        self._zone: tzinfo = told.source.zone
        self._day = course.opened.instant.wall.astimezone(self._zone).date() if course.opened else None
        closing = course.closed.body if course.closed else None
        self._closing = closing if isinstance(closing, EncounterClosed) else None
        self._wrong = WRONG if self._closing and self._closing.outcome is Outcome.WRONG_PATIENT else ""

    def parts(self) -> Iterator[Markup]:
        """The page's parts, from the top."""
        told, course = self._told, self._course
        opening = course.opened.body if course.opened else None
        yield tag("h1", text("Compte rendu de téléconsultation"))
        yield tag("p", text(told.source.establishment))
        yield from (tag("p", text(line), class_="warning", role="note") for line in self._warnings())
        if isinstance(opening, EncounterOpened):
            yield section("Patient", facts(identity(opening.patient)))
        yield section("Téléconsultation", facts(self._encounter()))
        yield section("Personnes présentes", items(self._people()))
        yield section("Accord de la personne", items(self._consents()))
        yield section("Conclusion", *(list(self._conclusions()) or [tag("p", text("Aucune conclusion n’est écrite."))]))
        yield section("Mesures", self._measurements(), self._aside())
        yield section("Images, sons et documents", self._files())
        yield section("Incidents techniques", items(self._incidents()))
        yield section("Transmission aux serveurs du dossier", items(self._receipts()))
        yield section("Cet export", *self._about())

    def _warnings(self) -> Iterator[str]:
        if self._wrong:
            yield f"{self._wrong} Rien de ce qui suit ne doit être utilisé pour soigner."
        if self._course.opened is None:
            yield "Le début de cette téléconsultation est illisible : on ne sait pas de qui elle est."
        if self._closing is None:
            yield "Cette téléconsultation n’est pas terminée : ce compte rendu est provisoire."
        lost = [one for one in self._told.files if one.trouble]
        if lost:
            yield f"Des fichiers manquent ou sont abîmés ({len(lost)}) : ils sont nommés plus bas."
        if self._told.damaged:
            numbers = ", ".join(str(one) for one in self._told.damaged)
            yield f"Des entrées du journal sont abîmées et manquent ici (numéros {numbers})."

    def _encounter(self) -> Iterator[tuple[str, Markup]]:
        opened, closed = self._course.opened, self._course.closed
        if opened:
            yield "Début", text(self._moment(opened.instant.wall, trusted=opened.instant.trusted))
        if closed and self._closing:
            yield "Fin", text(self._moment(closed.instant.wall, trusted=closed.instant.trusted))
            yield "Issue", text(f"{_OUTCOMES[self._closing.outcome]}, par {signature(self._closing.by)}")
        yield "Identifiant", tag("span", text(str(self._told.encounter)), class_="digest")
        oxygen = [f"{number(one.litres)} L/min ({self._hour(one.entry)})" for one in self._course.oxygen]
        yield "Oxygène noté", text(", ".join(oxygen))

    def _people(self) -> Iterator[Markup]:
        opening = self._course.opened.body if self._course.opened else None
        if isinstance(opening, EncounterOpened):
            rpps = f", RPPS {opening.operator.rpps}" if opening.operator.rpps else ""
            yield text(f"{signature(opening.operator)}{rpps}, auprès de la personne")
        for one in self._course.presence():
            rpps = f", RPPS {one.practitioner.rpps}" if one.practitioner.rpps else ""
            until = f" à {self._clock(one.until)}" if one.until else ""
            since = f"de {self._clock(one.since)}{until}" if until else f"à partir de {self._clock(one.since)}"
            yield text(f"{signature(one.practitioner)}{rpps}, médecin, en vidéo {since}")

    def _consents(self) -> Iterator[Markup]:
        course = self._course
        for entry in sorted([*course.consents, *course.withdrawals], key=lambda one: one.sequence):
            match entry.body:
                case ConsentGiven(form=form, recorded_by=by, given_by=given):
                    who = f" ({given})" if given else ""
                    line = f"{self._hour(entry)} : accord {_FORMS[form]}{who}, recueilli par {signature(by)}"
                case ConsentRefused(recorded_by=by):
                    line = f"{self._hour(entry)} : refus, recueilli par {signature(by)}"
                case ConsentWithdrawn(recorded_by=by):
                    line = f"{self._hour(entry)} : accord retiré, recueilli par {signature(by)}"
                case _:
                    continue
            yield self._marked(entry, line)

    def _conclusions(self) -> Iterator[Markup]:
        found = self._course.conclusions
        for entry in reversed(found):
            body = cast("ConclusionWritten", entry.body)
            old = "" if entry is found[-1] else " (remplacée par une plus récente)"
            words = tag("p", self._marked(entry, body.text, struck=bool(old)), class_="conclusion")
            yield join(tag("p", text(f"{signature(body.by)}, {self._hour(entry)}{old}")), words)

    def _measurements(self) -> Markup:
        rows = (one.cells(self._zone, self._day) for one in recorded(self._course, self._zone, wrong=self._wrong))
        made = table("Mesures de la téléconsultation, dans l’ordre de leur enregistrement", HEADER, rows)
        return made or tag("p", text("Aucune mesure."))

    def _aside(self) -> Markup:
        rows = (one.cells(self._zone, self._day) for one in aside(self._told.entries, self._zone))
        return table("Mesures mises de côté : elles ne sont peut-être pas de cette personne", HEADER, rows)

    def _files(self) -> Markup:
        made = [self._file(one) for one in self._told.files]
        return tag("div", *made, class_="kept") if made else Markup("")

    def _file(self, one: KeptFile) -> Markup:
        known = about(one.body)
        said = f"{known.title}, {self._moment(known.moment)}{', par le médecin' if known.remote else ''}"
        if isinstance(one.body, DocumentAttached) and one.body.patient:
            said += f". Le fichier lui-même nomme : {one.body.patient}"
        if one.trouble:
            inside = tag("p", tag("strong", text(f"Fichier absent : {one.trouble}")))
        elif one.name.endswith((".jpg", ".png")):
            inside = tag("a", tag("img", src=one.name, alt=known.title), href=one.name)
        elif one.name.endswith(".flac"):
            sound = tag("audio", src=one.name, controls="controls", preload="none", aria_label=known.title)
            inside = together(sound, tag("a", text(one.name), href=one.name))
        else:
            inside = tag("a", text(one.name), href=one.name)
        caption = tag("figcaption", self._marked(one.entry, said))
        return tag("figure", inside, caption)

    def _incidents(self) -> Iterator[Markup]:
        for entry in self._course.incidents:
            body = cast("Incident", entry.body)
            lasted = f" ({body.seconds:.0f} s)" if body.seconds is not None else ""
            yield text(f"{self._hour(entry)} : {body.line}{lasted}")

    def _receipts(self) -> Iterator[Markup]:
        if not self._told.receipts:
            yield text("Aucun serveur du dossier n’est réglé sur ce chariot.")
        for one in self._told.receipts:
            yield text(f"{one.server} : {one.line}.")

    def _about(self) -> Iterator[Markup]:
        told = self._told
        yield tag("p", text(f"Fait le {self._moment(told.at)} par le chariot {told.source.cart}."))
        held = [text(line) for line in told.held]
        if held:
            yield join(tag("p", text("Ne sont pas dans bundle.json :")), items(held))
        if self._closing and self._closing.previous:
            seal = tag("span", text(self._closing.previous), class_="digest")
            yield tag("p", text("Empreinte du journal avant la fermeture : "), seal, class_="small")
        sums = "Pour vérifier que rien n’a changé depuis : « sha256sum -c SHA256SUMS » dans ce dossier."
        yield tag("p", text(f"Les mêmes données, pour un logiciel : bundle.json (HL7 FHIR R4). {sums}"), class_="small")

    def _marked(self, entry: Entry, words: str, *, struck: bool = False) -> Markup:
        """Words of an entry, struck and said to be wrong where they are."""
        error = self._course.errors.get(entry.id)
        if error and isinstance(error.body, EnteredInError):
            reason = f" : {error.body.reason}" if error.body.reason else ""
            return together(tag("del", text(words)), text(f" Saisi par erreur{reason}."))
        return tag("del", text(words)) if struck or self._wrong else text(words)

    def _moment(self, at: datetime, *, trusted: bool = True) -> str:
        doubt = "" if trusted else " (horloge du chariot non vérifiée)"
        return f"{at.astimezone(self._zone):%d/%m/%Y à %H:%M:%S}{doubt}"

    def _clock(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%H:%M}"

    def _hour(self, entry: Entry) -> str:
        return self._clock(entry.instant.wall)


def identity(patient: Patient) -> Iterator[tuple[str, Markup]]:
    """Who the patient is, and how far that is known."""
    yield "Nom de naissance", tag("strong", text(patient.family))
    yield "Prénom", tag("strong", text(patient.given))
    yield "Prénoms de naissance", text(patient.given_names)
    yield "Naissance", text(f"{patient.born:%d/%m/%Y}")
    yield "Sexe", text(_SEXES[patient.sex])
    yield "Lieu de naissance", text(patient.birthplace)
    yield "Chambre", text(patient.room)
    yield "Numéro de l’établissement", text(patient.id)
    yield "Statut de l’identité", text(patient.status.value)
    if patient.status is IdentityStatus.QUALIFIED and patient.matricule:
        yield "INS", text(f"{patient.matricule} (OID {patient.authority})")
    else:
        yield "INS", text("non communiqué : seule une identité qualifiée le permet")
