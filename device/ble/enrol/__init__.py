# SPDX-License-Identifier: Apache-2.0
"""What a technician does with a Bluetooth instrument: ``device.enrolment.Enrolling`` over the bus."""

from device.ble.enrol.enrolling import BleEnrolling

__all__ = ["BleEnrolling"]
