# SPDX-License-Identifier: Apache-2.0
"""The FHIR R4 Bundle of an export: a collection of the resources that servers are sent, with the same ids and the same
bytes (https://hl7.org/fhir/R4/bundle.html).

Entries stand under a base that exists nowhere (RFC 6761 ``.invalid``), so that relative references resolve within the
bundle (§ bundle.html "Resolving references in Bundles"). A Binary, which servers get as bytes, holds them in base64.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sync.fhir.elements import Json, instant
from sync.fhir.source import Source
from sync.step import Step, canonical

BASE = "https://chevet.invalid/fhir"


def told(steps: Sequence[Step]) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """The steps that an export tells, each resource once and at its last stage; and those that are held back, with
    whatever refers to them."""
    newest: dict[str, Step] = {}
    for one in steps:
        if not one.withdrawn:
            newest[one.place] = one
    held = {one.key for one in newest.values() if one.held}
    while more := {one.key for one in newest.values() if one.key not in held and not held.isdisjoint(one.needs)}:
        held |= more
    found = newest.values()
    return tuple(one for one in found if one.key not in held), tuple(one for one in found if one.key in held)


def bundle(
    source: Source, encounter: UUID, steps: Sequence[Step], read: Callable[[str], bytes], at: datetime
) -> Iterator[bytes]:
    """The Bundle's JSON, a resource at a time. ``read`` gives the bytes of a file by its SHA-256."""
    head: Json = {
        "resourceType": "Bundle",
        "id": str(source.identity("export", str(encounter), at.isoformat())),
        "meta": {"source": source.uri},
        "identifier": {"system": f"urn:oid:{source.root}", "value": str(source.identity("export", str(encounter)))},
        "type": "collection",
        "timestamp": instant(at, source.zone),
    }
    yield canonical(head)[:-1] + b',"entry":['
    for number, one in enumerate(steps):
        resource = one.body() if not one.attachment else canonical(_binary(one, read(one.attachment)))
        full = canonical({"fullUrl": f"{BASE}/{one.place}"})[:-1]
        yield (b",\n" if number else b"\n") + full + b',"resource":' + resource + b"}"
    yield b"\n]}\n"


def _binary(step: Step, data: bytes) -> Json:
    return {
        "resourceType": "Binary",
        "id": step.place.removeprefix("Binary/"),
        "contentType": step.media_type,
        "data": b64encode(data).decode(),
    }
