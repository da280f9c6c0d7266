# SPDX-License-Identifier: Apache-2.0
"""The Bluetooth bus: enrolled instruments only, deadlines on everything, one connection attempt at a time."""

from device.ble.bus import Ble
from device.ble.timing import Deadlines

__all__ = ["Ble", "Deadlines"]
