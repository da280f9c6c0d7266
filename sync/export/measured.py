# SPDX-License-Identifier: Apache-2.0
"""The measurements of an encounter as rows of the report: what counts, what was struck out, what was set aside."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import NamedTuple, cast

from device.codes import Metric
from device.entry import (
    EnteredInError,
    Entry,
    MeasurementDiscarded,
    MeasurementRecorded,
    MeasurementSetAside,
)
from device.measurement import Measurement, Provenance
from sync.course import Course
from sync.export.html import Markup, tag, text
from sync.fhir.people import signature
from sync.fhir.timing import taken

HEADER = ("Heure", "Mesure", "Valeur", "Instrument", "Endroit", "Remarques")
_TYPED = "saisi à la main"
_UNITS = {"[lb_av]": "lb", "[degF]": "°F", "mm[Hg]": "mmHg", "Cel": "°C"}
_PANEL = "Pression artérielle"
_PRESSURES = (Metric.SYSTOLIC, Metric.DIASTOLIC, Metric.MEAN_PRESSURE)


class Row(NamedTuple):
    """One measurement. ``why`` it does not count; "" when it does."""

    at: datetime
    what: str
    value: str
    instrument: str
    site: str
    remarks: tuple[str, ...]
    why: str = ""

    def cells(self, zone: tzinfo, day: date | None) -> tuple[str, tuple[Markup, ...]]:
        """Class and cells of the report's table; what does not count is struck, and said in words. The date is told
        where it is not the encounter's own ``day``."""
        moment = self.at.astimezone(zone)
        words = (f"{moment:%H:%M:%S}" if moment.date() == day else f"{moment:%d/%m/%Y %H:%M:%S}", self.what, self.value)
        said = [tag("strong", text(self.why))] if self.why else []
        remarks = Markup("<br>".join([*said, *(text(one) for one in self.remarks)]))
        when, what, value = (_struck(text(one), struck=bool(self.why)) for one in words)
        cells = (when, what, tag("span", value, class_="value"), text(self.instrument), text(self.site), remarks)
        return ("void" if self.why else "", cells)


def recorded(course: Course, zone: tzinfo, *, wrong: str = "") -> Iterator[Row]:
    """What was admitted, in order. ``wrong``: why nothing of the encounter counts."""
    for entry in course.recorded:
        body = cast("MeasurementRecorded", entry.body)
        error = course.errors.get(entry.id)
        why = wrong or (_error(error) if error else "")
        for members in _together(body.measurements):
            said = (*_time(members[0], body, zone), *_common(members, body.provenance))
            yield _row(members, body, (*said, *_remarks(course, entry, body, members[0])), zone, why)


def aside(entries: Sequence[Entry], zone: tzinfo) -> Iterator[Row]:
    """What was set aside in the encounter and was attributed to nobody."""
    attributed = {one.body.attributed for one in entries if isinstance(one.body, MeasurementRecorded)}
    discarded = {one.body.aside: one.body.by for one in entries if isinstance(one.body, MeasurementDiscarded)}
    for entry in entries:
        body = entry.body
        if isinstance(body, MeasurementSetAside) and entry.id not in attributed:
            by = discarded.get(entry.id)
            more = (f"Écartée par {signature(by)}.",) if by else ()
            for members in _together(body.measurements):
                remarks = (*_time(members[0], body, zone), *_common(members, body.provenance), *more)
                yield _row(members, body, remarks, zone, f"Mise de côté : {body.reason.line}.")


def number(value: Decimal) -> str:
    """A number as the French write it, with every digit that was read."""
    return f"{value:f}".replace(".", ",").replace("-", "−")


def _together(measurements: Sequence[Measurement]) -> Iterator[tuple[Measurement, ...]]:
    """Measurements by rows: the two or three pressures of one inflation are one."""
    seen: set[int] = set()
    for one in measurements:
        if one.metric not in _PRESSURES:
            yield (one,)
        elif one.group not in seen:
            seen.add(one.group)
            found = {each.metric: each for each in measurements if each.group == one.group}
            yield tuple(found[metric] for metric in _PRESSURES if metric in found)


