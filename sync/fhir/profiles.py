# SPDX-License-Identifier: Apache-2.0
"""The canonical URLs of ``profiles.toml``."""

import tomllib
from pathlib import Path

import msgspec


class Canonicals(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Profiles by what they are of, extensions and code systems by name."""

    profiles: dict[str, list[str]]
    extensions: dict[str, str]
    systems: dict[str, str]


_TEXT = Path(__file__).with_name("profiles.toml").read_text(encoding="utf-8")
CANONICALS = msgspec.convert(tomllib.loads(_TEXT), Canonicals)
PROFILES, EXTENSIONS, SYSTEMS = CANONICALS.profiles, CANONICALS.extensions, CANONICALS.systems
