# SPDX-License-Identifier: Apache-2.0
"""Jumper finger oximeters (JPD-500F and its kin, "My Oximeter"): one notification of CDEACB81 is one frame.

``81 PR SpO2 PI``: pulse rate (255: none), saturation (127 or 0: none), perfusion in tenths of a percent (0: none).
``80 …`` is the pulse wave, which is not read.

Sources: Jumper's own Android library, as published in cmFodWx5YWRhdjEyMTA5/School_android_app
(``device/oxygen/DeviceOxygen.java``); obniz/obniz ``src/parts/Ble/PLS_01BT`` (the same oximeter under another name);
KookKookKool/smarttelemed-v4 ``jumper_po_jpd_500f.dart``.
"""

from collections.abc import Iterable

from device.driver import Frame
from device.errors import FrameError
from device.measurement import Measurement
from drivers.oximetry import NO_DOUBT, number, perfusion, sample

NUMBERS = "cdeacb81-5235-4c07-8846-93a37ee6b86d"
HEADER, WAVE = 0x81, 0x80
SIZE = 4
NO_PULSE = (255,)
NO_SATURATION = (0, 127)
NO_PERFUSION = (0,)


class JumperOximeter:
    """Saturation, pulse and perfusion of now; it has no memory and no clock."""

    def decode(self, frame: Frame) -> Iterable[Measurement]:
        """One sample of the stream; nothing in a piece of the pulse wave. Raises FrameError."""
        source, data = frame
        if source != NUMBERS:
            raise FrameError(f"no saturation in characteristic {source}")
        if data[:1] == bytes((WAVE,)):
            return ()
        if len(data) != SIZE or data[0] != HEADER:
            raise FrameError(f"{len(data)} bytes that are no {HEADER:#x} and three numbers: wanted at offset 0")
        pair = sample(number(data[2], NO_SATURATION), number(data[1], NO_PULSE), NO_DOUBT)
        return (*pair, perfusion(number(data[3], NO_PERFUSION), NO_DOUBT))
