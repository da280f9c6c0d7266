# SPDX-License-Identifier: Apache-2.0
"""The virtual instruments of a demonstration: one for each enrolled instrument that is marked as simulated."""

from device.registry import Bus, Registry
from device.registry import Instrument as Enrolled
from virtual.ble import cuff, fingertip, glucometer, jumper_cuff, oximeter, scale, taidoc, thermometer
from virtual.ble.orders import Instrument
from virtual.ble.pace import Pace
from virtual.ble.radio import Radio


def furnish(radio: Radio, registry: Registry, pace: Pace = Pace()) -> dict[str, Instrument]:  # noqa: B008 - immutable
    """Those of Bluetooth by enrolment id, off. Raises ValueError for a driver that has no virtual instrument."""
    units = [unit for unit in registry.instruments if unit.simulated and registry.model_of(unit).bus is Bus.BLE]
    return {unit.id: _one(radio, registry.model_of(unit).driver, unit, pace) for unit in units}


def _one(radio: Radio, driver: str, unit: Enrolled, pace: Pace) -> Instrument:
    match driver:
        case "blood-pressure":
            identity = cuff.UA_651._replace(serial=unit.serial)
            return cuff.VirtualCuff(radio, address=unit.address, identity=identity, pace=pace)
        case "pulse-oximeter":
            identity = oximeter.NONIN._replace(serial=unit.serial)
            return oximeter.VirtualOximeter(radio, address=unit.address, identity=identity, pace=pace)
        case "thermometer":
            identity = thermometer.EAR_THERMOMETER._replace(serial=unit.serial)
            return thermometer.VirtualThermometer(radio, address=unit.address, identity=identity, pace=pace)
        case "glucose":
            identity = glucometer.METER._replace(serial=unit.serial)
            return glucometer.VirtualGlucometer(radio, address=unit.address, identity=identity, pace=pace)
        case "weight-scale":
            identity = scale.SCALE._replace(serial=unit.serial)
            return scale.VirtualScale(radio, address=unit.address, identity=identity, pace=pace)
    return _vendors(radio, driver, unit, pace)


def _vendors(radio: Radio, driver: str, unit: Enrolled, pace: Pace) -> Instrument:
    if driver in _FINGERTIPS:
        return fingertip.VirtualFingertip(radio, _FINGERTIPS[driver], address=unit.address, pace=pace)
    if driver == "jumper-cuff":
        return jumper_cuff.VirtualJumperCuff(radio, address=unit.address, pace=pace)
    if driver in _TAIDOCS:
        return taidoc.VirtualTaiDoc(radio, address=unit.address, habits=_TAIDOCS[driver], pace=pace)
    raise ValueError(f"{unit.id}: no virtual instrument for driver {driver!r}")


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
