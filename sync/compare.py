# SPDX-License-Identifier: Apache-2.0
"""Whether what a server holds says what we sent. Pure."""

from datetime import datetime
from decimal import Decimal

from sync.fhir.elements import Json

_SERVER_S_OWN = frozenset({"meta", "text", "implicitRules"})


def holds(remote: Json, resource: Json) -> bool:
    """Whether what was read has all of a resource; a server may add, and writes meta and text itself."""
    ours = {name: value for name, value in resource.items() if name not in _SERVER_S_OWN}
    return bool(ours) and _same(ours, remote)


def _same(ours: object, theirs: object) -> bool:
    if isinstance(ours, dict):
        return isinstance(theirs, dict) and all(name in theirs and _same(ours[name], theirs[name]) for name in ours)
    if isinstance(ours, list | tuple):
        return (
            isinstance(theirs, list)
            and len(ours) == len(theirs)
            and all(_same(one, other) for one, other in zip(ours, theirs, strict=True))
        )
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, int | Decimal) and isinstance(theirs, int | float | Decimal):
        return Decimal(ours) == Decimal(str(theirs))
    if isinstance(ours, str) and isinstance(theirs, str):
        return ours == theirs or _same_moment(ours, theirs)
    return ours == theirs


def _same_moment(ours: str, theirs: str) -> bool:
    """Two spellings of one instant (a server may write it in UTC)."""
    if "T" not in ours or "T" not in theirs:
        return False
    try:
        return datetime.fromisoformat(ours) == datetime.fromisoformat(theirs)
    except (ValueError, TypeError):
        return False
