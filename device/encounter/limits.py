# SPDX-License-Identifier: Apache-2.0
"""Limits: what each sensor can mean, what is usual, how far a clock is believed, when a stream is steady."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from device.codes import Metric
from device.errors import ConfigurationError

_LINE = "Les limites de mesure de ce chariot sont mal réglées. Prévenez la maintenance."


class Range(msgspec.Struct, frozen=True):
    """Both bounds belong to the range."""

    low: Decimal
    high: Decimal

    def holds(self, value: Decimal) -> bool:
        """Whether ``value`` is inside."""
        return self.low <= value <= self.high


class MetricLimits(msgspec.Struct, frozen=True):
    """Limits of one metric, in its own unit."""

    possible: Range
    usual: Range


class PressureLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``usual_difference``: systolic less diastolic, in mm[Hg]; closer is asked."""

    usual_difference: Decimal


class WeightLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``other_person``: percent between two weights of a patient; beyond it, whether it is the same one is asked."""

    other_person: Decimal


class ClockLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds; see ``config/limits.toml``."""

    tolerance: float
    future: float
    resend: float


class StreamLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds, counts and units of the metrics; see ``config/limits.toml``."""

    window: float
    samples: int
    saturation: Decimal
    pulse: Decimal
    gap: float
    again: float
    moved_saturation: Decimal
    moved_pulse: Decimal
    block: float


_Table = TypeVar("_Table", PressureLimits, WeightLimits, ClockLimits, StreamLimits)


class Limits(msgspec.Struct, frozen=True):
    """All limits; every metric of ``device.codes`` has its row."""

    metrics: dict[Metric, MetricLimits]
    pressure: PressureLimits
    weight: WeightLimits
    clock: ClockLimits
    stream: StreamLimits

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file. Raises ConfigurationError, which names the row."""
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        except (OSError, ValueError) as error:
            raise _wrong(path, "file", str(error)) from error
        unknown = set(data) - {"metric", "pressure", "weight", "clock", "stream"}
        if unknown:
            raise _wrong(path, f"[{min(unknown)}]", "unknown table")
        return cls(
            _metrics(path, data.get("metric", {})),
            _table(path, "pressure", data, PressureLimits),
            _table(path, "weight", data, WeightLimits),
            _table(path, "clock", data, ClockLimits),
            _table(path, "stream", data, StreamLimits),
        )


def _metrics(path: Path, rows: dict[str, Any]) -> dict[Metric, MetricLimits]:
    names, found = {metric.value: metric for metric in Metric}, {}
    for name, row in rows.items():
        place = f"[metric.{name}]"
        if name not in names:
            raise _wrong(path, place, "unknown metric")
        if not isinstance(row, dict) or set(row) != {"possible", "usual"}:
            raise _wrong(path, place, "needs possible and usual, and nothing else")
        limits = MetricLimits(_range(path, place, row["possible"]), _range(path, place, row["usual"]))
        if not (limits.possible.holds(limits.usual.low) and limits.possible.holds(limits.usual.high)):
            raise _wrong(path, place, "usual goes beyond possible")
        found[names[name]] = limits
    for metric in Metric:
        if metric not in found:
            raise _wrong(path, f"[metric.{metric.value}]", "missing")
    return found


def _range(path: Path, place: str, value: object) -> Range:
    match value:
        case [int() | Decimal() as low, int() | Decimal() as high]:
            bounds = Range(Decimal(low), Decimal(high))
            if bounds.low.is_finite() and bounds.high.is_finite() and bounds.low < bounds.high:
                return bounds
    raise _wrong(path, place, f"{value!r} is not a pair of rising numbers")


def _table(path: Path, name: str, data: dict[str, Any], shape: type[_Table]) -> _Table:
    place = f"[{name}]"
    try:
        table = msgspec.convert(data.get(name, {}), shape, strict=False)
    except msgspec.ValidationError as error:
        raise _wrong(path, place, str(error)) from error
    for field in msgspec.structs.asdict(table):
        if getattr(table, field) <= 0:
            raise _wrong(path, place, f"{field} is not above zero")
    return table


def _wrong(path: Path, place: str, why: str) -> ConfigurationError:
    return ConfigurationError(20, _LINE, f"{path.name} {place}: {why}")
