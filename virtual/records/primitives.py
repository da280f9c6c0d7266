# SPDX-License-Identifier: Apache-2.0
"""FHIR R4 primitive types: what a strict server takes for each (https://hl7.org/fhir/R4/datatypes.html#primitive)."""

import re
from decimal import Decimal

_DATE = r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?"
_DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
_OFFSET = r"(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00))"

TEXT: dict[str, re.Pattern[str]] = {
    "string": re.compile(r"[ \r\n\t\S]+"),
    "markdown": re.compile(r"[ \r\n\t\S]+"),
    "code": re.compile(r"[^\s]+(\s[^\s]+)*"),
    "id": re.compile(r"[A-Za-z0-9\-.]{1,64}"),
    "uri": re.compile(r"\S+"),
    "url": re.compile(r"\S+"),
    "canonical": re.compile(r"\S+"),
    "date": re.compile(_DATE),
    "dateTime": re.compile(rf"{_DATE}|{_DAY}T{_TIME}{_OFFSET}"),
    "instant": re.compile(rf"{_DAY}T{_TIME}{_OFFSET}"),
    "time": re.compile(_TIME),
    "base64Binary": re.compile(r"[0-9a-zA-Z+/\s]+={0,2}\s*"),
}
"""Primitives that are JSON strings, and the whole text that each takes."""

_LEAST = {"integer": -(1 << 31), "unsignedInt": 0, "positiveInt": 1}
PRIMITIVES = frozenset({*TEXT, *_LEAST, "boolean", "decimal"})
MAX_TEXT = 1 << 20
"""Longest string, in characters (R4: 1 MB); base64 is bounded by the request instead."""


def fault(kind: str, value: object) -> str:
    """What is wrong with ``value`` as a primitive of that kind; "" when nothing is."""
    if kind == "boolean":
        return "" if isinstance(value, bool) else "must be true or false"
    if kind == "decimal":
        good = isinstance(value, int | Decimal) and not isinstance(value, bool)
        return "" if good else "must be a JSON number"
    if kind in _LEAST:
        good = isinstance(value, int) and not isinstance(value, bool) and _LEAST[kind] <= value < 1 << 31
        return "" if good else f"must be a {kind}"
    return _text_fault(kind, value)


def _text_fault(kind: str, value: object) -> str:
    if not isinstance(value, str):
        return f"must be a JSON string ({kind})"
    if kind != "base64Binary" and len(value) > MAX_TEXT:
        return "is longer than 1 MB"
    if not TEXT[kind].fullmatch(value):
        hint = ": a time needs its offset" if kind in {"dateTime", "instant"} and "T" in value else ""
        return f"is not a {kind}{hint}"
    return ""
