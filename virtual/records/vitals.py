# SPDX-License-Identifier: Apache-2.0
"""The rules of vital signs that no FHIR validator checks and that hurt patients: codes, units, components, context."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_COMPULSORY = ("subject", "encounter", "performer", "issued")


class Vital(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of ``vitals.toml``; a row without ``ucum`` is a panel, which has no value of its own."""

    name: str
    ucum: str = ""
    also: str = ""
    components: dict[str, str] = {}
    allowed: dict[str, str] = {}


@cache
def vitals() -> dict[str, Vital]:
    """The rows by LOINC code."""
    text = Path(__file__).with_name("vitals.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Vital])


def vital_faults(resource: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(where, what, issue code) of each rule that an Observation breaks."""
    if resource["resourceType"] != "Observation":
        return
    codes = _loinc(resource["code"])
    rows = [vitals()[code] for code in codes if code in vitals()]
    if not rows:
        yield "Observation.code", f"no known LOINC code among {sorted(codes)}", "code-invalid"
        return
    yield from _common(resource)
    if len({row.ucum for row in rows}) > 1 or any(row.also and row.also not in codes for row in rows):
        yield "Observation.code", "its codes do not go together", "code-invalid"
    row = rows[0]
    if row.ucum:
        yield from _quantity("Observation.value", resource, row.ucum)
    elif any(name.startswith("value") for name in resource):
        yield "Observation.value", f"the {row.name} has no value of its own", "structure"
    yield from _components(resource, row)


def _common(resource: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    codes = {
        c.get("code") for k in resource.get("category", []) for c in k.get("coding", []) if c.get("system") == CATEGORY
    }
    if "vital-signs" not in codes:
        yield "Observation.category", "vital-signs is required", "required"
    for name in _COMPULSORY:
        if name not in resource:
            yield f"Observation.{name}", "is required of a measurement", "required"
    if "device" not in resource and not any("tapée" in note["text"] for note in resource.get("note", [])):
        yield "Observation.device", "is required of a measurement, or a note that it was typed in", "required"
    if "reference" not in resource.get("device", {"reference": ""}):
        yield "Observation.device", "must be a literal reference", "required"
    effective = resource.get("effectiveDateTime", "")
    if "T" not in effective:
        yield "Observation.effectiveDateTime", "a date and a time with its offset are required", "required"


def _components(resource: dict[str, Any], row: Vital) -> Iterator[tuple[str, str, str]]:
    seen: set[str] = set()
    for index, component in enumerate(resource.get("component", [])):
        where = f"Observation.component[{index}]"
        known = _loinc(component["code"]) & (row.components.keys() | row.allowed.keys())
        if not known:
            yield f"{where}.code", f"is not a component of the {row.name}", "code-invalid"
        if known & seen:
            yield f"{where}.code", "is given twice", "duplicate"
        seen |= known
        for code in known:
            yield from _quantity(f"{where}.value", component, (row.components | row.allowed)[code])
    for code in row.components.keys() - seen:
        yield "Observation.component", f"{code} is required, with a value or a dataAbsentReason", "required"


def _quantity(where: str, holder: dict[str, Any], ucum: str) -> Iterator[tuple[str, str, str]]:
    if "dataAbsentReason" in holder:
        return
    quantity = holder.get("valueQuantity")
    if quantity is None:
        yield where, "must be a Quantity", "structure"
    elif "value" not in quantity:
        yield f"{where}Quantity.value", "is required", "required"
    elif (quantity.get("system"), quantity.get("code")) != (UCUM, ucum):
        yield f"{where}Quantity.code", f"must be {ucum} in UCUM, not {quantity.get('code')!r}", "code-invalid"


def _loinc(concept: dict[str, Any]) -> set[str]:
    return {c["code"] for c in concept.get("coding", []) if c.get("system") == LOINC and "code" in c}
