# SPDX-License-Identifier: Apache-2.0
"""The tray of measurements set aside: why each is there; attributing is a deliberate act, and discarding too."""

import msgspec

from ui import french
from ui.file import Aside
from ui.viewmodels import values
from ui.viewmodels.moment import Moment

SCREEN_ROWS = 50


class AsideRow(msgspec.Struct, frozen=True):
    """One group in the tray."""

    id: str
    bar: str
    title: str
    value: str
    unit: str
    when: str
    why: str
    origin: str
    spoken: str


class AsideView(msgspec.Struct, frozen=True):
    """The tray. ``more`` is how many are not listed."""

    rows: tuple[AsideRow, ...]
    line: str
    empty: str


def aside(moment: Moment) -> AsideView:
    """The tray of a moment, the newest first."""
    groups = moment.file.asides if moment.file is not None else ()
    encounter = moment.state.encounter
    name = french.courtesy(encounter.patient) if encounter is not None else ""
    rows = tuple(row(one, moment) for one in reversed(groups[-SCREEN_ROWS:]))
    line = f"Elles ne sont pas dans le dossier de {name}. Gardez celles qui sont les siennes, écartez les autres."
    return AsideView(rows, line, "" if rows else "Plus aucune mesure de côté.")


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
    )
