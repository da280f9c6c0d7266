# SPDX-License-Identifier: Apache-2.0
"""Which models a unit in reach may be, by what it advertises. Pure."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from device.enrolment import Candidate
from device.registry import Bus, Model

FAR = -127
"""dBm of a unit that tells none."""
NAME = 40
"""Characters kept of a name that anybody may advertise."""


class Seen(NamedTuple):
    """What a unit has advertised so far; services are 128-bit UUIDs in lower case."""

    address: str
    name: str = ""
    services: frozenset[str] = frozenset()
    rssi: int | None = None

    def with_more(self, name: str | None, services: Iterable[str], rssi: int | None) -> "Seen":
        """After another advertisement: the name and the services may come apart."""
        kept = "".join(letter for letter in name or "" if letter.isprintable()).strip()[:NAME]
        return Seen(self.address, kept or self.name, self.services | {one.lower() for one in services}, rssi)


def models_of(seen: Seen, models: Iterable[Model]) -> tuple[str, ...]:
    """The rows that the unit may be, the likeliest first.

    First whose name it bears, the longest first; then, by its service, the rows for any product of a profile (which
    name no name); then named products of that service, which a maker may have renamed.
    """
    ranked = [(rank, model.id) for model in models if model.bus is Bus.BLE and (rank := _rank(seen, model)) is not None]
    return tuple(name for _rank, name in sorted(ranked))


def _rank(seen: Seen, model: Model) -> tuple[int, int] | None:
    longest = max((len(start) for start in model.names if seen.name.startswith(start)), default=0)
    if longest:
        return (0, -longest)
    if seen.services & set(model.services):
        return (2, 0) if model.names else (1, 0)
    return None


def candidates(seen: Iterable[Seen], models: Iterable[Model], enrolled: Mapping[str, str]) -> tuple[Candidate, ...]:
    """Units of a known model, the nearest first. ``enrolled`` are the instruments' ids by address."""
    rows = tuple(models)
    found = [
        Candidate(one.address, one.name, names, one.rssi, enrolled.get(one.address, ""))
        for one in seen
        if (names := models_of(one, rows))
    ]
    return tuple(sorted(found, key=lambda one: FAR if one.rssi is None else one.rssi, reverse=True))
