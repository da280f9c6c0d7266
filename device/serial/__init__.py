# SPDX-License-Identifier: Apache-2.0
"""The serial bus: instruments and scanners on serial ports, found by stable names, served while they are plugged."""

from device.serial.bus import SerialBus
from device.serial.enrolment import Enrolment
from device.serial.ports import Plugged, Ports, SystemPorts
from device.serial.timing import Deadlines

__all__ = ["Deadlines", "Enrolment", "Plugged", "Ports", "SerialBus", "SystemPorts"]
