# SPDX-License-Identifier: Apache-2.0
"""f09: the unit bit is honoured, and what the instrument reported is kept with its UCUM unit."""

from decimal import Decimal

import pytest

from device.codes import Metric
from device.driver import Frame
from device.measurement import Quantity
from device.wire import pack_float, pack_sfloat
from drivers.blood_pressure import MEASUREMENT as PRESSURE
from drivers.blood_pressure import BloodPressure
from drivers.thermometer import MEASUREMENT as TEMPERATURE
from drivers.thermometer import Thermometer


def pressures(flags, *values):
    body = b"".join(pack_sfloat(Decimal(value)) for value in values)
    return BloodPressure().decode(Frame(PRESSURE, bytes([flags]) + body))


def temperature(flags, value):
    (found,) = Thermometer().decode(Frame(TEMPERATURE, bytes([flags]) + pack_float(Decimal(value))))
    return found


def test_f09_kilopascals_become_mmhg_and_are_kept():
    systolic, diastolic, mean = pressures(0x01, "17.6", "11.0", "13.2")
    assert [str(measurement.value) for measurement in (systolic, diastolic, mean)] == ["132.0", "82.5", "99.0"]
    assert [measurement.reported for measurement in (systolic, diastolic, mean)] == [
        Quantity(Decimal("17.6"), "kPa"),
        Quantity(Decimal("11.0"), "kPa"),
        Quantity(Decimal("13.2"), "kPa"),
    ]
    assert systolic.metric.ucum == "mm[Hg]"


def test_f09_mmhg_are_left_alone():
    for measurement, value in zip(pressures(0x00, "132", "82", "99"), ("132", "82", "99"), strict=True):
        assert str(measurement.value) == value
        assert measurement.reported is None


def test_f09_the_pulse_of_a_cuff_in_kilopascals_is_no_pressure():
    pulse = pressures(0x05, "17.6", "11.0", "13.2", "72")[3]
    assert (pulse.metric, pulse.value, pulse.reported) == (Metric.PULSE_CUFF, Decimal(72), None)


@pytest.mark.parametrize(
    ("fahrenheit", "celsius"), [("98.6", "37.00"), ("101.4", "38.56"), ("95.0", "35.00"), ("104", "40.00")]
)
def test_f09_fahrenheit_becomes_celsius_and_is_kept(fahrenheit, celsius):
    found = temperature(0x01, fahrenheit)
    assert str(found.value) == celsius
    assert found.reported == Quantity(Decimal(fahrenheit), "[degF]")
    assert found.metric.ucum == "Cel"


def test_f09_celsius_keeps_the_precision_it_came_with():
    for text in ("37", "37.1", "37.12"):
        found = temperature(0x00, text)
        assert str(found.value) == text
        assert found.reported is None


def test_f09_the_same_fever_in_both_units_is_the_same_fever():
    """A cuff or a thermometer switched to the other unit must not change what the doctor reads."""
    assert abs(temperature(0x01, "101.3").value - temperature(0x00, "38.5").value) < Decimal("0.05")
    assert abs(pressures(0x01, "17.3", "10.7", "12.9")[0].value - pressures(0x00, "130", "80", "97")[0].value) < 1
