# SPDX-License-Identifier: Apache-2.0
"""What a server that gives the ids itself wrote, told again with the cart's own: one oracle judges both. Pure."""

from collections.abc import Container, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from sync.fhir.elements import Json
from sync.profile import query
from sync.step import Step, canonical


class Version(NamedTuple):
    """A version as a server made it: its own place, and the resource or the bytes of a file."""

    place: str
    content: Json | bytes


class Write(NamedTuple):
    """The same by the cart's place, and the SHA-256 of what the cart sent."""

    place: str
    digest: str


def digest(content: Json | bytes) -> str:
    """The SHA-256 of what was sent."""
    return sha256(content if isinstance(content, bytes) else canonical(content)).hexdigest()


def as_sent(versions: Sequence[Version]) -> list[Write]:
    """Of a server that takes the cart's ids."""
    return [Write(one.place, digest(one.content)) for one in versions]


def doubled(versions: Sequence[Version], names: Mapping[str, str], step: Step) -> Iterator[str]:
    """Resources of which a server that gives ids has more than one."""
    seen: dict[str, str] = {}
    for place, ours in places(versions, names, step).items():
        if ours in seen:
            yield f"doubled: {ours} is {seen[ours]} and {place}"
        seen[ours] = place


def as_named(versions: Sequence[Version], names: Mapping[str, str], step: Step, files: Container[str]) -> list[Write]:
    """Of a server that gives ids. ``names``: the cart's places by the search that finds each; ``step``: any; ``files``:
    the cart's places of documents that bring a file's bytes."""
    back = places(versions, names, step)
    made = []
    for one in versions:
        ours = _ours(one.content, back[one.place], back)
        if back[one.place] in files and not isinstance(ours, bytes):
            ours["content"][0]["attachment"].pop("data", None)
        made.append(Write(back[one.place], digest(ours)))
    return made


def places(versions: Sequence[Version], names: Mapping[str, str], step: Step) -> dict[str, str]:
    """The cart's places by the server's."""
    found: dict[str, str] = {}
    for place, content in versions:
        kind = place.partition("/")[0]
        if isinstance(content, bytes):
            found[place] = place
        elif tag := _tag(content):
            found[place] = f"{kind}/{tag}"
        else:
            name = query(msgspec.structs.replace(step, resource=content))
            found[place] = names.get(f"{kind}?{name}", place)
    return found


def _tag(resource: Json) -> str:
    meta = resource.get("meta", {})
    return next((str(one["code"]) for one in meta.get("tag", ()) if one["system"] == meta.get("source")), "")


def _ours(content: Json | bytes, place: str, back: Mapping[str, str]) -> Json | bytes:
    if isinstance(content, bytes):
        return content
    made: Json = _renamed(content, back)
    made["id"] = place.partition("/")[2]
    if _tag(made):
        meta = made["meta"]
        rest = [one for one in meta["tag"] if one["system"] != meta["source"]]
        made["meta"] = {name: value for name, value in meta.items() if name != "tag"} | ({"tag": rest} if rest else {})
    return made


def _renamed(value: Any, back: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        made = {name: _renamed(child, back) for name, child in value.items()}
        for name in ("reference", "url"):
            if isinstance(target := made.get(name), str):
                made[name] = back.get(target, target)
        return made
    return [_renamed(child, back) for child in value] if isinstance(value, list) else value
