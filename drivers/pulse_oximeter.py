# SPDX-License-Identifier: Apache-2.0
"""Pulse Oximeter Profile 1.0.1 (service 0x1822): any oximeter that follows it.

PLX Spot-check Measurement 0x2A5E is one reading, perhaps of the memory; PLX Continuous Measurement 0x2A5F a stream.
Measurement Status and Device and Sensor Status are those of PLXS 1.0.1 tables 3.4 and 3.5.
"""

from datetime import datetime
from typing import NamedTuple

from device.codes import Doubt, Metric
from device.driver import Clockwork, Frame, Link
from device.errors import FrameError
from device.measurement import Measurement
from device.wire import Number, Reader, sig_uuid
from drivers.clockwork import set_clock

SPOT_CHECK = sig_uuid(0x2A5E)
CONTINUOUS = sig_uuid(0x2A5F)

SPOT_TIME, SPOT_STATUS, SPOT_SENSOR, SPOT_AMPLITUDE, SPOT_CLOCK_UNSET = 0x01, 0x02, 0x04, 0x08, 0x10
FAST, SLOW, STATUS, SENSOR, AMPLITUDE = 0x01, 0x02, 0x04, 0x08, 0x10

STORED_BIT = 9
_STATUS = {
    5: Doubt.ONGOING,
    6: Doubt.EARLY_ESTIMATE,
    10: Doubt.DEMO,
    11: Doubt.TEST,
    12: Doubt.CALIBRATION,
    13: Doubt.UNAVAILABLE,
    14: Doubt.QUESTIONABLE,
    15: Doubt.INVALID,
}
_SENSOR = {
    0: Doubt.DELAYED,
    1: Doubt.SENSOR_FAULT,
    2: Doubt.INTERFERENCE,
    3: Doubt.WEAK_SIGNAL,
    4: Doubt.WEAK_SIGNAL,
    5: Doubt.LOW_PERFUSION,
    6: Doubt.INTERFERENCE,
    7: Doubt.WEAK_SIGNAL,
    8: Doubt.QUESTIONABLE,
    9: Doubt.ONGOING,
    10: Doubt.INTERFERENCE,
    11: Doubt.FINGER_OUT,
    12: Doubt.SENSOR_FAULT,
    13: Doubt.SENSOR_DISPLACED,
    14: Doubt.SENSOR_FAULT,
    15: Doubt.SENSOR_UNPLUGGED,
}


class _Announced(NamedTuple):
    """The bits of the flags that announce the fields with which both characteristics end."""

    status: int
    sensor: int
    amplitude: int


class _Tail(NamedTuple):
    doubts: set[Doubt]
    stored: bool
    amplitude: Number | None


class PulseOximeter:
    """Saturation and pulse, and the perfusion where the oximeter gives it.

    The stream's fast and slow averages are the same quantity averaged otherwise: they are read and left out, so that
    a frame holds one saturation.
    """

    def decode(self, frame: Frame) -> list[Measurement]:
        """Saturation, pulse and perhaps perfusion, all of one group. Raises FrameError."""
        if frame.source == SPOT_CHECK:
            return _spot_check(Reader(frame.data))
        if frame.source == CONTINUOUS:
            return _continuous(Reader(frame.data))
        raise FrameError(f"no saturation in characteristic {frame.source}")

    async def prepare(self, link: Link) -> Clockwork:
        """Set the oximeter's clock and read it back."""
        return await set_clock(link)


def _spot_check(reader: Reader) -> list[Measurement]:
    flags = reader.u8()
    saturation, pulse = reader.sfloat(), reader.sfloat()
    taken = reader.date_time() if flags & SPOT_TIME else None
    tail = _tail(reader, flags, _Announced(SPOT_STATUS, SPOT_SENSOR, SPOT_AMPLITUDE))
    if flags & SPOT_CLOCK_UNSET or (flags & SPOT_TIME and taken is None):
        tail.doubts.add(Doubt.CLOCK)
    return [
        _measurement(metric, number, tail, taken=taken, continuous=False)
        for metric, number in _metrics(saturation, pulse, tail.amplitude)
    ]


def _continuous(reader: Reader) -> list[Measurement]:
    flags = reader.u8()
    saturation, pulse = reader.sfloat(), reader.sfloat()
    for average in (FAST, SLOW):
        if flags & average:
            reader.take(4)
    tail = _tail(reader, flags, _Announced(STATUS, SENSOR, AMPLITUDE))
    return [
        _measurement(metric, number, tail, taken=None, continuous=True)
        for metric, number in _metrics(saturation, pulse, tail.amplitude)
    ]


def _tail(reader: Reader, flags: int, announced: _Announced) -> _Tail:
    status = reader.u16() if flags & announced.status else 0
    sensor = reader.u24() if flags & announced.sensor else 0
    amplitude = reader.sfloat() if flags & announced.amplitude else None
    reader.end()
    doubts = {doubt for bit, doubt in _STATUS.items() if status >> bit & 1}
    doubts |= {doubt for bit, doubt in _SENSOR.items() if sensor >> bit & 1}
    if any(doubt.void for doubt in doubts - {Doubt.UNAVAILABLE}):
        doubts.discard(Doubt.UNAVAILABLE)
    return _Tail(doubts, bool(status >> STORED_BIT & 1), amplitude)


def _metrics(saturation: Number, pulse: Number, amplitude: Number | None) -> list[tuple[Metric, Number]]:
    found = [(Metric.SATURATION, saturation), (Metric.PULSE_OXIMETER, pulse)]
    return found if amplitude is None else [*found, (Metric.PERFUSION, amplitude)]


def _measurement(
    metric: Metric, number: Number, tail: _Tail, *, taken: datetime | None, continuous: bool
) -> Measurement:
    """A status that says "no finger" takes the number away, whatever the field holds.

    It is then the reason shown: a NaN beside it adds nothing.
    """
    value, doubts = number.value, set(tail.doubts)
    if any(doubt.void for doubt in doubts):
        value = None
    elif number.doubt is not None:
        doubts.add(number.doubt)
    return Measurement(metric, value, taken, tail.stored, continuous, frozenset(doubts))
