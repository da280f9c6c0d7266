# SPDX-License-Identifier: Apache-2.0
"""f08: implausible values are kept with their doubt and asked; only what the sensor cannot mean stays out."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from device import commands as c
from device.clock import Instant
from device.codes import Doubt, Metric
from device.encounter import Bedside, Limits, admit, decide, evolve
from device.entry import AsideReason, Entry, MeasurementConfirmed, MeasurementRecorded, MeasurementSetAside
from device.errors import Refusal
from device.measurement import Arrival, Measurement, Provenance
from tests.faults.bedside import JEANNE, NURSE

LIMITS = Limits.load(Path(__file__).parents[2] / "config" / "limits.toml")
NOW = Instant(datetime(2026, 11, 21, 9, 0, tzinfo=UTC), 100.0, trusted=True)
SOURCE = Provenance("any-1", "any", "Instrument", "1", frame="00")


def identified() -> Bedside:
    state = Bedside()
    for command in (c.OpenEncounter(JEANNE), c.ConfirmIdentity()):
        state, _ = did(state, command)
    return state


def did(state, command):
    chain, bodies = decide(state, command, NURSE, NOW, LIMITS)
    entries = wrote(chain, bodies)
    for entry in entries:
        state = evolve(state, entry)
    return state, entries


def wrote(chain, bodies):
    return [Entry(1, UUID(int=id(body)), chain, NOW, body, "") for body in bodies]


def measured(metric: Metric, value: str):
    state = identified()
    arrival = Arrival((Measurement(metric, Decimal(value)),), SOURCE, NOW, live=True, connection=1)
    (body,) = admit(state, [arrival], LIMITS, NOW, enrolled={"any-1"})
    for entry in wrote(state.measurement_chain, [body]):
        state = evolve(state, entry)
    return state, body


UNUSUAL = [
    (Metric.SATURATION, "12"),
    (Metric.SATURATION, "79"),
    (Metric.TEMPERATURE, "33.9"),
    (Metric.TEMPERATURE, "45"),
    (Metric.SYSTOLIC, "300"),
    (Metric.SYSTOLIC, "20"),
    (Metric.DIASTOLIC, "161"),
    (Metric.MEAN_PRESSURE, "39"),
    (Metric.PULSE_CUFF, "300"),
    (Metric.PULSE_OXIMETER, "15"),
    (Metric.HEART_RATE, "29"),
    (Metric.WEIGHT, "24.9"),
    (Metric.GLUCOSE, "1000"),
    (Metric.PERFUSION, "0"),
]
IMPOSSIBLE = [
    (Metric.SATURATION, "0"),
    (Metric.SATURATION, "101"),
    (Metric.TEMPERATURE, "60"),
    (Metric.TEMPERATURE, "24.99"),
    (Metric.SYSTOLIC, "300.1"),
    (Metric.DIASTOLIC, "19"),
    (Metric.MEAN_PRESSURE, "301"),
    (Metric.PULSE_CUFF, "14"),
    (Metric.PULSE_OXIMETER, "301"),
    (Metric.HEART_RATE, "14"),
    (Metric.WEIGHT, "0"),
    (Metric.GLUCOSE, "9"),
    (Metric.PERFUSION, "-0.1"),
]
USUAL = [
    (Metric.SATURATION, "80"),
    (Metric.SATURATION, "100"),
    (Metric.TEMPERATURE, "34.0"),
    (Metric.TEMPERATURE, "41.5"),
    (Metric.SYSTOLIC, "60"),
    (Metric.DIASTOLIC, "160"),
    (Metric.MEAN_PRESSURE, "200"),
    (Metric.PULSE_CUFF, "30"),
    (Metric.PULSE_OXIMETER, "220"),
    (Metric.HEART_RATE, "220"),
    (Metric.WEIGHT, "25"),
    (Metric.GLUCOSE, "400"),
    (Metric.PERFUSION, "0.2"),
]


@pytest.mark.parametrize(("metric", "value"), UNUSUAL)
def test_f08_an_unusual_value_is_kept_as_it_is_and_asked(metric, value):
    state, body = measured(metric, value)
    assert isinstance(body, MeasurementRecorded)
    assert body.measurements[0].value == Decimal(value)
    assert Doubt.UNUSUAL in body.measurements[0].doubts
    assert state.encounter.recorded[0].unusual
    state, entries = did(state, c.ConfirmMeasurement(state.encounter.recorded[0].entry))
    assert isinstance(entries[0].body, MeasurementConfirmed)
    assert not state.encounter.recorded[0].unusual


@pytest.mark.parametrize(("metric", "value"), IMPOSSIBLE)
def test_f08_an_impossible_value_is_kept_aside_unchanged_and_never_enters(metric, value):
    state, body = measured(metric, value)
    assert isinstance(body, MeasurementSetAside)
    assert body.reason is AsideReason.IMPOSSIBLE
    assert body.measurements[0].value == Decimal(value)
    assert Doubt.IMPOSSIBLE in body.measurements[0].doubts
    with pytest.raises(Refusal):
        did(state, c.AttributeMeasurement(state.aside[0].entry))


@pytest.mark.parametrize(("metric", "value"), USUAL)
def test_f08_the_usual_is_not_asked(metric, value):
    state, body = measured(metric, value)
    assert isinstance(body, MeasurementRecorded)
    assert not state.encounter.recorded[0].unusual
    assert body.measurements[0].doubts <= {Doubt.CLOCK}


def test_f08_every_metric_is_in_the_tables():
    for table in (UNUSUAL, IMPOSSIBLE, USUAL):
        assert {metric for metric, _ in table} == set(Metric)


def test_f08_doubts_of_the_instrument_stay_beside_ours():
    state = identified()
    doubts = frozenset({Doubt.MOVEMENT})
    one = msgspec.structs.replace(Measurement(Metric.SATURATION, Decimal(12)), doubts=doubts)
    (body,) = admit(state, [Arrival((one,), SOURCE, NOW, live=True, connection=1)], LIMITS, NOW, enrolled={"any-1"})
    assert body.measurements[0].doubts >= {Doubt.MOVEMENT, Doubt.UNUSUAL}
