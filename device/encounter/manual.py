# SPDX-License-Identifier: Apache-2.0
"""A value read on an instrument's display and typed in: judged as any other, and marked as manual for ever."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from device.clock import Instant
from device.codes import Metric
from device.commands import EnterMeasurement
from device.encounter.limits import Limits
from device.encounter.refusals import Why, refusal
from device.encounter.state import Encounter
from device.encounter.values import FAMILIES, impossible, judged, sited
from device.encounter.weights import weighed
from device.entry import MeasurementRecorded
from device.measurement import Measurement, Provenance
from device.people import Operator

MANUAL = Provenance("manual", "manual", "Saisie manuelle", "", manual=True)
"""Who typed it is the entry's ``by``; on which instrument it was read, nobody knows for sure."""
_TOGETHER = frozenset({Metric.SYSTOLIC, Metric.DIASTOLIC})


def enter(
    file: Encounter, command: EnterMeasurement, by: Operator, now: Instant, limits: Limits
) -> MeasurementRecorded:
    """What one display showed, as one group. Raises Refusal; an unusual value is kept and asked about."""
    metrics = [metric for metric, _ in command.values]
    _one_display(metrics)
    for metric, value in command.values:
        _meant(metric, value, limits)
    read = tuple(
        Measurement(metric, value, meal=command.meal if metric is Metric.GLUCOSE else None)
        for metric, value in command.values
    )
    group = weighed(judged(sited(read, file.sites), limits), file, limits)
    if impossible(group):
        raise refusal(Why.CROSSED)
    if command.site is not None:
        group = tuple(msgspec.structs.replace(one, site=command.site) for one in group)
    return MeasurementRecorded(group, MANUAL, now, by=by, at=now.wall)


def _one_display(metrics: Sequence[Metric]) -> None:
    """Whether these may stand on one display at once."""
    family = next((family for family in FAMILIES if metrics and metrics[0] in family), frozenset(metrics[:1]))
    if not metrics or len(set(metrics)) != len(metrics) or not family.issuperset(metrics):
        raise refusal(Why.DISPLAY)
    if len(_TOGETHER.intersection(metrics)) == 1:
        raise refusal(Why.PRESSURE)


def _meant(metric: Metric, value: Decimal, limits: Limits) -> None:
    """Whether the sensor can mean it, with no more decimals than a display has."""
    possible = limits.metrics[metric].possible
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or not possible.holds(value):
        bounds = {"low": _french(possible.low), "high": _french(possible.high), "unit": metric.unit}
        raise refusal(Why.BOUNDS, label=metric.label, **bounds)
    if exponent < -metric.digits - 1:
        raise refusal(Why.DECIMALS, label=metric.label)


def _french(number: Decimal) -> str:
    return f"{number:f}".replace(".", ",")
