# SPDX-License-Identifier: Apache-2.0
"""The invariants of the profiles, as ``profiles/`` transcribes them: what a resource must hold beyond its shape.

A path is names joined by dots; a list is entered by itself, and ``name[key=value]`` keeps the elements of that value.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

_STEP = re.compile(r"([A-Za-z]+)(?:\[([A-Za-z]+)=([^\]]+)\])?(?:\.|$)")
_FILES = ("measurements.toml", "people.toml", "devices.toml")
Value = str | int | dict[str, str]


class Test(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must hold of the values at a path. ``some`` or ``none`` of them are there; ``any`` or all of them (``only``)
    are, or hold, one of those listed, and ``never`` one of them is; all ``match`` a pattern; ``count`` how many;
    ``told`` or ``untold``: one of them, or none, has that pattern in it; ``above``: one is a larger number."""

    at: str
    some: bool = False
    none: bool = False
    any: tuple[Value, ...] = ()
    only: tuple[Value, ...] = ()
    never: tuple[Value, ...] = ()
    match: str = ""
    count: int | None = None
    told: str = ""
    untold: str = ""
    above: int | None = None

    def holds(self, element: dict[str, Any]) -> bool:
        """Whether it holds of one element."""
        found = list(select(element, self.at))
        texts = [one for one in found if isinstance(one, str)]
        return (
            not (self.some and not found)
            and not (self.none and found)
            and not (self.any and not any(_is(one, self.any) for one in found))
            and all(_is(one, self.only) for one in found if self.only)
            and not any(_is(one, self.never) for one in found)
            and all(re.fullmatch(self.match, str(one)) for one in found if self.match)
            and (self.count is None or len(found) == self.count)
            and not (self.told and not any(re.search(self.told, one) for one in texts))
            and not (self.untold and any(re.search(self.untold, one) for one in texts))
            and not (self.above is not None and not any(one > self.above for one in found))
        )


class Invariant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule: of resources of a ``type`` or of a ``profile``; of ``each`` element at a path; ``when`` something else
    holds. ``source`` names the guide and the file."""

    id: str
    text: str
    source: str
    must: tuple[Test, ...]
    type: str = ""
    profile: str = ""
    each: str = ""
    when: Test | None = None


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The folder ``profiles``: guides with their versions and addresses, profiles by name, rules."""

    guides: dict[str, str]
    profiles: dict[str, str]
    invariant: tuple[Invariant, ...]


@cache
def table() -> Table:
    """The rules. Raises msgspec.ValidationError for a table that is none."""
    folder = Path(__file__).with_name("profiles")
    whole = tomllib.loads((folder / "guides.toml").read_text(encoding="utf-8"))
    rules = [tomllib.loads((folder / name).read_text(encoding="utf-8"))["invariant"] for name in _FILES]
    return msgspec.convert(whole | {"invariant": [one for some in rules for one in some]}, Table)


def broken(resource: dict[str, Any]) -> Iterator[Invariant]:
    """The rules that a resource of a good shape breaks; one that says neither source nor profile is held to none."""
    meta = resource.get("meta", {})
    if not {"source", "profile"} & meta.keys():
        return
    claimed = frozenset(meta.get("profile", ()))
    for one in table().invariant:
        mine = table().profiles[one.profile] in claimed if one.profile else one.type == resource["resourceType"]
        if mine and (one.when is None or one.when.holds(resource)):
            elements = select(resource, one.each) if one.each else [resource]
            if not all(test.holds(element) for element in elements for test in one.must):
                yield one


def select(value: Any, path: str) -> Iterator[Any]:  # noqa: ANN401 - any JSON
    """Every value at a path."""
    if isinstance(value, list):
        for one in value:
            yield from select(one, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and (step := _STEP.match(path)):
        name, key, wanted = step.groups()
        child = value.get(name)
        kept = [one for one in child if one.get(key) == wanted] if key and isinstance(child, list) else child
        if kept is not None:
            yield from select(kept, path[step.end() :])


def _is(value: object, listed: tuple[Value, ...]) -> bool:
    """Whether a value is one of those listed, or an object that holds all of one of them."""
    if isinstance(value, dict):
        return any(isinstance(one, dict) and one.items() <= value.items() for one in listed)
    return value in listed
