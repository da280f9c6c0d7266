# SPDX-License-Identifier: Apache-2.0
"""The shapes of the resources that the endpoint takes, read from ``shapes.toml``."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from virtual.records.primitives import PRIMITIVES

_KIND = re.compile(r"([A-Za-z.0-9]+)(?:\(([^)]*)\))?([!*+]?)")
_CHOICE = "[x]"

ANYWHERE = "id = 'string'\nextension = 'Extension*'"
_RESOURCE = (
    "id = 'id'\nmeta = 'Meta'\nimplicitRules = 'uri'\nlanguage = 'code'\ntext = 'Narrative'\n"
    "extension = 'Extension*'\nmodifierExtension = 'Extension*'"
)


class Field(NamedTuple):
    """An element: its type, its codes or reference targets, and its cardinality."""

    kind: str
    allowed: frozenset[str]
    required: bool
    many: bool
    choice: str = ""


class Shape(NamedTuple):
    """Every element of one type; ``choices`` are the required ones among the ``[x]``."""

    fields: dict[str, Field]


def _field(text: str, choice: str = "") -> Field:
    match = _KIND.fullmatch(text)
    if match is None:
        raise ValueError(f"not a type: {text}")
    kind, allowed, mark = match.groups()
    return Field(
        kind, frozenset(allowed.split("|")) if allowed else frozenset(), mark in ("!", "+"), mark in ("*", "+"), choice
    )


def _split(text: str) -> list[str]:
    """The types of a choice: split on "|" outside parentheses."""
    return re.findall(r"[A-Za-z]+(?:\([^)]*\))?", text)


def _shape(common: str, rows: dict[str, str]) -> Shape:
    fields = {name: _field(text) for name, text in tomllib.loads(common).items()}
    for name, text in rows.items():
        if not name.endswith(_CHOICE):
            fields[name] = _field(text)
            continue
        stem = name.removesuffix(_CHOICE)
        for kind in _split(text):
            bare = kind.split("(")[0]
            fields[stem + bare[0].upper() + bare[1:]] = _field(kind, choice=stem)
    return Shape(fields)


@cache
def shapes() -> dict[str, Shape]:
    """Every shape by its name: resources and types alike. Raises ValueError on a type nobody defines."""
    data = tomllib.loads(Path(__file__).with_name("shapes.toml").read_text(encoding="utf-8"))
    found = {name: _shape(ANYWHERE, rows) for name, rows in data["types"].items()}
    found |= {name: _shape(_RESOURCE, rows) for name, rows in data["resources"].items()}
    kinds = {field.kind for shape in found.values() for field in shape.fields.values()}
    if unknown := kinds - found.keys() - PRIMITIVES:
        raise ValueError(f"types without a shape: {sorted(unknown)}")
    return found


@cache
def resource_types() -> frozenset[str]:
    """The resources that the endpoint takes."""
    data = tomllib.loads(Path(__file__).with_name("shapes.toml").read_text(encoding="utf-8"))
    return frozenset(data["resources"])
