# SPDX-License-Identifier: Apache-2.0
"""f07: error bits in the frame: the reason in French, and to begin again."""

import pytest

from device.codes import Doubt, Metric
from device.driver import Frame
from drivers.blood_pressure import MEASUREMENT, BloodPressure
from drivers.pulse_oximeter import CONTINUOUS, SPOT_CHECK, PulseOximeter

CUFF = [
    (0x0001, Doubt.MOVEMENT, "le patient a bougé, recommencez"),
    (0x0002, Doubt.CUFF_LOOSE, "brassard trop lâche, recommencez"),
    (0x0020, Doubt.CUFF_POSITION, "brassard mal placé, recommencez"),
    (0x0004, Doubt.IRREGULAR_PULSE, "pouls irrégulier"),
]
PULSE = [(0x0008, Doubt.PULSE_ABOVE), (0x0010, Doubt.PULSE_BELOW)]
STATUS = [
    (5, Doubt.ONGOING),
    (6, Doubt.EARLY_ESTIMATE),
    (10, Doubt.DEMO),
    (11, Doubt.TEST),
    (12, Doubt.CALIBRATION),
    (13, Doubt.UNAVAILABLE),
    (14, Doubt.QUESTIONABLE),
    (15, Doubt.INVALID),
]
SENSOR = [
    (0, Doubt.DELAYED),
    (1, Doubt.SENSOR_FAULT),
    (2, Doubt.INTERFERENCE),
    (3, Doubt.WEAK_SIGNAL),
    (4, Doubt.WEAK_SIGNAL),
    (5, Doubt.LOW_PERFUSION),
    (6, Doubt.INTERFERENCE),
    (7, Doubt.WEAK_SIGNAL),
    (8, Doubt.QUESTIONABLE),
    (9, Doubt.ONGOING),
    (10, Doubt.INTERFERENCE),
    (11, Doubt.FINGER_OUT),
    (12, Doubt.SENSOR_FAULT),
    (13, Doubt.SENSOR_DISPLACED),
    (14, Doubt.SENSOR_FAULT),
    (15, Doubt.SENSOR_UNPLUGGED),
]


def cuff(status):
    data = bytes.fromhex("14 7800 5000 5d00 4800") + status.to_bytes(2, "little")
    return BloodPressure().decode(Frame(MEASUREMENT, data))


def stream(status, sensor, source=CONTINUOUS):
    flags = 0x0C if source == CONTINUOUS else 0x06
    data = bytes([flags]) + bytes.fromhex("6100 4800") + status.to_bytes(2, "little") + sensor.to_bytes(3, "little")
    return PulseOximeter().decode(Frame(source, data))


@pytest.mark.parametrize(("bit", "doubt", "line"), CUFF)
def test_f07_each_status_bit_of_a_cuff_doubts_the_whole_inflation(bit, doubt, line):
    for measurement in cuff(bit):
        assert measurement.doubts == {doubt}
        assert measurement.value is not None
    assert doubt.line == line


@pytest.mark.parametrize(("bits", "doubt"), PULSE)
def test_f07_a_pulse_out_of_the_cuff_s_range_doubts_the_pulse_alone(bits, doubt):
    for measurement in cuff(bits):
        expected = {doubt} if measurement.metric is Metric.PULSE_CUFF else set()
        assert measurement.doubts == expected


def test_f07_all_bits_of_a_cuff_at_once():
    doubts = set().union(*(measurement.doubts for measurement in cuff(0xFFFF & ~0x0010)))
    assert doubts == {doubt for _, doubt, _ in CUFF} | {Doubt.PULSE_ABOVE}


def test_f07_reserved_bits_say_nothing():
    assert all(not measurement.doubts for measurement in cuff(0xFFC0))
    assert all(not measurement.doubts for measurement in stream(0x001F, 0xFF0000))


def test_f07_validated_and_qualified_are_no_doubts():
    assert all(not measurement.doubts for measurement in stream(1 << 7 | 1 << 8, 0))


@pytest.mark.parametrize("source", [CONTINUOUS, SPOT_CHECK])
@pytest.mark.parametrize(("bit", "doubt"), STATUS)
def test_f07_each_bit_of_the_measurement_status(bit, doubt, source):
    for measurement in stream(1 << bit, 0, source):
        assert measurement.doubts == {doubt}
        assert (measurement.value is None) is doubt.void


@pytest.mark.parametrize("source", [CONTINUOUS, SPOT_CHECK])
@pytest.mark.parametrize(("bit", "doubt"), SENSOR)
def test_f07_each_bit_of_the_device_and_sensor_status(bit, doubt, source):
    for measurement in stream(0, 1 << bit, source):
        assert measurement.doubts == {doubt}
        assert (measurement.value is None) is doubt.void


def test_f07_a_stored_measurement_is_marked_and_not_doubted():
    for measurement in stream(1 << 9, 0, SPOT_CHECK):
        assert measurement.stored
        assert measurement.value is not None
        assert not measurement.doubts


@pytest.mark.parametrize("doubt", [Doubt.SENSOR_FAULT, Doubt.INVALID, Doubt.NOT_A_NUMBER, Doubt.MOVEMENT])
def test_f07_an_error_that_a_new_measurement_may_cure_says_so(doubt):
    assert doubt.line.endswith("recommencez")
