# SPDX-License-Identifier: Apache-2.0
"""Observation: vital signs (R4 observation-vitalsigns, ANS "Mesures de santé"; HL7 PHD for MDC and absent values)."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import NamedTuple
from uuid import UUID

from device.codes import PRESSURE_PANEL, Doubt, Metric
from device.entry import MeasurementRecorded
from device.measurement import Measurement
from device.people import Operator
from sync.fhir import people, vitals
from sync.fhir.device import instrument_id
from sync.fhir.elements import Json, absent, coding, concept, instant, note, quantity, reference
from sync.fhir.profiles import EXTENSIONS, PROFILES
from sync.fhir.source import Arc, Source, measured
from sync.fhir.timing import taken

OXYGEN_FLOW = "3151-8"
_PANEL_MDC = "150020"
_PRESSURES = (Metric.SYSTOLIC, Metric.DIASTOLIC, Metric.MEAN_PRESSURE)
_ABSENT = {
    Doubt.NOT_A_NUMBER: "not-a-number",
    Doubt.ABOVE_RANGE: "positive-infinity",
    Doubt.BELOW_RANGE: "negative-infinity",
    Doubt.NOT_AT_RESOLUTION: "error",
    Doubt.RESERVED: "error",
}
"""HL7 PHD, "MDER FLOATs and SFLOATs"; anything else is "error"."""
_PRELIMINARY = {Doubt.EARLY_ESTIMATE, Doubt.ONGOING}
_CATEGORY = concept(coding("category", "vital-signs", "vital-signs"))
"""The display, too, is the profiles': ANS 3.2.0 fixes it."""


class Circumstances(NamedTuple):
    """What the rest of the encounter says of a recorded group. ``litres``: oxygen per minute, 0 for room air, None
    unknown; ``oxygen`` is the MedicationAdministration of it, None for none. ``error``: why it was entered in error.
    ``confirmed``: an operator confirmed an unusual value. ``amended``: the oxygen came after the encounter's end."""

    patient: UUID
    encounter: UUID
    operator: Operator
    litres: Decimal | None = None
    error: str | None = None
    confirmed: bool = False
    oxygen: UUID | None = None
    amended: bool = False


class Observed(NamedTuple):
    """One Observation and whether it speaks of oxygen saturation."""

    resource: Json
    saturation: bool


def observations(source: Source, entry: UUID, body: MeasurementRecorded, around: Circumstances) -> Iterator[Observed]:
    """The Observations of one recorded group: a pressure panel, and one for each other metric."""
    groups: dict[int, list[Measurement]] = defaultdict(list)
    for measurement in body.measurements:
        groups[measurement.group].append(measurement)
    for group, members in groups.items():
        if pressures := {one.metric: one for one in members if one.metric in _PRESSURES}:
            yield Observed(_panel(source, measured(entry, f"pressure-{group}"), body, pressures, around), False)  # noqa: FBT003 - a field
        for one in members:
            if one.metric not in _PRESSURES:
                identity = measured(entry, f"{one.metric.value}-{group}")
                yield Observed(_single(source, identity, body, one, around), one.metric is Metric.SATURATION)


def _panel(
    source: Source,
    identity: UUID,
    body: MeasurementRecorded,
    parts: dict[Metric, Measurement],
    around: Circumstances,
) -> Json:
    """A blood pressure: systolic and diastolic always stand, with a value or the reason for its absence."""
    first = next(iter(parts.values()))
    made = _common(source, identity, body, tuple(parts.values()), around)
    made["code"] = concept(coding("loinc", PRESSURE_PANEL), coding("mdc", _PANEL_MDC), text="Pression artérielle")
    wanted = [metric for metric in _PRESSURES if metric in parts or metric is not Metric.MEAN_PRESSURE]
    made["component"] = [{"code": _code(metric)} | _value(metric, parts.get(metric)) for metric in wanted]
    return made | vitals.body_site(first.metric, first.site)


