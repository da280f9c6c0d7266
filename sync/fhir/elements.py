# SPDX-License-Identifier: Apache-2.0
"""FHIR R4 data types as plain dictionaries (https://hl7.org/fhir/R4/datatypes.html)."""

from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from sync.fhir.profiles import SETS, SYSTEMS

Json = dict[str, Any]
"""A FHIR element or resource, ready for JSON; numbers are Decimal or int."""


def coding(system: str, code: str, display: str = "") -> Json:
    """A Coding; ``system`` is a name of ``profiles.toml``."""
    return {"system": SYSTEMS[system], "code": code} | ({"display": display} if display else {})


def term(among: str, key: str) -> Json | None:
    """The Coding of our word ``key`` in a value set of ``profiles.toml``; None when it has no such term."""
    found = SETS[among].terms.get(key)
    return None if found is None else coding(found.system, found.code, found.display)


def concept(*codings: Json, text: str = "") -> Json:
    """A CodeableConcept."""
    return ({"coding": list(codings)} if codings else {}) | ({"text": text} if text else {})


def quantity(value: Decimal, unit: str, ucum: str) -> Json:
    """A Quantity; ``unit`` is for people, ``ucum`` for machines."""
    return {"value": value, "unit": unit, "system": SYSTEMS["ucum"], "code": ucum}


def absent(code: str, text: str = "") -> Json:
    """Why there is no value (code system data-absent-reason)."""
    return concept(coding("absent", code), text=text)


def reference(kind: str, identity: object, display: str = "") -> Json:
    """A literal reference."""
    return {"reference": f"{kind}/{identity}"} | ({"display": display} if display else {})


def instant(moment: datetime, zone: tzinfo) -> str:
    """An aware moment as FHIR instant or dateTime: milliseconds, and the offset of ``zone``."""
    return moment.astimezone(zone).isoformat(timespec="milliseconds")


def note(text: str) -> Json:
    """An Annotation."""
    return {"text": text}
