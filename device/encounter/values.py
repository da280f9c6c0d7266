# SPDX-License-Identifier: Apache-2.0
"""What values may be: only what the sensor cannot mean is impossible; the unusual is asked. Nothing is ever changed."""

from collections.abc import Iterable, Mapping

import msgspec

from device.codes import Doubt, Metric, Site
from device.encounter.limits import Limits
from device.measurement import Measurement

FAMILIES = (
    frozenset({Metric.SYSTOLIC, Metric.DIASTOLIC, Metric.MEAN_PRESSURE, Metric.PULSE_CUFF}),
    frozenset({Metric.SATURATION, Metric.PULSE_OXIMETER, Metric.PERFUSION}),
)
"""Metrics measured at one place at once: they stand on one display, and a site noted for one holds for all."""
_BEYOND = frozenset({Doubt.ABOVE_RANGE, Doubt.BELOW_RANGE})
_NOT_REAL = frozenset({Doubt.DEMO, Doubt.TEST, Doubt.CALIBRATION})


def judged(group: Iterable[Measurement], limits: Limits) -> tuple[Measurement, ...]:
    """The group with its doubts: IMPOSSIBLE beyond what the sensor can mean, UNUSUAL beyond the usual."""
    measurements = tuple(group)
    crossed = _crossed(measurements, limits)
    return tuple(_judged(one, limits, crossed) for one in measurements)


def _judged(one: Measurement, limits: Limits, crossed: Doubt | None) -> Measurement:
    if one.value is None:
        return one
    rows = limits.metrics[one.metric]
    doubt: Doubt | None = None
    if not one.value.is_finite() or not rows.possible.holds(one.value):
        doubt = Doubt.IMPOSSIBLE
    elif one.metric in (Metric.SYSTOLIC, Metric.DIASTOLIC) and crossed is not None:
        doubt = crossed
    elif not rows.usual.holds(one.value):
        doubt = Doubt.UNUSUAL
    return one if doubt is None else doubted([one], doubt)[0]


def _crossed(group: tuple[Measurement, ...], limits: Limits) -> Doubt | None:
    """What is wrong between systolic and diastolic."""
    pressures = {one.metric: one.value for one in group if one.value is not None and one.value.is_finite()}
    systolic, diastolic = pressures.get(Metric.SYSTOLIC), pressures.get(Metric.DIASTOLIC)
    if systolic is None or diastolic is None:
        return None
    if systolic <= diastolic:
        return Doubt.IMPOSSIBLE
    return Doubt.UNUSUAL if systolic - diastolic < limits.pressure.usual_difference else None


def impossible(group: Iterable[Measurement]) -> bool:
    """Whether a value of a judged group is impossible."""
    return any(Doubt.IMPOSSIBLE in one.doubts for one in group)


def unreal(group: Iterable[Measurement]) -> bool:
    """Whether the instrument says that this is no patient's: demonstration, test, calibration."""
    return any(one.doubts & _NOT_REAL for one in group)


def controlled(group: Iterable[Measurement]) -> bool:
    """Whether it is of a control solution and of nobody."""
    return any(Doubt.CONTROL_SOLUTION in one.doubts for one in group)


def telling(group: Iterable[Measurement]) -> bool:
    """Whether there is anything to record: a number, or a record that says "Hi" or "Lo" of its meter.

    A group without either is a failed measurement, shown and never recorded.
    """
    return any(one.value is not None or (one.stored and one.doubts & _BEYOND) for one in group)


def doubted(group: Iterable[Measurement], doubt: Doubt) -> tuple[Measurement, ...]:
    """The group with one more doubt."""
    return tuple(msgspec.structs.replace(one, doubts=one.doubts | {doubt}) for one in group)


def sited(group: Iterable[Measurement], sites: Mapping[Metric, Site]) -> tuple[Measurement, ...]:
    """The group where the operator said that it is taken; else where its frames said."""
    return tuple(msgspec.structs.replace(one, site=sites.get(one.metric, one.site)) for one in group)