def _row(
    members: tuple[Measurement, ...],
    body: MeasurementRecorded | MeasurementSetAside,
    remarks: tuple[str, ...],
    zone: tzinfo,
    why: str,
) -> Row:
    one = members[0]
    at = taken(one, body.provenance, body.received, zone).at
    site = one.site.label if one.site else ""
    what, value = (_PANEL, _pressure(members)) if one.metric in _PRESSURES else (one.metric.label, _value(one))
    return Row(at, what, value, _instrument(body.provenance), site, remarks, why)


def _pressure(members: tuple[Measurement, ...]) -> str:
    """« 128/74 mmHg (moyenne 92) »; a part that was not measured is said."""
    found = {one.metric: one for one in members}
    if all(metric in found and found[metric].value is not None for metric in _PRESSURES[:2]):
        high, low = (number(found[metric].value or Decimal()) for metric in _PRESSURES[:2])
        mean = found.get(Metric.MEAN_PRESSURE)
        more = f" (moyenne {number(mean.value)})" if mean and mean.value is not None else ""
        return f"{high}/{low}\u202f{Metric.SYSTOLIC.unit}{more}"
    parts = [f"{one.metric.label.lower()} {_value(one)}" for one in members]
    lost = [f"{metric.label.lower()} non mesurée" for metric in _PRESSURES[:2] if metric not in found]
    return ", ".join([*parts, *lost])


def _value(one: Measurement) -> str:
    if one.value is not None:
        return f"{number(one.value)}\u202f{one.metric.unit}"
    void = sorted(doubt for doubt in one.doubts if doubt.void)
    return f"aucune ({void[0].line.partition(',')[0]})" if void else "aucune"


def _instrument(provenance: Provenance) -> str:
    if provenance.manual:
        return _TYPED
    return f"{provenance.label}, n°\u00a0{provenance.serial}" if provenance.serial else provenance.label


def _time(one: Measurement, body: MeasurementRecorded | MeasurementSetAside, zone: tzinfo) -> tuple[str, ...]:
    """What must be known of the time that is shown."""
    note = taken(one, body.provenance, body.received, zone).note
    return (note,) if note else ()


def _common(members: tuple[Measurement, ...], provenance: Provenance) -> Iterator[str]:
    if provenance.simulated:
        yield "Instrument simulé : donnée d’essai."
    doubts = {doubt for one in members for doubt in one.doubts if not (doubt.void and one.value is None)}
    for doubt in sorted(doubts):
        yield f"{doubt.line.partition(',')[0].capitalize()}."
    for one in members:
        if one.meal is not None:
            yield f"Prise {one.meal.line}."
        if one.reported is not None:
            unit = _UNITS.get(one.reported.ucum, one.reported.ucum)
            yield f"Affichée par l’instrument : {number(one.reported.value)} {unit}."


def _remarks(course: Course, entry: Entry, body: MeasurementRecorded, one: Measurement) -> Iterator[str]:
    if entry.id in course.confirmed:
        yield "Valeur inhabituelle, confirmée par l’accompagnant."
    if body.attributed:
        yield "Mise de côté, puis attribuée à cette personne par l’accompagnant."
    if body.provenance.manual and body.by:
        yield f"Lue sur un écran et tapée par {signature(body.by)}."
    if one.metric is Metric.SATURATION:
        oxygen = course.oxygen_at(entry.sequence)
        if oxygen is None:
            yield "Oxygène non précisé."
        elif oxygen.litres:
            yield f"Sous {number(oxygen.litres)} L/min d’oxygène."
        else:
            yield "En air ambiant."


def _error(error: Entry) -> str:
    body = cast("EnteredInError", error.body)
    reason = f" : {body.reason}" if body.reason else ""
    return f"Saisie par erreur{reason} (marquée par {signature(body.by)})."


def _struck(inside: Markup, *, struck: bool) -> Markup:
    return tag("del", inside) if struck else inside
