# SPDX-License-Identifier: Apache-2.0
"""What became different between two JSON objects. Pure, and exact: a JSON Merge Patch (RFC 7396) can say
no ``null``."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

Object = Mapping[str, Any]


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """``set``: objects are merged into objects, every other value takes the place of what was there, null as well;
    ``gone``: where members are no more, from the outermost name to the innermost."""

    set: dict[str, Any] = {}
    gone: tuple[tuple[str, ...], ...] = ()


def difference(before: Object, after: Object) -> Change:
    """The change that makes ``after`` of ``before``."""
    return Change(_set(before, after), tuple(_gone(before, after)))


def apply(before: Object, change: Change) -> dict[str, Any]:
    """``before`` with ``change``; as ``doctor/page/js/channel.js`` does it."""
    after = _merged(before, change.set)
    for *way, name in change.gone:
        place = after
        for step in way:
            place = place[step]
        del place[name]
    return after


def _set(before: Object, after: Object) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in after.items():
        old = before.get(name)
        if name in before and isinstance(value, dict) and isinstance(old, dict):
            if within := _set(old, value):
                found[name] = within
        elif name not in before or type(old) is not type(value) or old != value:
            found[name] = value
    return found


def _gone(before: Object, after: Object) -> Iterator[tuple[str, ...]]:
    for name, old in before.items():
        if name not in after:
            yield (name,)
        elif isinstance(old, dict) and isinstance(after[name], dict):
            yield from ((name, *way) for way in _gone(old, after[name]))


def _merged(before: Object, changed: Object) -> dict[str, Any]:
    after = {name: _merged(value, {}) if isinstance(value, dict) else value for name, value in before.items()}
    for name, value in changed.items():
        old = after.get(name)
        after[name] = _merged(old, value) if isinstance(value, dict) and isinstance(old, dict) else value
    return after
