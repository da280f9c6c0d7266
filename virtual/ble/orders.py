# SPDX-License-Identifier: Apache-2.0
"""What one can tell a virtual instrument to do, as data, and the doing of it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec

from device.codes import Doubt, Meal
from virtual.ble import taidoc
from virtual.ble.belt import Beat, VirtualBelt
from virtual.ble.cuff import FAILED, IRREGULAR, LOOSE, Reading, VirtualCuff
from virtual.ble.fingertip import VirtualFingertip
from virtual.ble.glucometer import AFTER, BEDTIME, BEFORE, CASUAL, FASTING, SMALL, Sample, VirtualGlucometer
from virtual.ble.glucometer import HIGH as TOO_HIGH
from virtual.ble.glucometer import LOW as TOO_LOW
from virtual.ble.jumper_cuff import VirtualJumperCuff
from virtual.ble.oximeter import LOW_PERFUSION, WEAK, Finger, VirtualOximeter
from virtual.ble.scale import VirtualScale, Weighing
from virtual.ble.taidoc import VirtualTaiDoc
from virtual.ble.thermometer import HIGH, LOW, Temperature, VirtualThermometer

Vendor = VirtualFingertip | VirtualJumperCuff | VirtualTaiDoc
"""Those with a protocol of their own; none of them tells its battery."""
Instrument = (
    VirtualCuff | VirtualOximeter | VirtualThermometer | VirtualGlucometer | VirtualScale | VirtualBelt | Vendor
)


class Impossible(Exception):  # noqa: N818 - an answer to an order
    """The instrument has no such button."""


class _Order(msgspec.Struct, frozen=True, tag_field="do", forbid_unknown_fields=True):
    pass


class Start(_Order, frozen=True, tag="start"):
    """Put the battery in, or switch it on."""


class Die(_Order, frozen=True, tag="die"):
    """The battery dies: no goodbye."""


class Charge(_Order, frozen=True, tag="charge"):
    """The battery is down to ``percent``."""

    percent: int


class ResetClock(_Order, frozen=True, tag="reset-clock"):
    """The battery was changed: its clock starts again in 2021."""


class Pressure(_Order, frozen=True, tag="measure-pressure"):
    """Inflate for ``seconds`` and deliver: mmHg, beats a minute."""

    systolic: Decimal
    diastolic: Decimal
    mean: Decimal | None = None
    pulse: Decimal | None = None
    irregular: bool = False
    loose: bool = False
    seconds: float = 20.0


class Move(_Order, frozen=True, tag="move"):
    """The patient moved during the inflation: an error frame."""

    seconds: float = 8.0
    flagged: bool = True


class Remember(_Order, frozen=True, tag="remember-pressure"):
    """An older reading that was never sent."""

    systolic: Decimal
    diastolic: Decimal
    taken: datetime
    pulse: Decimal | None = None


class Insert(_Order, frozen=True, tag="insert-finger"):
    """A finger goes in; answered at the first sample with its numbers."""

    saturation: Decimal
    pulse: Decimal
    perfusion: Decimal = Decimal("4.2")
    weak: bool = False
    cold: bool = False


class Remove(_Order, frozen=True, tag="remove-finger"):
    """The finger goes out; answered at the first sample that says so."""


class SpotCheck(_Order, frozen=True, tag="spot-check"):
    """Indicate one reading of the finger that is in, or of another with these numbers."""

    saturation: Decimal | None = None
    pulse: Decimal | None = None


class SwitchOff(_Order, frozen=True, tag="switch-off"):
    """Say goodbye and go off."""


class Warmth(_Order, frozen=True, tag="measure-temperature"):
    """Measure for ``seconds`` and deliver, in °C; or, without a number, what the display ``shows``."""

    celsius: Decimal | None = None
    shows: Literal["Lo", "Hi", "Err"] = "Err"
    seconds: float = 2.0


class Drop(_Order, frozen=True, tag="measure-glucose"):
    """A drop of blood, or of ``control`` solution: mg/dL or mmol/L; without a number, what the display ``shows``."""

    milligrams: Decimal | None = None
    millimoles: Decimal | None = None
    meal: Meal | None = None
    control: bool = False
    shows: Literal["Lo", "Hi", "Err"] = "Err"
    seconds: float = 5.0


class RememberGlucose(_Order, frozen=True, tag="remember-glucose"):
    """An older record, in mg/dL."""

    milligrams: Decimal
    taken: datetime
    control: bool = False


class Weigh(_Order, frozen=True, tag="measure-weight"):
    """Somebody steps on it, in kg; without a number it cannot weigh."""

    kilograms: Decimal | None = None
    seconds: float = 4.0


class PutOn(_Order, frozen=True, tag="put-on-belt"):
    """A belt goes on, or the heart under it beats otherwise; not ``touching``: its electrodes are off the skin."""

    rate: int
    touching: bool = True


class TakeOff(_Order, frozen=True, tag="take-off-belt"):
    """The belt comes off, and falls silent."""


Order = (
    Start
    | Die
    | Charge
    | ResetClock
    | Pressure
    | Move
    | Remember
    | Insert
    | Remove
    | SpotCheck
    | SwitchOff
    | Warmth
    | Drop
    | RememberGlucose
    | Weigh
    | PutOn
    | TakeOff
)
_MEALS = {
    Meal.BEFORE: BEFORE,
    Meal.AFTER: AFTER,
    Meal.FASTING: FASTING,
    Meal.CASUAL: CASUAL,
    Meal.BEDTIME: BEDTIME,
}
_STATUS = {"Lo": TOO_LOW, "Hi": TOO_HIGH, "Err": SMALL}
_DISPLAY = {"Lo": LOW, "Hi": HIGH, "Err": Doubt.NOT_A_NUMBER}


async def obey(instrument: Instrument, order: Order) -> Sequence[bytes]:
    """Do it; what was sent and, if indicated, confirmed. Raises Impossible, Undelivered, LinkLost, ValueError."""
    match order:
        case Start():
            await instrument.start()
        case Die():
            await instrument.stop()
        case Charge() if isinstance(instrument, Vendor):
            raise Impossible(f"a {type(instrument).__name__} does not tell its battery")
        case Charge(percent=percent):
            return (await instrument.battery.drain(instrument.peripheral, percent),)
        case ResetClock():
            instrument.clock.reset()
        case _:
            return await _of_its_own(instrument, order)
    return ()


async def _of_its_own(instrument: Instrument, order: Order) -> Sequence[bytes]:  # noqa: PLR0911 - one for each
    match instrument, order:
        case VirtualCuff(), Pressure():
            return await instrument.measure(reading(order), seconds=order.seconds)
        case VirtualCuff(), Move():
            return await instrument.move(seconds=order.seconds, flagged=order.flagged)
        case VirtualCuff(), Remember():
            return instrument.remember([(_older(order), order.taken)])
        case VirtualThermometer(), Warmth():
            shown = _DISPLAY[order.shows] if order.celsius is None else order.celsius
            return await instrument.measure(Temperature(shown), seconds=order.seconds)
        case VirtualOximeter(), _:
            return await _oximeter(instrument, order)
        case VirtualGlucometer(), _:
            return await _glucometer(instrument, order)
        case VirtualScale(), Weigh():
            return await instrument.measure(Weighing(order.kilograms), seconds=order.seconds)
        case VirtualBelt(), _:
            return await _belt(instrument, order)
        case ((VirtualFingertip() | VirtualJumperCuff() | VirtualTaiDoc()), _):
            return await _vendor(instrument, order)
    raise Impossible(f"no such order for a {type(instrument).__name__}")


async def _oximeter(oximeter: VirtualOximeter, order: Order) -> Sequence[bytes]:
    match order:
        case Insert():
            sensor = order.weak * WEAK | order.cold * LOW_PERFUSION
            return (await oximeter.insert(Finger(order.saturation, order.pulse, order.perfusion, sensor)),)
        case Remove():
            return (await oximeter.remove(),)
        case SpotCheck(saturation=saturation, pulse=pulse):
            if saturation is not None and pulse is not None:
                oximeter.finger = Finger(saturation, pulse)
            return (await oximeter.spot_check(),)
        case SwitchOff():
            await oximeter.switch_off()
            return ()
    raise Impossible("no such order for an oximeter")


async def _vendor(instrument: Vendor, order: Order) -> Sequence[bytes]:
    match instrument, order:
        case VirtualJumperCuff(), Pressure():
            return await instrument.measure(reading(order), seconds=order.seconds)
        case VirtualJumperCuff(), Move():
            return await instrument.move(seconds=order.seconds)
        case VirtualFingertip(), _:
            return await _fingertip(instrument, order)
        case VirtualTaiDoc(), _:
            return await _taidoc(instrument, order)
    raise Impossible(f"no such order for a {type(instrument).__name__}")


async def _fingertip(oximeter: VirtualFingertip, order: Order) -> Sequence[bytes]:
    match order:
        case Insert():
            await oximeter.insert(Finger(order.saturation, order.pulse, order.perfusion))
        case Remove():
            await oximeter.remove()
        case SwitchOff():
            await oximeter.switch_off()
        case _:
            raise Impossible("no such order for an oximeter without memory")
    return ()


async def _taidoc(meter: VirtualTaiDoc, order: Order) -> Sequence[bytes]:
    """Whatever it is asked to measure becomes a record: one meter stands for all of them."""
    match order:
        case Pressure():
            return await meter.measure(taidoc.pressure(reading(order), both=meter.both), seconds=order.seconds)
        case Remember():
            meter.remember([(taidoc.pressure(_older(order), both=meter.both), order.taken)], meter.user)
            return ()
        case Warmth(celsius=Decimal() as celsius):
            return await meter.measure(taidoc.temperature(celsius), seconds=order.seconds)
        case Drop(milligrams=Decimal() as milligrams):
            meal = taidoc.CONTROL if order.control else taidoc.MEALS.get(order.meal, 0)
            return await meter.measure(taidoc.glucose(int(milligrams), meal), seconds=order.seconds)
        case SpotCheck(saturation=Decimal() as saturation, pulse=Decimal() as pulse):
            return await meter.measure(taidoc.saturation(Finger(saturation, pulse)))
    raise Impossible("no such order for a meter that keeps records")


async def _glucometer(meter: VirtualGlucometer, order: Order) -> Sequence[bytes]:
    match order:
        case Drop():
            return await meter.measure(sample(order), seconds=order.seconds)
        case RememberGlucose():
            return meter.remember([(Sample(order.milligrams, control=order.control), order.taken)])
    raise Impossible("no such order for a glucose meter")


async def _belt(belt: VirtualBelt, order: Order) -> Sequence[bytes]:
    match order:
        case PutOn(rate=rate, touching=touching):
            await belt.put_on(Beat(rate, touching))
        case TakeOff():
            await belt.take_off()
        case _:
            raise Impossible("no such order for a belt")
    return ()


def sample(order: Drop) -> Sample:
    """What the meter will find."""
    meal = None if order.meal is None else _MEALS[order.meal]
    if order.millimoles is not None:
        return Sample(order.millimoles, moles=True, meal=meal, control=order.control)
    if order.milligrams is not None:
        return Sample(order.milligrams, meal=meal, control=order.control)
    return Sample(FAILED, meal=meal, control=order.control, status=_STATUS[order.shows])


def reading(order: Pressure) -> Reading:
    """What the cuff will find; the mean is estimated where the order names none."""
    status = order.irregular * IRREGULAR | order.loose * LOOSE
    mean = _mean(order.systolic, order.diastolic) if order.mean is None else order.mean
    return Reading(order.systolic, order.diastolic, mean, order.pulse, status)


def _older(order: Remember) -> Reading:
    return Reading(order.systolic, order.diastolic, _mean(order.systolic, order.diastolic), order.pulse)


def _mean(systolic: Decimal, diastolic: Decimal) -> Decimal | Doubt:
    """A third of the way up, as cuffs that do not measure it reckon."""
    if systolic < diastolic:
        return FAILED
    return diastolic + ((systolic - diastolic) / 3).to_integral_value()
