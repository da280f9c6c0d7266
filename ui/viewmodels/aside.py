# SPDX-License-Identifier: Apache-2.0
"""The tray: measurements set aside, files that wait, and why each is there; both ways out are deliberate acts."""

import msgspec

from device.entry import AsideReason
from device.station.state import WaitingDocument
from ui import french
from ui.file import Aside
from ui.viewmodels import values
from ui.viewmodels.moment import Moment
from ui.viewmodels.sound_sheets import described

SCREEN_ROWS = 50


class AsideRow(msgspec.Struct, frozen=True):
    """One group in the tray. ``mine``: it may be attributed; what is nobody's may only be put away."""

    id: str
    bar: str
    title: str
    value: str
    unit: str
    when: str
    why: str
    origin: str
    spoken: str
    mine: bool


class FileRow(msgspec.Struct, frozen=True):
    """One file that waits; ``why`` says why it was refused, "" when it can be attached."""

    id: str
    name: str
    when: str
    whose: str
    why: str
    spoken: str


class AsideView(msgspec.Struct, frozen=True):
    """The tray: groups, then files."""

    rows: tuple[AsideRow, ...]
    files: tuple[FileRow, ...]
    line: str
    empty: str


def aside(moment: Moment) -> AsideView:
    """The tray of a moment, the newest first."""
    groups = moment.file.asides if moment.file is not None else ()
    encounter = moment.state.encounter
    name = french.courtesy(encounter.patient) if encounter is not None else ""
    rows = tuple(row(one, moment) for one in reversed(groups[-SCREEN_ROWS:]))
    files = tuple(file_row(one, moment) for one in reversed(moment.state.documents[-SCREEN_ROWS:]))
    line = f"Rien de ceci n’est dans le dossier de {name}. Gardez ce qui est bien à cette personne, écartez le reste."
    return AsideView(rows, files, line, "" if rows or files else "Plus rien de côté.")


def file_row(file: WaitingDocument, moment: Moment) -> FileRow:
    """A file's row."""
    when = f"Reçu {french.when(file.received.wall, moment.today)}"
    whose = f"Nom écrit dedans : {file.patient}" if file.patient else "Sans nom de patient"
    why = french.sentence(file.line)
    return FileRow(file.id, described(file), when, whose, why, f"Fichier {described(file)}, {when}, {whose}, {why}")


def row(one: Aside, moment: Moment) -> AsideRow:
    """A row of the tray."""
    metric = values.principal(one.measurements)
    figure = values.figure(one.measurements, metric)
    taken = next((single.taken for single in one.measurements if single.taken is not None), None)
    if taken is not None:
        when = f"Prise {french.when(taken, moment.today)}, selon l’instrument"
    else:
        when = f"Reçue {french.when(one.received.wall, moment.today)}"
    why = french.sentence(one.reason.line)
    title = values.title(metric)
    return AsideRow(
        id=str(one.id),
        bar=values.bar(metric),
        title=title,
        value=figure,
        unit=metric.unit,
        when=when,
        why=why,
        origin=values.instrument(one.provenance),
        spoken=f"{title} {figure} {metric.unit}, de côté, {when}, {why}",
        mine=one.reason is not AsideReason.CONTROL_SOLUTION,
    )
