# SPDX-License-Identifier: Apache-2.0
"""The canonical URLs and value sets of ``profiles.toml``."""

import tomllib
from pathlib import Path

import msgspec


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code; ``system`` is a name of ``systems``."""

    system: str
    code: str
    display: str = ""


class ValueSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The terms of a value set that this cart may say, by our own words; ``edition`` is what they were read in.
    ``required``: the element takes nothing else, not even a text alone (R4 terminologies.html#required)."""

    url: str
    edition: str
    terms: dict[str, Term]
    required: bool = False


class Canonicals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Guides with their versions; profiles by what they are of; extensions, code systems and value sets by name."""

    guides: dict[str, str]
    profiles: dict[str, list[str]]
    extensions: dict[str, str]
    systems: dict[str, str]
    sets: dict[str, ValueSet]


_TEXT = Path(__file__).with_name("profiles.toml").read_text(encoding="utf-8")
CANONICALS = msgspec.convert(tomllib.loads(_TEXT), Canonicals)
PROFILES, EXTENSIONS, SYSTEMS, SETS = (
    CANONICALS.profiles,
    CANONICALS.extensions,
    CANONICALS.systems,
    CANONICALS.sets,
)
