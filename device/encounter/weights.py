# SPDX-License-Identifier: Apache-2.0
"""Is it the same person on the scale? A weight far from the last one known of the patient is kept, and asked about."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from device.codes import Doubt, Metric
from device.encounter.limits import Limits
from device.encounter.state import Encounter
from device.measurement import Measurement


def known(file: Encounter) -> Decimal | None:
    """The last weight known, in kg: recorded in this file and neither wrong nor still asked about; else the list's."""
    for one in reversed(file.recorded):
        if one.in_error or one.unusual:
            continue
        for measurement in one.body.measurements:
            if measurement.metric is Metric.WEIGHT and measurement.value is not None:
                return measurement.value
    return file.patient.weight


def weighed(group: Iterable[Measurement], file: Encounter, limits: Limits) -> tuple[Measurement, ...]:
    """The group, its weight with the doubt OTHER_PERSON where it differs too much from the one known."""
    before = known(file)
    return tuple(one if before is None else _against(one, before, limits) for one in group)


def _against(one: Measurement, before: Decimal, limits: Limits) -> Measurement:
    if one.metric is not Metric.WEIGHT or one.value is None or Doubt.IMPOSSIBLE in one.doubts:
        return one
    if abs(one.value - before) * 100 <= before * limits.weight.other_person:
        return one
    return msgspec.structs.replace(one, doubts=one.doubts | {Doubt.OTHER_PERSON})
