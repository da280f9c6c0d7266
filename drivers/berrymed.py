# SPDX-License-Identifier: Apache-2.0
"""BerryMed BM1000 finger oximeters: BCI packets of five bytes, a hundred a second, several in one notification.

Bit 7 marks the first byte only. 0: probe unplugged (0x20); 1: pulse wave; 2: finger out (0x10), looking for the pulse
(0x20), bit 7 of the pulse rate (0x40); 3: pulse rate (255: none); 4: saturation (127: none). There is no checksum.
What bits 0 to 4 of byte 0 and 0 to 3 of byte 2 mean is told differently by the sources: they are not read.

Sources: the maker's own application zh2x/SpO2-BLE-for-Android (``PackageParser.java``, ``ParseRunnable.java``);
adafruit/Adafruit_CircuitPython_BLE_BerryMed_Pulse_Oximeter; bgould/berrymed-pulseox-reader ``packet.go``.
"""

from collections.abc import Iterable

from device.codes import Doubt
from device.driver import Frame
from device.errors import FrameError
from device.measurement import Measurement
from drivers.oximetry import FINGER_OUT, NO_DOUBT, SEARCHING, number, sample

STREAM = "49535343-1e4d-4bd9-ba61-23c647249616"
SYNC = 0x80
SIZE = 5
UNPLUGGED_BIT, FINGER_OUT_BIT, SEARCHING_BIT, PULSE_BIT = 0x20, 0x10, 0x20, 0x40
NO_PULSE = (255,)
NO_SATURATION = (127,)
_UNPLUGGED = frozenset({Doubt.SENSOR_UNPLUGGED})


class BerryMed:
    """Saturation and pulse of now; it has no memory and no clock."""

    def split(self, buffer: bytes) -> tuple[bytes | None, int]:
        """A byte with bit 7 and four without."""
        for start, byte in enumerate(buffer):
            if byte >= SYNC and buffer[start + 1 : start + SIZE].isascii():
                packet = buffer[start : start + SIZE]
                return (packet, start + SIZE) if len(packet) == SIZE else (None, start)
        return None, len(buffer)

    def decode(self, frame: Frame) -> Iterable[Measurement]:
        """Saturation and pulse of a sample. Raises FrameError."""
        source, data = frame
        if source != STREAM:
            raise FrameError(f"no saturation in characteristic {source}")
        if len(data) != SIZE:
            raise FrameError(f"{len(data)} bytes, {SIZE} wanted at offset 0")
        if data[0] < SYNC or not data[1:].isascii():
            raise FrameError("bit 7 marks another byte than the first")
        if data[0] & UNPLUGGED_BIT:
            return sample(None, None, _UNPLUGGED)
        if data[2] & FINGER_OUT_BIT:
            return sample(None, None, FINGER_OUT)
        pulse = number(data[3] | (data[2] & PULSE_BIT) << 1, NO_PULSE)
        return sample(number(data[4], NO_SATURATION), pulse, SEARCHING if data[2] & SEARCHING_BIT else NO_DOUBT)
