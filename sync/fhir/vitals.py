# SPDX-License-Identifier: Apache-2.0
"""Where, how and at which moment a vital sign was measured, in the terms of its profile (ANS "Mesures de santé").

A required value set takes no other code and no text alone: what it has no term for is told in a note instead.
"""

from functools import cache
from typing import NamedTuple

from device.codes import Metric, Site
from device.measurement import Measurement
from sync.fhir.elements import Json, coding, concept, quantity, term
from sync.fhir.profiles import EXTENSIONS, SETS

MANUAL = "Lue sur l’écran d’un instrument et tapée par l’accompagnant"
"""How a value typed in was taken; nobody knows which instrument showed it, so none is named."""


class Sets(NamedTuple):
    """The profile of a metric and the value sets of its method and its site, by their names in ``profiles.toml``."""

    profile: str
    method: str = ""
    site: str = ""


_PRESSURE = Sets("pressure", "method-pressure", "site-pressure")
SETS_OF = {
    Metric.SYSTOLIC: _PRESSURE,
    Metric.DIASTOLIC: _PRESSURE,
    Metric.MEAN_PRESSURE: _PRESSURE,
    Metric.PULSE_CUFF: Sets("pulse", "method-rate"),
    Metric.PULSE_OXIMETER: Sets("pulse", "method-rate"),
    Metric.HEART_RATE: Sets("pulse", "method-rate"),
    Metric.SATURATION: Sets("saturation", "method-saturation"),
    Metric.PERFUSION: Sets("perfusion"),
    Metric.TEMPERATURE: Sets("temperature", "method-temperature", "site-temperature"),
    Metric.WEIGHT: Sets("weight", "method-weight"),
    Metric.GLUCOSE: Sets("glucose", "method-glucose"),
}


@cache
def method(metric: Metric, *, typed: bool) -> Json:
    """``method`` of an Observation, or nothing. Typed in: how, where the set lets a text stand."""
    among = SETS_OF[metric].method
    if typed:
        return {} if among and SETS[among].required else {"method": concept(text=MANUAL)}
    coded = term(among, _PRESSURE.profile if SETS_OF[metric] is _PRESSURE else metric.value) if among else None
    return {"method": concept(coded)} if coded else {}


@cache
def body_site(metric: Metric, site: Site | None) -> Json:
    """``bodySite`` of an Observation, or nothing. What the set's own code does not tell, a side, is a second code."""
    if site is None:
        return {}
    among, exact = SETS_OF[metric].site, coding("snomed", site.snomed)
    coded = term(among, site.value) if among else exact
    if coded is None:
        return {}
    codes = [coded] if coded == exact else [coded, exact]
    return {"bodySite": concept(*codes, text=site.label)}


def untold_site(metric: Metric, site: Site | None) -> str:
    """The site that ``bodySite`` could not take, for a note; "" when there is none."""
    return "" if site is None or body_site(metric, site) else site.label


def extensions(metric: Metric, code: Json, measurement: Measurement) -> list[Json]:
    """The moment of a glucose, and the number that the instrument showed in another unit."""
    found: list[Json] = []
    if metric is Metric.GLUCOSE:
        meal = measurement.meal
        coded = term("moment-glucose", meal.value if meal else "unknown")
        moment = concept(*([coded] if coded else []), text=meal.line if meal else "non précisé")
        found.append({"url": EXTENSIONS["moment"], "valueCodeableConcept": moment})
    if measurement.reported is not None:
        found.append({"url": EXTENSIONS["original"], "extension": _original(code, measurement)})
    return found


def _original(code: Json, measurement: Measurement) -> list[Json]:
    """The three parts of mesures-original-data."""
    reported = measurement.reported
    if reported is None:
        return []
    return [
        {"url": "has-been-converted", "valueBoolean": True},
        {"url": "original-code", "valueCodeableConcept": code},
        {"url": "original-value", "valueQuantity": quantity(reported.value, reported.ucum, reported.ucum)},
    ]