def _single(
    source: Source, identity: UUID, body: MeasurementRecorded, measurement: Measurement, around: Circumstances
) -> Json:
    metric = measurement.metric
    made = _common(source, identity, body, (measurement,), around)
    made["code"] = code = _code(metric)
    made["extension"] += vitals.extensions(metric, code, measurement)
    made |= _value(metric, measurement) | vitals.body_site(metric, measurement.site)
    if metric is Metric.SATURATION:
        made["component"] = [_oxygen(around.litres)]
        if around.oxygen:
            made["partOf"] = [reference("MedicationAdministration", around.oxygen)]
        if around.amended and made["status"] == "final":
            made["status"] = "amended"
    return made


def _common(
    source: Source, identity: UUID, body: MeasurementRecorded, members: tuple[Measurement, ...], around: Circumstances
) -> Json:
    provenance = body.provenance
    metric = members[0].metric
    when = taken(members[0], provenance, body.received, source.zone)
    doubts = sorted({doubt for one in members for doubt in one.doubts})
    made: Json = {
        "resourceType": "Observation",
        "id": str(identity),
        "meta": source.meta(PROFILES[vitals.SETS_OF[metric].profile], simulated=provenance.simulated),
        "extension": [{"url": EXTENSIONS["gateway-device"], "valueReference": reference("Device", source.device)}],
        "identifier": [source.identifier(Arc.ENTRY, identity)],
        "status": _status(doubts, around),
        "category": [_CATEGORY],
        "subject": reference("Patient", around.patient),
        "encounter": reference("Encounter", around.encounter),
        "effectiveDateTime": instant(when.at, source.zone),
        "issued": instant(body.received.wall, source.zone),
        "performer": [people.who(source, body.by or around.operator)],
    }
    made |= vitals.method(metric, typed=provenance.manual)
    if not provenance.manual:
        made["device"] = reference("Device", instrument_id(source, provenance), provenance.label)
    if doubts:
        made["interpretation"] = [concept(text=doubt.line.partition(",")[0]) for doubt in doubts]
    if notes := [*_notes(body, members, around), *([when.note] if when.note else [])]:
        made["note"] = [note(text) for text in notes]
    return made


def _status(doubts: list[Doubt], around: Circumstances) -> str:
    if around.error is not None:
        return "entered-in-error"
    return "preliminary" if _PRELIMINARY.intersection(doubts) else "final"


def _notes(body: MeasurementRecorded, members: tuple[Measurement, ...], around: Circumstances) -> Iterator[str]:
    if around.error is not None:
        yield f"Saisie par erreur : {around.error}" if around.error else "Saisie par erreur."
    if around.confirmed:
        yield "Valeur inhabituelle, confirmée par l’accompagnant."
    if body.attributed:
        yield "Mesure mise de côté, puis attribuée à cette personne par l’accompagnant."
    if body.provenance.manual:
        yield f"{vitals.MANUAL}."
    if site := vitals.untold_site(members[0].metric, members[0].site):
        yield f"Prise à cet endroit : {site}."
    for one in members:
        if one.meal is not None:
            yield f"{one.metric.label} prise {one.meal.line}."
        if one.reported:
            yield f"{one.metric.label} affichée par l’instrument : {one.reported.value} {one.reported.ucum}."


@cache
def _code(metric: Metric) -> Json:
    codes = [coding("loinc", code) for code in metric.loinc]
    return concept(*codes, coding("mdc", str(metric.mdc)), text=metric.label)


def _value(metric: Metric, measurement: Measurement | None) -> Json:
    """The value, or why there is none: never 0."""
    if measurement is None:
        return {"dataAbsentReason": absent("unknown", "Non mesurée par l’instrument")}
    if measurement.value is not None:
        return {"valueQuantity": quantity(measurement.value, metric.unit, metric.ucum)}
    void = sorted(doubt for doubt in measurement.doubts if doubt.void)
    code = next((_ABSENT[doubt] for doubt in void if doubt in _ABSENT), "error")
    return {"dataAbsentReason": absent(code, void[0].line if void else "")}


def _oxygen(litres: Decimal | None) -> Json:
    """The oxygen given while a saturation was measured: it cannot be read without."""
    code = concept(coding("loinc", OXYGEN_FLOW, "Inhaled oxygen flow rate"), text="Oxygène administré")
    if litres is None:
        return {"code": code, "dataAbsentReason": absent("unknown", "Non précisé par l’accompagnant")}
    return {"code": code, "valueQuantity": quantity(litres, "L/min", "L/min")}
