# SPDX-License-Identifier: Apache-2.0
"""Glucose Profile 1.0.1 (service 0x1808): any meter that follows it.

Glucose Measurement 0x2A18, and Glucose Measurement Context 0x2A34 where the measurement announces one (GATT
Specification Supplement). A frame of source 0x2A18 is a measurement, with its context behind it once the two were
joined by ``recall`` (``drivers.records``). A context alone, and what the control point says, hold no number.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from device.codes import Doubt, Meal, Metric, Site, convert
from device.driver import Clockwork, Conversation, Frame, Link
from device.errors import FrameError
from device.measurement import Measurement, Quantity
from device.wire import Reader, sig_uuid
from drivers.clockwork import set_clock
from drivers.records import Store

MEASUREMENT = sig_uuid(0x2A18)
CONTEXT = sig_uuid(0x2A34)
CONTROL_POINT = sig_uuid(0x2A52)

OFFSET, CONCENTRATION, MOLES, STATUS, CONTEXT_FOLLOWS = 0x01, 0x02, 0x04, 0x08, 0x10
CARBOHYDRATE, MEAL, HEALTH, EXERCISE, MEDICATION, HBA1C, EXTENDED = 0x01, 0x02, 0x04, 0x08, 0x10, 0x40, 0x80

CONTROL_TYPE, CONTROL_LOCATION = 10, 4
"""Control solution: the sample's type (low four bits) and its location (high four)."""
_SITES = {1: Site.FINGER, 3: Site.EAR}
_MEALS = {1: Meal.BEFORE, 2: Meal.AFTER, 3: Meal.FASTING, 4: Meal.CASUAL, 5: Meal.BEDTIME}
_STATUS = {
    0: Doubt.BATTERY_LOW,
    1: Doubt.SENSOR_FAULT,
    2: Doubt.SAMPLE_SIZE,
    3: Doubt.STRIP,
    4: Doubt.STRIP,
    5: Doubt.ABOVE_RANGE,
    6: Doubt.BELOW_RANGE,
    7: Doubt.OUT_OF_TEMPERATURE,
    8: Doubt.OUT_OF_TEMPERATURE,
    9: Doubt.STRIP,
    10: Doubt.SENSOR_FAULT,
    11: Doubt.CLOCK,
}
"""Sensor Status Annunciation; "Hi" and "Lo" on the display are bits 5 and 6."""
_NO_OFFSET = frozenset({0x7FFF, -0x8000})
"""Time offsets that say that it went over or under what the field holds."""


class Glucose:
    """One record a frame. Every record comes from the meter's memory, the one of a minute ago too."""

    def __init__(self) -> None:
        """One instance serves every meter."""
        self._store = Store(CONTROL_POINT, MEASUREMENT, CONTEXT, CONTEXT_FOLLOWS)

    def decode(self, frame: Frame) -> list[Measurement]:
        """The glucose of a record; nothing in a context alone or an answer. Raises FrameError."""
        reader = Reader(frame.data)
        if frame.source == MEASUREMENT:
            return [_record(reader)]
        if frame.source == CONTEXT:
            _context(reader)
            reader.end()
        elif frame.source == CONTROL_POINT:
            reader.take(2)
        else:
            raise FrameError(f"no glucose in characteristic {frame.source}")
        return []

    async def prepare(self, link: Link) -> Clockwork:
        """Set the meter's clock and read it back."""
        return await set_clock(link)

    async def recall(self, link: Conversation, after: int | None) -> Sequence[Frame]:
        """The records later than ``after``, each with its context. Raises InstrumentError."""
        return await self._store.recall(link, after)


class _Concentration(NamedTuple):
    """What was found, in mg/dL, and how the meter says it."""

    value: Decimal | None
    reported: Quantity | None
    doubts: frozenset[Doubt]
    site: Site | None


def _record(reader: Reader) -> Measurement:
    flags = reader.u8()
    sequence = reader.u16()
    taken = _time(reader, flags)
    found = _concentration(reader, flags)
    status = reader.u16() if flags & STATUS else 0
    meal = _follows(reader, sequence) if flags & CONTEXT_FOLLOWS and reader.more() else None
    reader.end()
    doubts = {doubt for bit, doubt in _STATUS.items() if status >> bit & 1}
    if any(doubt.void for doubt in doubts):
        found = found._replace(value=None, reported=None, doubts=found.doubts & {Doubt.CONTROL_SOLUTION})
    if taken is None:
        doubts.add(Doubt.CLOCK)
    if found.value is None and not any(doubt.void for doubt in found.doubts | doubts):
        doubts.add(Doubt.NOT_A_NUMBER)
    return Measurement(
        Metric.GLUCOSE,
        found.value,
        taken,
        stored=True,
        doubts=found.doubts | doubts,
        site=found.site,
        reported=found.reported,
        sequence=sequence,
        meal=meal,
    )


def _time(reader: Reader, flags: int) -> datetime | None:
    """What the meter's display showed: its base time and the offset (minutes) by which a person has moved it since."""
    base = reader.date_time()
    offset = reader.i16() if flags & OFFSET else 0
    if base is None or offset in _NO_OFFSET:
        return None
    try:
        return base + timedelta(minutes=offset)
    except OverflowError:
        return None


def _concentration(reader: Reader, flags: int) -> _Concentration:
    """In kg/L or mol/L on the air; a person reads g/L or mmol/L."""
    if not flags & CONCENTRATION:
        return _Concentration(None, None, frozenset(), None)
    number = reader.sfloat()
    sample = reader.u8()
    kind, location = sample & 0x0F, sample >> 4
    control = kind == CONTROL_TYPE or location == CONTROL_LOCATION
    doubts = {Doubt.CONTROL_SOLUTION} if control else set()
    if number.doubt is not None:
        doubts.add(number.doubt)
    value, reported = None, None
    if number.value is not None:
        reported = Quantity(number.value.scaleb(3), "mmol/L" if flags & MOLES else "g/L")
        # A power of ten is exact: 1 kg/L is 100 000 mg/dL.
        value = convert(reported.value, "mmol/L", Metric.GLUCOSE) if flags & MOLES else number.value.scaleb(5)
    return _Concentration(value, reported, frozenset(doubts), _SITES.get(location))


def _follows(reader: Reader, sequence: int) -> Meal | None:
    """The context joined behind the measurement ``sequence``."""
    number, meal = _context(reader)
    if number != sequence:
        raise FrameError(f"the context of record {number} behind the measurement {sequence}")
    return meal


def _context(reader: Reader) -> tuple[int, Meal | None]:
    """Its sequence number and the meal; carbohydrate, health, exercise, medication and HbA1c are read and left out."""
    flags = reader.u8()
    sequence = reader.u16()
    meal = None
    if flags & EXTENDED:
        reader.u8()
    if flags & CARBOHYDRATE:
        reader.take(3)
    if flags & MEAL:
        meal = _MEALS.get(reader.u8())
    if flags & HEALTH:
        reader.u8()
    if flags & EXERCISE:
        reader.take(3)
    if flags & MEDICATION:
        reader.take(3)
    if flags & HBA1C:
        reader.take(2)
    return sequence, meal
