# SPDX-License-Identifier: Apache-2.0
"""Every flag and every status bit of the profiles, one by one, as their specifications number them."""

import struct
from decimal import Decimal

import pytest

from device.codes import Doubt, Meal, Metric, Site
from device.driver import Frame
from device.errors import FrameError
from drivers import blood_pressure, glucose, heart_rate, pulse_oximeter, thermometer, weight_scale

TIME = bytes.fromhex("ea070b15081e00")


def decode(module, driver, number, data):
    return list(driver().decode(Frame(getattr(module, number), data)))


def record(*, sample=0x11, status=None, flags=0x02, value=0xB05F, tail=b""):
    body = struct.pack("<BH", flags | (0 if status is None else 0x08), 7) + TIME
    body += struct.pack("<HB", value, sample) + (b"" if status is None else status.to_bytes(2, "little"))
    return decode(glucose, glucose.Glucose, "MEASUREMENT", body + tail)[0]


GLUCOSE_STATUS = [
    (0, Doubt.BATTERY_LOW),
    (1, Doubt.SENSOR_FAULT),
    (2, Doubt.SAMPLE_SIZE),
    (3, Doubt.STRIP),
    (4, Doubt.STRIP),
    (5, Doubt.ABOVE_RANGE),
    (6, Doubt.BELOW_RANGE),
    (7, Doubt.OUT_OF_TEMPERATURE),
    (8, Doubt.OUT_OF_TEMPERATURE),
    (9, Doubt.STRIP),
    (10, Doubt.SENSOR_FAULT),
    (11, Doubt.CLOCK),
]


@pytest.mark.parametrize(("bit", "doubt"), GLUCOSE_STATUS)
def test_glucose_sensor_status(bit, doubt):
    found = record(status=1 << bit)
    assert found.doubts == {doubt}
    assert (found.value is None) is doubt.void


@pytest.mark.parametrize("bit", range(12, 16))
def test_glucose_reserved_status_bits_mean_nothing(bit):
    assert record(status=1 << bit).doubts == frozenset()


@pytest.mark.parametrize("kind", range(16))
def test_glucose_only_type_10_is_a_control_solution(kind):
    assert (Doubt.CONTROL_SOLUTION in record(sample=0x10 | kind).doubts) is (kind == 10)


@pytest.mark.parametrize("location", range(16))
def test_glucose_locations(location):
    found = record(sample=location << 4 | 1)
    assert found.site == {1: Site.FINGER, 3: Site.EAR}.get(location)
    assert (Doubt.CONTROL_SOLUTION in found.doubts) is (location == 4)


@pytest.mark.parametrize(("exponent", "value"), [(0xB, "95"), (0xA, "9.5"), (0xC, "950"), (0x0, "9500000")])
def test_glucose_keeps_the_exponent_in_kilograms(exponent, value):
    assert record(value=exponent << 12 | 95).value == Decimal(value)


@pytest.mark.parametrize(("exponent", "mmol"), [(0xC, "9.5"), (0xB, "0.95"), (0xD, "95")])
def test_glucose_keeps_the_exponent_in_moles(exponent, mmol):
    found = record(flags=0x06, value=exponent << 12 | 95)
    assert found.reported.value == Decimal(mmol)
    assert found.reported.ucum == "mmol/L"
    assert abs(found.value - Decimal(mmol) * Decimal("18.0156")) <= Decimal("0.05")


@pytest.mark.parametrize("number", range(256))
def test_glucose_meals(number):
    meals = {1: Meal.BEFORE, 2: Meal.AFTER, 3: Meal.FASTING, 4: Meal.CASUAL, 5: Meal.BEDTIME}
    found = record(flags=0x12, tail=struct.pack("<BHB", 0x02, 7, number))
    assert found.meal == meals.get(number)


CONTEXT_FIELDS = {0x80: 1, 0x01: 3, 0x02: 1, 0x04: 1, 0x08: 3, 0x10: 3, 0x40: 2}


@pytest.mark.parametrize("flags", range(256))
def test_glucose_context_has_the_fields_that_it_announces_and_no_more(flags):
    """Bit 5 is a unit and announces nothing."""
    size = sum(length for bit, length in CONTEXT_FIELDS.items() if flags & bit)
    context = struct.pack("<BH", flags, 7)
    assert record(flags=0x12, tail=context + bytes(size)).value == 95
    with pytest.raises(FrameError, match="too many"):
        record(flags=0x12, tail=context + bytes(size + 1))
    if size:
        with pytest.raises(FrameError, match="wanted at offset"):
            record(flags=0x12, tail=context + bytes(size - 1))


def test_glucose_comes_from_the_memory_always():
    assert record().stored
    assert record().sequence == 7


WEIGHT_FIELDS = {0x02: 7, 0x04: 1, 0x08: 4}


