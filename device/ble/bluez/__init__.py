# SPDX-License-Identifier: Apache-2.0
"""BlueZ over D-Bus, for what bleak does not give: the pairing agent, the adapter's health and repair, the records."""

from device.ble.bluez.stack import BlueZ

__all__ = ["BlueZ"]
