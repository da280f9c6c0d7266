# SPDX-License-Identifier: Apache-2.0
"""How one records server knows again what it was sent: the profile's identity, and how each resource reads there.
Pure.

==============  ======================================================================================================
``put``         the cart's own UUID is the resource's id (RFC 4122; FHIR R4 http.html §3.1.0.7.1, update as create)
``conditional`` the server gives ids; ``If-None-Exist`` by the cart's own identifier (§3.1.0.8.2, conditional create)
``post``        the server gives ids and takes no conditions; what may have been carried out is searched first
==============  ======================================================================================================

Where the server gives ids, a reference is written with the id that it gave: whatever is referred to goes first, in a
request of its own. No condition is a lock, so an outcome that is not known is settled by a search even where conditions
are taken (parallel conditional creates make duplicates on several servers).
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

import msgspec

from sync.fhir.elements import Json
from sync.step import Step


class Identity(StrEnum):
    """How a server knows a resource again."""

    PUT = "put"
    CONDITIONAL = "conditional"
    POST = "post"


Places = Mapping[str, str]
"""The server's ``Type/id`` of what it holds, by ours."""


def reading(step: Step, places: Places | None) -> Json:
    """A step's resource as the server is to hold it. ``places`` None: by our own ids; else by those it gave, the
    resource's own left out while it has none."""
    if places is None:
        return step.resource
    made: Json = _rewritten(step.resource, places)
    at = places.get(step.place, "")
    made.pop("id", None)
    if at:
        made["id"] = at.partition("/")[2]
    if tag := _tag(step.resource):
        meta = made.get("meta", {})
        made["meta"] = meta | {"tag": [*meta.get("tag", []), tag]}
    return made


def query(step: Step) -> str:
    """The search that finds a step's resource, and nothing else: by the cart's own identifier; by a tag, for a type
    that has no identifier."""
    if tag := _tag(step.resource):
        return urlencode({"_tag": f"{tag['system']}|{tag['code']}"})
    one = _identifier(step.resource)
    return urlencode({"identifier": f"{one.get('system', '')}|{one['value']}"})


def named_by_us(step: Step) -> bool:
    """Whether the cart gave the resource its identifier: what somebody else named is never overwritten (an
    establishment by its FINESS number, a doctor by an RPPS number)."""
    return _tag(step.resource) is not None or _is_ours(step.resource, _identifier(step.resource))


def unknown(step: Step, own: frozenset[str], places: Places) -> Iterator[str]:
    """The places among ``own`` that a step refers to and that the server has not named yet."""
    for target in _references(step.resource):
        if target in own and target != step.place and target not in places:
            yield target


def inlined(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The same steps with the bytes of each file within its document: one request for each, and no Binary, which has
    no identifier to be found by (R4 binary.html)."""
    files = {one.place: one for one in steps if one.type == "Binary"}
    return tuple(_with_bytes(one, files) for one in steps if one.type != "Binary")


def _with_bytes(step: Step, files: Mapping[str, Step]) -> Step:
    found = [files[need] for need in step.needs if need in files]
    if not found:
        return step
    needs = tuple(need for need in step.needs if need not in files)
    if step.type != "DocumentReference":
        return msgspec.structs.replace(step, needs=needs)
    attachment = {name: value for name, value in _attachment(step.resource).items() if name != "url"}
    resource = step.resource | {"content": [step.resource["content"][0] | {"attachment": attachment}]}
    one = found[0]
    return msgspec.structs.replace(
        step, needs=needs, resource=resource, attachment=one.attachment, media_type=one.media_type
    )


def with_data(resource: Json, data: str) -> Json:
    """A document with its bytes (base64)."""
    attachment = _attachment(resource) | {"data": data}
    return resource | {"content": [resource["content"][0] | {"attachment": attachment}]}


def _attachment(document: Json) -> Json:
    found: Json = document["content"][0]["attachment"]
    return found


def _identifiers(resource: Json) -> list[Json]:
    found = resource.get("identifier", [])
    return [one for one in (found if isinstance(found, list) else [found]) if "value" in one]


def _is_ours(resource: Json, identifier: Json) -> bool:
    return str(identifier.get("system", "")).startswith(f"{resource.get('meta', {}).get('source')}.")


def _identifier(resource: Json) -> Json:
    """The cart's own, or else the first."""
    found = _identifiers(resource)
    return next((one for one in found if _is_ours(resource, one)), found[0])


def _tag(resource: Json) -> Json | None:
    """What stands for an identifier where the type has none (Provenance); the system is the cart's root itself."""
    if _identifiers(resource):
        return None
    return {"system": resource["meta"]["source"], "code": resource["id"]}


def _rewritten(value: Any, places: Places) -> Any:  # noqa: ANN401 - any JSON
    """``value`` with the references to ``places`` rewritten, and nothing else."""
    if isinstance(value, dict):
        made = {name: _rewritten(child, places) for name, child in value.items()}
        for name in ("reference", "url"):
            if isinstance(target := made.get(name), str):
                made[name] = places.get(target, target)
        return made
    return [_rewritten(child, places) for child in value] if isinstance(value, list) else value


def _references(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        if isinstance(target := value.get("reference"), str):
            yield target
        for child in value.values():
            yield from _references(child)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)
