# SPDX-License-Identifier: Apache-2.0
"""Blood Pressure Profile 1.1 (service 0x1810): any cuff that follows it.

Blood Pressure Measurement 0x2A35: flags, systolic, diastolic, mean (SFLOAT), then as flagged date and time, pulse,
user index, status. Intermediate Cuff Pressure 0x2A36 is the cuff while it inflates: no measurement of the patient.
"""

from datetime import datetime

from device.codes import Doubt, Metric, convert
from device.driver import Clockwork, Frame, Link
from device.errors import FrameError
from device.measurement import Measurement, Quantity
from device.wire import Number, Reader, sig_uuid
from drivers.clockwork import set_clock

MEASUREMENT = sig_uuid(0x2A35)
INTERMEDIATE = sig_uuid(0x2A36)

KPA, TIME, PULSE, USER, STATUS = 0x01, 0x02, 0x04, 0x08, 0x10

_STATUS = {
    0: Doubt.MOVEMENT,
    1: Doubt.CUFF_LOOSE,
    2: Doubt.IRREGULAR_PULSE,
    5: Doubt.CUFF_POSITION,
}
_PULSE_RANGE = {1: Doubt.PULSE_ABOVE, 2: Doubt.PULSE_BELOW}

_PRESSURES = (Metric.SYSTOLIC, Metric.DIASTOLIC, Metric.MEAN_PRESSURE)


class BloodPressure:
    """One inflation a frame: its pressures and its pulse, with the reasons to doubt them.

    The user index is a memory slot of the cuff and never our patient: it is read and left out.
    """

    def decode(self, frame: Frame) -> list[Measurement]:
        """The measurements of one inflation, all of one group. Raises FrameError."""
        if frame.source not in (MEASUREMENT, INTERMEDIATE):
            raise FrameError(f"no blood pressure in characteristic {frame.source}")
        reader = Reader(frame.data)
        flags = reader.u8()
        pressures = [reader.sfloat() for _ in _PRESSURES]
        taken = reader.date_time() if flags & TIME else None
        pulse = reader.sfloat() if flags & PULSE else None
        if flags & USER:
            reader.u8()
        status = reader.u16() if flags & STATUS else 0
        reader.end()
        if frame.source == INTERMEDIATE:
            return []
        doubts = {doubt for bit, doubt in _STATUS.items() if status >> bit & 1}
        if flags & TIME and taken is None:
            doubts.add(Doubt.CLOCK)
        found = [
            _pressure(metric, number, taken, doubts, kpa=bool(flags & KPA))
            for metric, number in zip(_PRESSURES, pressures, strict=True)
        ]
        if pulse is not None:
            found.append(_pulse(pulse, taken, doubts, status))
        return found

    async def prepare(self, link: Link) -> Clockwork:
        """Set the cuff's clock and read it back."""
        return await set_clock(link)


def _pressure(metric: Metric, number: Number, taken: datetime | None, doubts: set[Doubt], *, kpa: bool) -> Measurement:
    value, reported = number.value, None
    if value is not None and kpa:
        reported = Quantity(value, "kPa")
        value = convert(value, "kPa", metric)
    return Measurement(metric, value, taken, doubts=_with(doubts, number.doubt), reported=reported)


def _pulse(number: Number, taken: datetime | None, doubts: set[Doubt], status: int) -> Measurement:
    ranged = _PULSE_RANGE.get(status >> 3 & 0b11)
    return Measurement(Metric.PULSE_CUFF, number.value, taken, doubts=_with(doubts, number.doubt, ranged))


def _with(doubts: set[Doubt], *more: Doubt | None) -> frozenset[Doubt]:
    return frozenset(doubts) | frozenset(doubt for doubt in more if doubt is not None)
