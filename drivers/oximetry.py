# SPDX-License-Identifier: Apache-2.0
"""What the oximeters with a protocol of their own share: a sample of saturation and pulse, in whole numbers."""

from collections.abc import Container
from decimal import Decimal
from functools import lru_cache

from msgspec.structs import replace

from device.codes import Doubt, Metric
from device.measurement import Measurement

NO_DOUBT: frozenset[Doubt] = frozenset()
FINGER_OUT = frozenset({Doubt.FINGER_OUT})
SEARCHING = frozenset({Doubt.EARLY_ESTIMATE})
"""It looks for the pulse: what it shows meanwhile is a first estimate."""
UNSETTLED = frozenset({Doubt.WEAK_SIGNAL})
_NONE_YET = frozenset({Doubt.UNAVAILABLE})


def number(value: int, none: Container[int]) -> int | None:
    """``value``, or None where the protocol says that there is none."""
    return None if value in none else value


@lru_cache(maxsize=4096)
def sample(saturation: int | None, pulse: int | None, doubts: frozenset[Doubt]) -> tuple[Measurement, ...]:
    """One sample of a stream, the same for the same numbers: percent and beats a minute."""
    return (
        measurement(Metric.SATURATION, saturation, doubts, continuous=True),
        measurement(Metric.PULSE_OXIMETER, pulse, doubts, continuous=True),
    )


@lru_cache(maxsize=1024)
def perfusion(tenths: int | None, doubts: frozenset[Doubt]) -> Measurement:
    """The perfusion of such a sample, given in tenths of a percent."""
    one = measurement(Metric.PERFUSION, tenths, doubts, continuous=True)
    return one if one.value is None else replace(one, value=one.value.scaleb(-1))


def measurement(metric: Metric, value: int | None, doubts: frozenset[Doubt], *, continuous: bool) -> Measurement:
    """A value with the doubts about it; a value that is not there has the void ones, or that it is not there yet."""
    if value is not None:
        return Measurement(metric, Decimal(value), continuous=continuous, doubts=doubts)
    void = frozenset(doubt for doubt in doubts if doubt.void)
    return Measurement(metric, None, continuous=continuous, doubts=void or _NONE_YET)
