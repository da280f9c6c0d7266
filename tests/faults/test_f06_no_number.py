# SPDX-License-Identifier: Apache-2.0
"""f06: NaN, NRes, INF, finger out: no number and its reason, never 0."""

import pytest

from device.codes import Doubt, Metric
from device.driver import Frame
from drivers.blood_pressure import MEASUREMENT as PRESSURE
from drivers.blood_pressure import BloodPressure
from drivers.pulse_oximeter import CONTINUOUS, SPOT_CHECK, PulseOximeter
from drivers.thermometer import MEASUREMENT as TEMPERATURE
from drivers.thermometer import Thermometer

SPECIAL = [
    ("fe07", "feff7f00", Doubt.ABOVE_RANGE),
    ("ff07", "ffff7f00", Doubt.NOT_A_NUMBER),
    ("0008", "00008000", Doubt.NOT_AT_RESOLUTION),
    ("0108", "01008000", Doubt.RESERVED),
    ("0208", "02008000", Doubt.BELOW_RANGE),
]
SHORT = [(short, reason) for short, _, reason in SPECIAL]
LONG = [(long, reason) for _, long, reason in SPECIAL]


def read(driver, source, text):
    return list(driver.decode(Frame(source, bytes.fromhex(text))))


@pytest.mark.parametrize(("short", "reason"), SHORT)
def test_f06_a_special_pressure_is_no_number_and_says_why(short, reason):
    found = read(BloodPressure(), PRESSURE, f"04 {short} {short} {short} {short}")
    assert [measurement.value for measurement in found] == [None] * 4
    assert {measurement.doubts for measurement in found} == {frozenset({reason})}
    assert reason.void
    assert reason.line


@pytest.mark.parametrize(("short", "reason"), SHORT)
def test_f06_a_special_saturation_is_no_number_and_says_why(short, reason):
    for source in (CONTINUOUS, SPOT_CHECK):
        found = read(PulseOximeter(), source, f"00 {short} {short}")
        assert [measurement.value for measurement in found] == [None, None]
        assert {measurement.doubts for measurement in found} == {frozenset({reason})}


@pytest.mark.parametrize(("long", "reason"), LONG)
def test_f06_a_special_temperature_is_no_number_in_either_unit(long, reason):
    for flags in ("00", "01"):
        (found,) = read(Thermometer(), TEMPERATURE, f"{flags} {long}")
        assert found.value is None
        assert found.doubts == {reason}
        assert found.reported is None


def test_f06_one_special_field_leaves_the_others_their_numbers():
    systolic, diastolic, mean = read(BloodPressure(), PRESSURE, "00 7800 5000 ff07")
    assert (systolic.value, diastolic.value, mean.value) == (120, 80, None)
    assert systolic.doubts == diastolic.doubts == frozenset()


def test_f06_the_recorded_movement_error_is_never_2047():
    """Recorded from a boso cuff: all NaN, status 0 (derdilla/blood-pressure-monitor-fl issue 80)."""
    found = read(BloodPressure(), PRESSURE, "16 ff07 ff07 ff07 e8070617 0e230a ff07 0000")
    assert [measurement.metric for measurement in found] == [
        Metric.SYSTOLIC,
        Metric.DIASTOLIC,
        Metric.MEAN_PRESSURE,
        Metric.PULSE_CUFF,
    ]
    for measurement in found:
        assert measurement.value is None
        assert measurement.doubts == {Doubt.NOT_A_NUMBER}
    assert Doubt.NOT_A_NUMBER.line == "mesure en échec, recommencez"


@pytest.mark.parametrize("fields", ["ff07 ff07", "6100 4800", "0000 0000"])
def test_f06_finger_out_takes_the_number_away_whatever_the_field_holds(fields):
    for source, flags in ((CONTINUOUS, "08"), (SPOT_CHECK, "04")):
        for measurement in read(PulseOximeter(), source, f"{flags} {fields} 000800"):
            assert measurement.value is None
            assert measurement.doubts == {Doubt.FINGER_OUT}
    assert Doubt.FINGER_OUT.line == "doigt absent"


def test_f06_no_kind_of_nothing_ever_becomes_zero():
    for low in range(0x100):
        for high in (0x07, 0x08, 0xF7, 0xF8):
            for measurement in read(PulseOximeter(), CONTINUOUS, f"00 {low:02x}{high:02x} 4800")[:1]:
                assert measurement.value is None or measurement.value != 0 or (low, high & 0x0F) == (0, 0)


def test_f06_finger_out_is_the_one_reason_told():
    """An oximeter says unavailable, NaN and no finger at once: the nurse reads « doigt absent »."""
    for measurement in read(PulseOximeter(), CONTINUOUS, "0c ff07 ff07 0020 000800"):
        assert measurement.value is None
        assert measurement.doubts == {Doubt.FINGER_OUT}
