# SPDX-License-Identifier: Apache-2.0
"""One figure and whether its goal is met."""

from collections.abc import Sequence

import msgspec


class Result(msgspec.Struct, frozen=True):
    """A measured figure. ``goal`` is in words ("≤ 1.3"), "" for a figure without one; ``met`` is None then."""

    id: str
    what: str
    value: float
    unit: str
    goal: str = ""
    met: bool | None = None


def at_most(name: str, what: str, value: float, unit: str, most: float) -> Result:
    """A figure that should not be over ``most``."""
    return Result(name, what, round(value, 3), unit, f"≤ {most:g}", value <= most)


def at_least(name: str, what: str, value: float, unit: str, least: float) -> Result:
    """A figure that should not be under ``least``."""
    return Result(name, what, round(value, 3), unit, f"≥ {least:g}", value >= least)


def figure(name: str, what: str, value: float, unit: str) -> Result:
    """A figure without a goal."""
    return Result(name, what, round(value, 3), unit)


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which ``percent`` of ``values`` lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