@pytest.mark.parametrize("flags", range(16))
def test_weight_has_the_fields_that_it_announces_and_no_more(flags):
    size = sum(length for bit, length in WEIGHT_FIELDS.items() if flags & bit)
    (found,) = decode(weight_scale, weight_scale.WeightScale, "MEASUREMENT", bytes([flags]) + b"\xb0\x36" + bytes(size))
    assert found.value == (Decimal("63.50") if flags & 1 else Decimal(70))
    with pytest.raises(FrameError, match="too many"):
        decode(weight_scale, weight_scale.WeightScale, "MEASUREMENT", bytes([flags]) + b"\xb0\x36" + bytes(size + 1))


@pytest.mark.parametrize("raw", [0, 1, 0x7FFF, 0xFFFE])
def test_weight_is_in_steps_of_5_g(raw):
    data = b"\x00" + raw.to_bytes(2, "little")
    (found,) = decode(weight_scale, weight_scale.WeightScale, "MEASUREMENT", data)
    assert found.value * 1000 == raw * 5


@pytest.mark.parametrize(
    ("flags", "doubts"),
    [(0b000, set()), (0b010, set()), (0b100, {Doubt.NO_CONTACT}), (0b110, set())],
)
def test_heart_rate_contact(flags, doubts):
    (found,) = decode(heart_rate, heart_rate.HeartRate, "MEASUREMENT", bytes([flags, 72]))
    assert found.doubts == doubts
    assert found.value == (None if doubts else 72)
    assert found.continuous


@pytest.mark.parametrize("number", range(1, 33))
def test_heart_rate_intervals_are_left_out(number):
    data = bytes([0x10, 72]) + bytes(2 * number)
    (found,) = decode(heart_rate, heart_rate.HeartRate, "MEASUREMENT", data)
    assert found.value == 72


@pytest.mark.parametrize("user", [0, 1, 0xFE, 0xFF])
def test_blood_pressure_user_is_no_patient(user):
    data = bytes.fromhex("1e 7800 5000 5d00") + TIME + bytes.fromhex("4800") + bytes([user]) + bytes(2)
    found = decode(blood_pressure, blood_pressure.BloodPressure, "MEASUREMENT", data)
    assert [one.value for one in found] == [120, 80, 93, 72]
    assert {one.taken.isoformat() for one in found} == {"2026-11-21T08:30:00"}


BP_FIELDS = {0x02: 7, 0x04: 2, 0x08: 1, 0x10: 2}


@pytest.mark.parametrize("flags", range(32))
def test_blood_pressure_has_the_fields_that_it_announces_and_no_more(flags):
    size = sum(length for bit, length in BP_FIELDS.items() if flags & bit)
    data = bytes([flags]) + bytes.fromhex("7800 5000 5d00") + bytes(size)
    found = decode(blood_pressure, blood_pressure.BloodPressure, "MEASUREMENT", data)
    assert len(found) == (4 if flags & 4 else 3)
    assert (found[0].reported is not None) is bool(flags & 1)
    with pytest.raises(FrameError, match="too many"):
        decode(blood_pressure, blood_pressure.BloodPressure, "MEASUREMENT", data + b"\0")


PLX_FIELDS = {
    "CONTINUOUS": {0x01: 4, 0x02: 4, 0x04: 2, 0x08: 3, 0x10: 2},
    "SPOT_CHECK": {0x01: 7, 0x02: 2, 0x04: 3, 0x08: 2},
}


@pytest.mark.parametrize("flags", range(32))
@pytest.mark.parametrize("number", PLX_FIELDS)
def test_oximetry_has_the_fields_that_it_announces_and_no_more(number, flags):
    size = sum(length for bit, length in PLX_FIELDS[number].items() if flags & bit)
    data = bytes([flags]) + bytes.fromhex("6100 4800") + bytes(size)
    found = decode(pulse_oximeter, pulse_oximeter.PulseOximeter, number, data)
    assert [one.value for one in found][:2] == [97, 72]
    amplitude = 0x10 if number == "CONTINUOUS" else 0x08
    assert (found[-1].metric is Metric.PERFUSION) is bool(flags & amplitude)
    with pytest.raises(FrameError, match="too many"):
        decode(pulse_oximeter, pulse_oximeter.PulseOximeter, number, data + b"\0")


@pytest.mark.parametrize("number", ["MEASUREMENT", "INTERMEDIATE"])
@pytest.mark.parametrize("flags", range(8))
def test_temperature_has_the_fields_that_it_announces_and_no_more(number, flags):
    size = (7 if flags & 2 else 0) + (1 if flags & 4 else 0)
    data = bytes([flags]) + bytes.fromhex("6d0100ff") + bytes(size)
    (found,) = decode(thermometer, thermometer.Thermometer, number, data)
    assert (found.reported is not None) is bool(flags & 1)
    assert (Doubt.ONGOING in found.doubts) is (number == "INTERMEDIATE")
    with pytest.raises(FrameError, match="too many"):
        decode(thermometer, thermometer.Thermometer, number, data + b"\0")


@pytest.mark.parametrize("kind", range(256))
def test_temperature_types(kind):
    data = b"\x04" + bytes.fromhex("6d0100ff") + bytes([kind])
    (found,) = decode(thermometer, thermometer.Thermometer, "MEASUREMENT", data)
    assert found.site == thermometer.SITES.get(kind)
