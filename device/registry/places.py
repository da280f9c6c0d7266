# SPDX-License-Identifier: Apache-2.0
"""On which line of a TOML file a row's field stands. tomllib does not tell; errors must."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_NAME = r"""(?:"(?P<quoted>[^"]*)"|'(?P<literal>[^']*)'|(?P<bare>[A-Za-z0-9_-]+))"""
_HEADER = re.compile(rf"\s*\[\s*{_NAME}\s*\]\s*(?:#.*)?$")
_KEY = re.compile(rf"\s*{_NAME}\s*(?:\.[^=]*)?=")
_FENCES = ('"' * 3, "'" * 3)


class _Place(NamedTuple):
    """A header (no field) or a key. Keys before the first header are rows of their own, as TOML has them."""

    line: int
    row: str
    field: str


def line_of(text: str, row: str, field: str) -> int | None:
    """The line, from 1, of ``field`` in the table ``row``; of the table's header where the field does not stand there
    or is "". An index behind the field ("metrics[0]") is left out. None where there is no such table."""
    name = field.partition("[")[0].partition(".")[0]
    header = None
    for place in _places(text):
        if place.row == row and place.field == name:
            return place.line
        if place.row == row and not place.field and header is None:
            header = place.line
    return header


def _places(text: str) -> Iterator[_Place]:
    row = ""
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        if fence:
            fence = "" if fence in line else fence
            continue
        header = _HEADER.match(line)
        key = None if header else _KEY.match(line)
        if header:
            row = _name(header)
            yield _Place(number, row, "")
        elif key:
            yield _Place(number, row, _name(key)) if row else _Place(number, _name(key), "")
        fence = next((mark for mark in _FENCES if line.count(mark) % 2), "")


def _name(match: re.Match[str]) -> str:
    return next(name for name in match.group("quoted", "literal", "bare") if name is not None)
