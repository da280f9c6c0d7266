# SPDX-License-Identifier: Apache-2.0
"""What a strict server refuses in a resource: shape, required elements, codes, and FHIR R4's invariants."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha1
from typing import Any, NamedTuple

from virtual.records import primitives
from virtual.records.invariants import broken
from virtual.records.shapes import Shape, resource_types, shapes
from virtual.records.vitals import vital_faults


class Fault(NamedTuple):
    """One refusal: the FHIRPath of the element, what is wrong, and the OperationOutcome issue code."""

    where: str
    what: str
    code: str = "invalid"


class Link(NamedTuple):
    """A literal reference to be resolved: where it stands, what it says, and the types it may point to."""

    where: str
    target: str
    allowed: frozenset[str]


RELATIVE = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")
MAX_DEPTH = 20


def faults(resource: dict[str, Any]) -> list[Fault]:
    """Everything that is wrong with ``resource`` by itself (its references are not looked up)."""
    kind = resource.get("resourceType")
    if kind not in resource_types():
        return [Fault("resourceType", f"{kind!r} is not supported here", "not-supported")]
    body = {name: value for name, value in resource.items() if name != "resourceType"}
    found = list(_object(kind, shapes()[kind], body, 0))
    if not found:
        found += _invariants(kind, resource)
        found += (Fault(*fault) for fault in vital_faults(resource))
        told = ((one.must[0].at, f"{one.text} ({one.id}; {one.source})") for one in broken(resource))
        found += (Fault(f"{kind}.{where}", what, "invariant") for where, what in told)
    return found


def links(resource: dict[str, Any]) -> list[Link]:
    """Every literal reference in ``resource``."""
    kind = resource["resourceType"]
    return list(_links(kind, shapes()[kind], resource))


def _object(where: str, shape: Shape, value: object, depth: int) -> Iterator[Fault]:
    """Check a JSON object against its shape."""
    if not isinstance(value, dict) or not value:
        yield Fault(where, "must be an object with at least one element", "structure")
        return
    if depth > MAX_DEPTH:
        yield Fault(where, "is nested too deeply", "too-long")
        return
    chosen: set[str] = set()
    for name, child in value.items():
        field = shape.fields.get(name)
        if field is None:
            yield Fault(f"{where}.{name}", "is not an element of this type", "structure")
            continue
        if field.choice:
            if field.choice in chosen:
                yield Fault(f"{where}.{field.choice}[x]", "is given twice", "structure")
            chosen.add(field.choice)
        yield from _element(f"{where}.{name}", field.kind, field.allowed, child, many=field.many, depth=depth)
    for name, field in shape.fields.items():
        if field.required and name not in value:
            yield Fault(f"{where}.{name}", "is required", "required")


def _element(
    where: str, kind: str, allowed: frozenset[str], value: object, *, many: bool, depth: int
) -> Iterator[Fault]:
    """Check one element, or each of a list."""
    if not many:
        yield from _single(where, kind, allowed, value, depth)
        return
    if not isinstance(value, list) or not value:
        yield Fault(where, "must be a list with at least one element", "structure")
        return
    for index, child in enumerate(value):
        yield from _single(f"{where}[{index}]", kind, allowed, child, depth)


def _single(where: str, kind: str, allowed: frozenset[str], value: object, depth: int) -> Iterator[Fault]:
    if kind not in primitives.PRIMITIVES:
        yield from _object(where, shapes()[kind], value, depth + 1)
        if kind == "Reference" and isinstance(value, dict):
            yield from _reference(where, allowed, value)
        return
    if fault := primitives.fault(kind, value):
        yield Fault(where, fault, "value")
    elif allowed and value not in allowed:
        yield Fault(where, f"{value!r} is not one of {', '.join(sorted(allowed))}", "code-invalid")


def _reference(where: str, allowed: frozenset[str], value: dict[str, Any]) -> Iterator[Fault]:
    literal = value.get("reference")
    if not {"reference", "identifier", "display"} & value.keys():
        yield Fault(where, "needs a reference, an identifier or a display (ref-1)", "invariant")
    if isinstance(literal, str) and not literal.startswith("urn:uuid:"):
        match = RELATIVE.fullmatch(literal)
        if match is None:
            yield Fault(where, f"{literal!r} is not a relative reference", "value")
        elif allowed and match[1] not in allowed:
            yield Fault(where, f"may not refer to {match[1]}", "structure")


def _links(where: str, shape: Shape, value: dict[str, Any]) -> Iterator[Link]:
    for name, child in value.items():
        field = shape.fields.get(name)
        if field is None or field.kind in primitives.PRIMITIVES:
            continue
        for one in child if isinstance(child, list) else [child]:
            if field.kind == "Reference" and "reference" in one:
                yield Link(f"{where}.{name}", one["reference"], field.allowed)
            yield from _links(f"{where}.{name}", shapes()[field.kind], one)
    if where.endswith(".attachment") and RELATIVE.fullmatch(value.get("url", "")):
        yield Link(f"{where}.url", value["url"], frozenset({"Binary"}))


def _invariants(kind: str, resource: dict[str, Any]) -> Iterator[Fault]:
    if kind == "Observation":
        yield from _observation(resource)
    if kind == "Consent" and not {"policy", "policyRule"} & resource.keys():
        yield Fault("Consent", "needs a policy or a policyRule (ppc-1)", "invariant")
    period = resource.get("period", {})
    if kind == "Encounter":
        if "subject" not in resource:
            yield Fault("Encounter.subject", "is required on this server", "required")
        if resource["status"] == "finished" and "end" not in period:
            yield Fault("Encounter.period.end", "a finished encounter has an end", "invariant")
        if resource["status"] == "in-progress" and "end" in period:
            yield Fault("Encounter.period.end", "an encounter in progress has no end", "invariant")
    if kind == "DocumentReference":
        for index, content in enumerate(resource["content"]):
            yield from _attachment(f"DocumentReference.content[{index}].attachment", content["attachment"])


def _attachment(where: str, attachment: dict[str, Any]) -> Iterator[Fault]:
    """An attachment's bytes, where it holds them, are what it says of them."""
    if not {"data", "url"} & attachment.keys():
        yield Fault(where, "needs data or a url", "invariant")
    if "data" not in attachment:
        return
    if "contentType" not in attachment:
        yield Fault(f"{where}.contentType", "is required beside data (att-1)", "invariant")
    try:
        data = b64decode("".join(attachment["data"].split()), validate=True)
    except ValueError:
        yield Fault(f"{where}.data", "is not base64", "value")
        return
    if attachment.get("size", len(data)) != len(data):
        yield Fault(f"{where}.size", f"is not that of the data, {len(data)} bytes", "invariant")
    digest = b64encode(sha1(data, usedforsecurity=False).digest()).decode()
    if attachment.get("hash", digest) != digest:
        yield Fault(f"{where}.hash", "is not the SHA-1 of the data", "invariant")


def _observation(resource: dict[str, Any]) -> Iterator[Fault]:
    value = [name for name in resource if name.startswith("value")]
    if value and "dataAbsentReason" in resource:
        yield Fault("Observation.dataAbsentReason", "stands beside a value (obs-6)", "invariant")
    if not value and not {"dataAbsentReason", "component", "hasMember"} & resource.keys():
        yield Fault("Observation", "has neither value, component nor dataAbsentReason (vs-2)", "invariant")
    for index, component in enumerate(resource.get("component", [])):
        where = f"Observation.component[{index}]"
        given = any(name.startswith("value") for name in component)
        if given == ("dataAbsentReason" in component):
            yield Fault(where, "needs a value or else a dataAbsentReason (vs-3, obs-6)", "invariant")
        if value and component["code"] == resource["code"]:
            yield Fault(where, "repeats the code of the Observation beside its value (obs-7)", "invariant")
