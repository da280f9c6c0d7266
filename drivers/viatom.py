# SPDX-License-Identifier: Apache-2.0
"""Viatom (Wellue, Creative) PC-60FW finger oximeter: ``AA 55`` messages in a Nordic UART stream.

``AA 55``, token, length (of what follows), type, content, CRC-8/MAXIM of all before. Token 0F type 01, once a second:
saturation (0: none), pulse rate in two bytes, little endian (0: none), perfusion in tenths of a percent (0: none),
finger out (0x02) and looking for the pulse (0x04), battery. 0F 02 is the pulse wave; all else (battery F0 03, state
0F 21) holds no measurement.

Sources: the maker's library in viatom-develop/LepuDemo (``PC60FwBleResponse.kt``, ``Pc60FwBleInterface.kt``, README
"Real-time Oxy param data"); sza2/viatom_pc60fw (README, CRC); pedasmith/BluetoothDeviceController
(``Viatom_PulseOximeter_PC60FW``, with recorded messages).
"""

from collections.abc import Iterable

from device.driver import Frame
from device.errors import FrameError
from device.measurement import Measurement
from drivers.oximetry import FINGER_OUT, NO_DOUBT, SEARCHING, number, perfusion, sample

STREAM = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"
HEADER = b"\xaa\x55"
OXIMETER, NUMBERS = 0x0F, 0x01
OVERHEAD = 4
"""Bytes before those that the length counts."""
LEAST, MOST = 2, 64
"""Lengths between which there is a message: a type and a CRC, and more than the longest that a source shows."""
CONTENT = 8
FINGER_OUT_BIT, SEARCHING_BIT = 0x02, 0x04
NONE = (0,)
_POLYNOMIAL = 0x8C


def _step(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ _POLYNOMIAL * (byte & 1)
    return byte


_TABLE = bytes(_step(byte) for byte in range(256))


def crc8(data: bytes) -> int:
    """CRC-8/MAXIM; that of bytes with their own CRC behind them is 0."""
    crc, table = 0, _TABLE
    for byte in data:
        crc = table[crc ^ byte]
    return crc


class ViatomOximeter:
    """Saturation, pulse and perfusion of now; what it keeps in memory stays there."""

    def split(self, buffer: bytes) -> tuple[bytes | None, int]:
        """From AA 55 to a CRC that is right."""
        start = buffer.find(HEADER)
        while start >= 0:
            size = buffer[start + 3] if len(buffer) > start + 3 else LEAST
            if LEAST <= size <= MOST:
                message = buffer[start : start + OVERHEAD + size]
                if len(message) < OVERHEAD + size:
                    return None, start
                if crc8(message) == 0:
                    return message, start + len(message)
            start = buffer.find(HEADER, start + 1)
        return None, len(buffer) - buffer.endswith(HEADER[:1])

    def decode(self, frame: Frame) -> Iterable[Measurement]:
        """One sample of the stream; nothing in a message of another type. Raises FrameError."""
        source, data = frame
        if source != STREAM:
            raise FrameError(f"no saturation in characteristic {source}")
        if data[:2] != HEADER or len(data) < OVERHEAD + LEAST or len(data) != OVERHEAD + data[3]:
            raise FrameError(f"{len(data)} bytes that are no message: wanted at offset 0")
        if crc8(data) != 0:
            raise FrameError("a CRC that is wrong")
        if (data[2], data[4]) != (OXIMETER, NUMBERS):
            return ()
        if data[3] != CONTENT:
            raise FrameError(f"{data[3]} bytes of numbers, {CONTENT} wanted at offset {OVERHEAD}")
        return _numbers(data[5:])


def _numbers(content: bytes) -> tuple[Measurement, ...]:
    if content[4] & FINGER_OUT_BIT:
        return (*sample(None, None, FINGER_OUT), perfusion(None, FINGER_OUT))
    doubts = SEARCHING if content[4] & SEARCHING_BIT else NO_DOUBT
    pulse = number(content[1] | content[2] << 8, NONE)
    return (*sample(number(content[0], NONE), pulse, doubts), perfusion(number(content[3], NONE), doubts))
