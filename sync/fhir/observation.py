# SPDX-License-Identifier: Apache-2.0
"""Observation: vital signs (R4 observation-vitalsigns, ANS "Mesures de santé"; HL7 PHD for MDC and absent values)."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from device.codes import PRESSURE_PANEL, Doubt, Metric
from device.entry import MeasurementRecorded
from device.measurement import Measurement
from device.people import Operator
from sync.fhir import people
from sync.fhir.device import instrument_id
from sync.fhir.elements import Json, absent, coding, concept, instant, note, quantity, reference
from sync.fhir.profiles import EXTENSIONS, PROFILES
from sync.fhir.source import Arc, Source, measured
from sync.fhir.timing import taken

OXYGEN_FLOW = "3151-8"
MANUAL = "Lue sur l’écran d’un instrument et tapée par l’accompagnant"
"""How a value typed in was taken; nobody knows which instrument showed it, so none is named."""
_PANEL_MDC = "150020"
_PRESSURES = (Metric.SYSTOLIC, Metric.DIASTOLIC, Metric.MEAN_PRESSURE)
_PROFILE = {
    Metric.PULSE_CUFF: "pulse",
    Metric.PULSE_OXIMETER: "pulse",
    Metric.HEART_RATE: "pulse",
    Metric.SATURATION: "saturation",
    Metric.PERFUSION: "perfusion",
    Metric.TEMPERATURE: "temperature",
    Metric.WEIGHT: "weight",
    Metric.GLUCOSE: "glucose",
}
_ABSENT = {
    Doubt.NOT_A_NUMBER: "not-a-number",
    Doubt.ABOVE_RANGE: "positive-infinity",
    Doubt.BELOW_RANGE: "negative-infinity",
    Doubt.NOT_AT_RESOLUTION: "error",
    Doubt.RESERVED: "error",
}
"""HL7 PHD, "MDER FLOATs and SFLOATs"; anything else is "error"."""
_PRELIMINARY = {Doubt.EARLY_ESTIMATE, Doubt.ONGOING}
_CATEGORY = concept(coding("category", "vital-signs", "Vital Signs"))


class Circumstances(NamedTuple):
    """What the rest of the encounter says of a recorded group. ``litres``: oxygen per minute, 0 for room air, None
    unknown. ``error``: why it was entered in error. ``confirmed``: an operator confirmed an unusual value."""

    patient: UUID
    encounter: UUID
    operator: Operator
    litres: Decimal | None = None
    error: str | None = None
    confirmed: bool = False


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
    made["meta"] = source.meta(PROFILES["pressure"], simulated=body.provenance.simulated)
    made["code"] = concept(coding("loinc", PRESSURE_PANEL), coding("mdc", _PANEL_MDC), text="Pression artérielle")
    wanted = [metric for metric in _PRESSURES if metric in parts or metric is not Metric.MEAN_PRESSURE]
    made["component"] = [{"code": _code(metric)} | _value(metric, parts.get(metric)) for metric in wanted]
    if first.site:
        made["bodySite"] = concept(coding("snomed", first.site.snomed), text=first.site.label)
    return made


def _single(
    source: Source, identity: UUID, body: MeasurementRecorded, measurement: Measurement, around: Circumstances
) -> Json:
    metric = measurement.metric
    made = _common(source, identity, body, (measurement,), around)
    made["meta"] = source.meta(PROFILES[_PROFILE[metric]], simulated=body.provenance.simulated)
    made["code"] = _code(metric)
    made |= _value(metric, measurement)
    if measurement.site:
        made["bodySite"] = concept(coding("snomed", measurement.site.snomed), text=measurement.site.label)
    if metric is Metric.SATURATION:
        made["component"] = [_oxygen(around.litres)]
    return made


def _common(
    source: Source, identity: UUID, body: MeasurementRecorded, members: tuple[Measurement, ...], around: Circumstances
) -> Json:
    provenance = body.provenance
    when = taken(members[0], provenance, body.received, source.zone)
    doubts = sorted({doubt for one in members for doubt in one.doubts})
    made: Json = {
        "resourceType": "Observation",
        "id": str(identity),
        "extension": [{"url": EXTENSIONS["gateway-device"], "valueReference": reference("Device", source.device)}],
        "identifier": [source.identifier(Arc.ENTRY, identity)],
        "status": _status(doubts, around),
        "category": [_CATEGORY],
        "subject": reference("Patient", around.patient),
        "encounter": reference("Encounter", around.encounter),
        "effectiveDateTime": instant(when.at, source.zone),
        "issued": instant(body.received.wall, source.zone),
        "performer": [people.operator(source, body.by or around.operator)],
    }
    if provenance.manual:
        made["method"] = concept(text=MANUAL)
    else:
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
        yield f"{MANUAL}."
    for one in members:
        if one.meal is not None:
            yield f"{one.metric.label} prise {one.meal.line}."
        if one.reported:
            yield f"{one.metric.label} affichée par l’instrument : {one.reported.value} {one.reported.ucum}."


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
