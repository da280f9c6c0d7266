# SPDX-License-Identifier: Apache-2.0
"""The virtual instruments on cables of a demonstration: one for each enrolled serial instrument marked as simulated."""

from collections.abc import Callable

from device.registry import Bus, Model, Registry
from device.registry import Instrument as Enrolled
from device.serial import Plugged
from virtual.serial.finger import ContecFiveVoice, ContecSevenVoice, NoninTwoVoice, Voice
from virtual.serial.orders import SerialInstrument
from virtual.serial.oximeter import VirtualSerialOximeter
from virtual.serial.port import VirtualPort, VirtualPorts
from virtual.serial.scanner import VirtualScanner

VOICES: dict[str, Callable[[], Voice]] = {
    "contec-five": ContecFiveVoice,
    "contec-seven": ContecSevenVoice,
    "nonin-2": NoninTwoVoice,
}
CODES = "barcode"


def furnish(ports: VirtualPorts, registry: Registry) -> dict[str, SerialInstrument]:
    """Them by enrolment id, unplugged and off. Raises ValueError for a driver that has no virtual instrument."""
    found: dict[str, SerialInstrument] = {}
    for unit in registry.instruments:
        model = registry.model_of(unit)
        if unit.simulated and model.bus is Bus.SERIAL:
            port = VirtualPort(Plugged(unit.address, next(iter(model.usb), ""), unit.label, unit.serial))
            ports.add(port)
            found[unit.id] = _one(unit, model, port)
    return found


def _one(unit: Enrolled, model: Model, port: VirtualPort) -> SerialInstrument:
    if model.driver == CODES:
        return VirtualScanner(port)
    voice = VOICES.get(model.driver)
    if voice is None:
        raise ValueError(f"{unit.id}: no virtual instrument for driver {model.driver!r}")
    return VirtualSerialOximeter(port, voice())
