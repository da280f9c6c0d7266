# SPDX-License-Identifier: Apache-2.0
"""What the records of TaiDoc (FORA) meters mean, and the drivers of the meters that are told in public sources.

The frame and its sources: ``drivers.taidoc``. Bits beside the minute and the hour of a record's time: a cuff's
irregular pulse (minute, 0x40); on a meter that is both, blood pressure rather than glucose (minute, 0x80) and how
regular the pulse was (hour, 0x60: 0x40 varied, 0x60 atrial fibrillation); where a temperature was taken (minute, 0xC0
and hour, 0x20) and that it is in °F (hour, 0x80).

Sources of the values: YentingChia-Ultron/Ultron-esp32BLE (``foraBP.c``, ``foraBPG.c``, ``foraThermometer.c``);
advmeds-service/advmeds-bluetooth-lib (``taidoc/decoder/``); the whizconnect SDK of SEDA G-Tech (``ForaD40Data.swift``,
``ForaIR40Data.swift``, ``ForaGD40Data.swift``, ``ForaTD8255Data.swift``); td42xx.md.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from device.codes import Doubt, Meal, Metric, Site, convert
from device.measurement import Measurement, Quantity
from drivers.taidoc import TaiDoc, moment

IRREGULAR, IS_PRESSURE = 0x40, 0x80
RHYTHM, VARIED = 0x60, 0x40
FAHRENHEIT = 0x80
HUNDREDTHS = 1000
"""From this number on a temperature in °C is in hundredths, below it in tenths."""
NO_PULSE = 3
"""A pulse that is not above this belongs to a measurement that failed."""

KIND = 0x3C
"""Of the last byte of a glucose: 0, or that it is none (haematocrit 6, ketone 7)."""

_SITES = {0: Site.EAR, 1: Site.FOREHEAD, 2: Site.RECTUM, 3: Site.ARMPIT}
_THINGS = frozenset({4, 5})
"""Places that are no part of a person: the surface of an object, the room."""
_MEALS = {1: Meal.BEFORE, 2: Meal.AFTER}
_CONTROL = 3
_PRESSURES = (Metric.SYSTOLIC, Metric.DIASTOLIC, Metric.PULSE_CUFF)


class _Stamp(NamedTuple):
    """When a record was made, and the doubts about all that is in it."""

    taken: datetime | None
    doubts: frozenset[Doubt]

    def said(self, metric: Metric, value: Decimal | None, *more: Doubt) -> Measurement:
        """One value of the record."""
        doubts = self.doubts | frozenset(more)
        if value is None:
            doubts |= {Doubt.NOT_A_NUMBER}
        return Measurement(metric, value, self.taken, stored=True, doubts=doubts)


def _stamp(time: bytes) -> _Stamp:
    taken = moment(time)
    return _Stamp(taken, frozenset({Doubt.CLOCK} if taken is None else ()))


def pressure(time: bytes, values: bytes) -> Sequence[Measurement]:
    """A cuff: systolic in one byte, diastolic and pulse."""
    return _pressure(time, values[0], values, irregular=bool(time[2] & IRREGULAR))


def either(time: bytes, values: bytes) -> Sequence[Measurement]:
    """A cuff and glucose meter in one: systolic in two bytes, or a glucose."""
    if not time[2] & IS_PRESSURE:
        return _glucose(time, values)
    irregular = bool(time[2] & IRREGULAR) or time[3] & RHYTHM >= VARIED
    return _pressure(time, values[0] | values[1] << 8, values, irregular=irregular)


def _pressure(time: bytes, systolic: int, values: bytes, *, irregular: bool) -> Sequence[Measurement]:
    stamp = _stamp(time)
    numbers = (systolic, values[2], values[3])
    failed = 0 in numbers or numbers[-1] <= NO_PULSE
    doubts = (Doubt.IRREGULAR_PULSE,) if irregular else ()
    return [
        stamp.said(metric, None if failed else Decimal(number), *doubts)
        for metric, number in zip(_PRESSURES, numbers, strict=True)
    ]


def temperature(time: bytes, values: bytes) -> Sequence[Measurement]:
    """A person's temperature and where it was taken; nothing of an object or a room."""
    place = time[2] >> 6 | (time[3] & 0x20) >> 3
    if place in _THINGS:
        return ()
    number = values[0] | values[1] << 8
    stamp, site = _stamp(time), _SITES.get(place)
    value, reported = None, None
    if number and time[3] & FAHRENHEIT:
        reported = Quantity(Decimal(number).scaleb(-1), "[degF]")
        value = convert(reported.value, reported.ucum, Metric.TEMPERATURE)
    elif number:
        value = Decimal(number).scaleb(-2 if number >= HUNDREDTHS else -1)
    said = stamp.said(Metric.TEMPERATURE, value)
    return [replace(said, site=site, reported=reported)]


def glucose(time: bytes, values: bytes) -> Sequence[Measurement]:
    """A glucose meter; nothing of a haematocrit or a ketone."""
    return () if values[3] & KIND else _glucose(time, values)


def _glucose(time: bytes, values: bytes) -> Sequence[Measurement]:
    """In mg/dL whatever the display shows, before or after a meal."""
    number, meal = values[0] | values[1] << 8, values[3] >> 6
    doubts = (Doubt.CONTROL_SOLUTION,) if meal == _CONTROL else ()
    said = _stamp(time).said(Metric.GLUCOSE, Decimal(number) if number else None, *doubts)
    return [replace(said, meal=_MEALS.get(meal))]


def saturation(time: bytes, values: bytes) -> Sequence[Measurement]:
    """A spot check: saturation and pulse."""
    stamp = _stamp(time)
    percent, pulse = values[0] | values[1] << 8, values[3]
    return [
        stamp.said(Metric.SATURATION, Decimal(percent) if percent else None),
        stamp.said(Metric.PULSE_OXIMETER, Decimal(pulse) if pulse else None),
    ]


def cuff() -> TaiDoc:
    """FORA P30 Plus: one memory."""
    return TaiDoc(pressure)


def shared_cuff() -> TaiDoc:
    """TD-3128: four users' memories, the first of them numbered 0."""
    return TaiDoc(pressure, users=(0, 2, 3, 4))


def two_in_one() -> TaiDoc:
    """FORA D40: four users' memories."""
    return TaiDoc(either, users=(1, 2, 3, 4))


def thermometer() -> TaiDoc:
    """FORA IR40, TD-1241 and their kin."""
    return TaiDoc(temperature)


def glucometer() -> TaiDoc:
    """TD-4277, FORA GD40 and their kin."""
    return TaiDoc(glucose)


def oximeter() -> TaiDoc:
    """TD-8255."""
    return TaiDoc(saturation)
