# SPDX-License-Identifier: Apache-2.0
"""The virtual instruments of a demonstration: one for each enrolled instrument that is marked as simulated."""

from collections.abc import Callable

from device.registry import Bus, Registry
from device.registry import Instrument as Enrolled
from virtual.ble import belt, cuff, fingertip, glucometer, jumper_cuff, oximeter, scale, taidoc, thermometer
from virtual.ble.identity import Identity
from virtual.ble.orders import Instrument
from virtual.ble.pace import Pace
from virtual.ble.radio import Radio


def furnish(radio: Radio, registry: Registry, pace: Pace = Pace()) -> dict[str, Instrument]:  # noqa: B008 - immutable
    """Those of Bluetooth by enrolment id, off. Raises ValueError for a driver that has no virtual instrument."""
    units = [unit for unit in registry.instruments if unit.simulated and registry.model_of(unit).bus is Bus.BLE]
    return {unit.id: _one(radio, registry.model_of(unit).driver, unit, pace) for unit in units}


def _one(radio: Radio, driver: str, unit: Enrolled, pace: Pace) -> Instrument:
    if driver in _PROFILES:
        make, identity = _PROFILES[driver]
        return make(radio, address=unit.address, identity=identity._replace(serial=unit.serial), pace=pace)
    return _vendors(radio, driver, unit, pace)


def _vendors(radio: Radio, driver: str, unit: Enrolled, pace: Pace) -> Instrument:
    if driver in _FINGERTIPS:
        return fingertip.VirtualFingertip(radio, _FINGERTIPS[driver], address=unit.address, pace=pace)
    if driver == "jumper-cuff":
        return jumper_cuff.VirtualJumperCuff(radio, address=unit.address, pace=pace)
    if driver in _TAIDOCS:
        return taidoc.VirtualTaiDoc(radio, address=unit.address, habits=_TAIDOCS[driver], pace=pace)
    raise ValueError(f"{unit.id}: no virtual instrument for driver {driver!r}")


_PROFILES: dict[str, tuple[Callable[..., Instrument], Identity]] = {
    "blood-pressure": (cuff.VirtualCuff, cuff.UA_651),
    "glucose": (glucometer.VirtualGlucometer, glucometer.METER),
    "heart-rate": (belt.VirtualBelt, belt.BELT),
    "pulse-oximeter": (oximeter.VirtualOximeter, oximeter.NONIN),
    "thermometer": (thermometer.VirtualThermometer, thermometer.EAR_THERMOMETER),
    "weight-scale": (scale.VirtualScale, scale.SCALE),
}
_FINGERTIPS = {
    "jumper-oximeter": fingertip.JPD_500F,
    "berrymed": fingertip.BM1000,
    "viatom-oximeter": fingertip.PC_60FW,
}
_TAIDOCS = {
    "taidoc-cuff": taidoc.Habits("FORA P30 PLUS"),
    "taidoc-shared-cuff": taidoc.Habits("TAIDOC TD3128"),
    "taidoc-two-in-one": taidoc.Habits("FORA D40", user=1, both=True),
    "taidoc-thermometer": taidoc.Habits("FORA IR40"),
    "taidoc-glucometer": taidoc.Habits("FORA GD40"),
    "taidoc-oximeter": taidoc.Habits("TAIDOC TD8255"),
}
