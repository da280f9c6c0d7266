# SPDX-License-Identifier: Apache-2.0
"""Contec CMS50D+ finger oximeters on their serial cable: the older stream of five bytes, and protocol 7.

Five bytes, 60 times a second, 19200 8O1 (atbrask/CMS50Dplus; the maker's page, translated on picbasic.co.uk, thread
11311): bit 7 marks the first byte only. 0: signal strength, finger out or searching for too long (0x10); 1: pulse wave;
2: bar, probe error (0x10), searching (0x20), bit 7 of the pulse rate (0x40); 3: pulse rate; 4: saturation. There is no
checksum.

Protocol 7, 115200 8N1 (timegrid/CMS50Dplus7; MarkMLl/Contec_cms50dplus, with a recorded frame): a type below 0x80,
then bytes with bit 7 set, of which the second holds the bits 7 of the seven that follow. Type 1: 0: signal strength,
searching for too long (0x10), finger out or probe error (0x80); 1: pulse wave, searching (0x80); 2: bar; 3: pulse rate;
4: saturation; 5-6: perfusion, whose unit no source gives and which is not read. It streams while it is asked to.
"""

from collections.abc import Iterable
from datetime import datetime

from device.codes import Doubt
from device.driver import Frame
from device.errors import FrameError
from device.measurement import Measurement
from drivers.oximetry import FINGER_OUT, NO_DOUBT, SEARCHING, UNSETTLED, number, sample

SYNC = 0x80
BARE = 0x7F
SIZE = 5
NO_SATURATION = (0, 127)
NO_PULSE = (0, 255)
_PROBE = frozenset({Doubt.SENSOR_FAULT})


class ContecFive:
    """The stream of five bytes."""

    def split(self, buffer: bytes) -> tuple[bytes | None, int]:
        """A byte with bit 7 and four without, and then nothing or the next such byte."""
        for start, byte in enumerate(buffer):
            if byte < SYNC:
                continue
            rest = buffer[start + 1 : start + SIZE + 1]
            if not rest[: SIZE - 1].isascii():
                continue
            if len(rest) < SIZE - 1:
                return None, start
            if len(rest) == SIZE - 1 or rest[-1] >= SYNC:
                return buffer[start : start + SIZE], start + SIZE
        return None, len(buffer)

    def decode(self, frame: Frame) -> Iterable[Measurement]:
        """Saturation and pulse of a sample."""
        data = _whole(frame, SIZE)
        if data[0] < SYNC or not data[1:].isascii():
            raise FrameError("bit 7 marks another byte than the first")
        pulse = number((data[2] & 0x40) << 1 | data[3], NO_PULSE)
        saturation = number(data[4], NO_SATURATION)
        if data[0] & 0x10:
            return sample(None, None, FINGER_OUT)
        if data[2] & 0x10:
            return sample(None, None, _PROBE)
        return sample(saturation, pulse, SEARCHING if data[2] & 0x20 else NO_DOUBT)


class ContecSeven:
    """Protocol 7: it is asked to stream, and again every five seconds."""

    STREAM = 1
    LENGTH = 9
    keep_alive = b"\x7d\x81\xaf" + b"\x80" * 6, 5.0
    """Command 0xAF: go on streaming."""

    def greeting(self, now: datetime) -> bytes:  # noqa: ARG002 - its stream has no clock
        """Command 0xA1: begin to stream."""
        return b"\x7d\x81\xa1" + b"\x80" * 6

    def split(self, buffer: bytes) -> tuple[bytes | None, int]:
        """A type 1 and eight bytes with bit 7; what is of another type is passed over."""
        start = buffer.find(self.STREAM)
        while start >= 0:
            body = buffer[start + 1 : start + self.LENGTH]
            if min(body, default=SYNC) >= SYNC:
                whole = len(body) == self.LENGTH - 1
                return (buffer[start : start + self.LENGTH], start + self.LENGTH) if whole else (None, start)
            start = buffer.find(self.STREAM, start + 1)
        return None, len(buffer)

    def decode(self, frame: Frame) -> Iterable[Measurement]:
        """Saturation and pulse of a sample."""
        data = _whole(frame, self.LENGTH)
        if data[0] != self.STREAM or min(data[1:]) < SYNC:
            raise FrameError(f"no sample of a stream: type 0x{data[0]:02x}")
        high = data[1]
        pulse = number(data[5] & BARE | (high & 0x08) << 4, NO_PULSE)
        saturation = number(data[6] & BARE | (high & 0x10) << 3, NO_SATURATION)
        if high & 0x01:
            return sample(None, None, FINGER_OUT)
        if high & 0x02:
            return sample(saturation, pulse, SEARCHING)
        return sample(saturation, pulse, UNSETTLED if data[2] & 0x10 else NO_DOUBT)


def _whole(frame: Frame, size: int) -> bytes:
    if len(frame.data) != size:
        raise FrameError(f"{len(frame.data)} bytes, {size} wanted at offset 0")
    return frame.data
