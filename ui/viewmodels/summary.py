# SPDX-License-Identifier: Apache-2.0
"""The end: what was done, by whom, and what is not yet acknowledged."""

from collections.abc import Iterator

import msgspec

from device.entry import CaptureTaken, ConsentForm, ConsentGiven, DocumentAttached, Incident, Outcome, SoundRecorded
from ui import french
from ui.file import File, Noted
from ui.viewmodels import values
from ui.viewmodels.marks import NONE, SENT, Mark, mark
from ui.viewmodels.moment import Moment

FORMS = {
    ConsentForm.ORAL: "oral",
    ConsentForm.WRITTEN: "écrit",
    ConsentForm.REPRESENTATIVE: "par son représentant",
}
UNSAID = frozenset({"relay-used", "more"})
DOCUMENTS = {"ecg": "ECG", "ultrasound": "Échographie", "document": "Document"}
TITLES = {
    Outcome.FINISHED: "Téléconsultation terminée",
    Outcome.REFUSED: "Téléconsultation refusée",
    Outcome.WITHDRAWN: "Accord retiré : téléconsultation arrêtée",
    Outcome.WRONG_PATIENT: "Dossier fermé : ce n’était pas la bonne personne",
}


class Done(msgspec.Struct, frozen=True):
    """A line of the summary."""

    name: str
    what: str
    mark: Mark


class SummaryView(msgspec.Struct, frozen=True):
    """The summary."""

    title: str
    when: str
    who: str
    lines: tuple[Done, ...]
    conclusion: str
    concluded_by: str
    conclusion_mark: Mark
    pending: str
    why: str


def summary(moment: Moment) -> SummaryView:
    """The summary of a moment; empty while no file is there."""
    encounter, file = moment.state.encounter, moment.file
    if encounter is None:
        return SummaryView("", "", "", (), "", "", NONE, "", "")
    opened = encounter.opened.wall.astimezone()
    end = f" – {french.clock(encounter.closed.wall)}" if encounter.closed is not None else ""
    doctors = " · ".join(one.name for one in file.doctors) if file is not None else ""
    operator = encounter.operator
    lines = tuple(_lines(moment, file)) if file is not None else ()
    outcome = file.outcome if file is not None and file.outcome is not None else Outcome.FINISHED
    concluded = file.conclusion if file is not None else None
    kept = mark(moment, concluded.id, moment.since(concluded.instant)) if concluded is not None else NONE
    pending, why = _pending(moment, (*(line.mark for line in lines), kept))
    return SummaryView(
        title=TITLES[outcome],
        when=f"{opened:%d/%m/%Y} · {french.clock(opened)}{end}" + (f" · {doctors}" if doctors else ""),
        who=f"avec {operator.name}, {operator.profession}",
        lines=lines,
        conclusion=concluded.text if concluded is not None else "",
        concluded_by=f"Conclusion {french.of_doctor(concluded.by.name)}" if concluded is not None else "",
        conclusion_mark=kept,
        pending=pending,
        why=why,
    )


def _pending(moment: Moment, marks: tuple[Mark, ...]) -> tuple[str, str]:
    waiting = sum(1 for one in marks if one not in {SENT, NONE})
    if not waiting:
        return "Tout est transmis.", ""
    words = f"{french.counted(waiting, 'élément reste', 'éléments restent')} à transmettre."
    why = french.sentence(moment.state.queue.why)
    return words, why or "Vous pouvez fermer le dossier : l’envoi continue tout seul."


def _lines(moment: Moment, file: File) -> Iterator[Done]:
    def of(note_id: object, age: float) -> Mark:
        return mark(moment, note_id, age)

    notes = [note for note in file.notes if isinstance(note.body, ConsentGiven)]
    for note in notes:
        yield Done("Consentement", _consent(note), of(note.id, moment.since(note.instant)))
    for one in file.recorded:
        metric = values.principal(one.measurements)
        words = values.spoken(one.measurements)
        where = values.site(one.measurements)
        words += f" · {where}" if where else ""
        if one.error:
            words += " · erronée"
        yield Done(
            values.title(metric), f"{french.clock(one.received.wall)} · {words}", of(one.id, moment.since(one.instant))
        )
    for note in file.notes:
        if (named := _note(note)) is not None:
            name, words = named
            yield Done(name, words, of(note.id, moment.since(note.instant)))
    for line in _incidents(file):
        yield Done("Incident", line, NONE)
    if file.asides:
        count = french.counted(len(file.asides), "mesure laissée de côté", "mesures laissées de côté")
        yield Done("De côté", f"{count}, hors du dossier", NONE)


def _note(note: Noted) -> tuple[str, str] | None:
    """What a capture, a sound or a document is called, and what it was."""
    match note.body:
        case CaptureTaken(camera_label=label, site=site):
            return "Image", f"{label.lower()}, {site.label}"
        case SoundRecorded(position=position, seconds=seconds):
            return "Auscultation", f"{position.label}, {french.lasting(seconds)}"
        case DocumentAttached(what=what, title=title):
            return DOCUMENTS[what], title
        case _:
            return None


def _incidents(file: File) -> Iterator[str]:
    """What went wrong, each kind once with how often and how long; what only a technician has use for is left out."""
    kinds: dict[str, list[Incident]] = {}
    for note in file.notes:
        if isinstance(note.body, Incident) and note.body.what not in UNSAID:
            kinds.setdefault(note.body.what, []).append(note.body)
    for found in kinds.values():
        lasted = [one.seconds for one in found if one.seconds is not None]
        words = french.sentence(found[-1].line).rstrip(".")
        words += f" · {len(found)} fois" if len(found) > 1 else ""
        words += f" · {french.lasting(sum(lasted))}" if lasted else ""
        yield words + (" en tout" if len(lasted) > 1 else "")


def _consent(note: Noted) -> str:
    body = note.body
    if not isinstance(body, ConsentGiven):
        return ""
    by = f" ({body.given_by})" if body.given_by else ""
    return f"{FORMS[body.form]}{by}, noté par {body.recorded_by.name}"
