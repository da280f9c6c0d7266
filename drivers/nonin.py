# SPDX-License-Identifier: Apache-2.0
"""Nonin oximeters on a serial line, 9600 8N1: data formats 2, 7 and 13.

Formats 2 and 7: 75 frames of five bytes a second, 25 of them a packet that gives each number once. A status byte with
bit 7 set (0x40 sensor unplugged, 0x20 artifact, 0x10 out of track, 0x08 sensor alarm: the finger is out, 0x04 and 0x02
quality of the pulse: red, green, or both for yellow, 0x01 the first frame of a packet), the pulse wave, a number, and
the sum of the bytes before. Format 2 begins each frame by 0x01 and has one byte of wave, format 7 has two. Numbers of a
packet: 0 and 1 pulse rate (9 bits, 511 for none), 2 saturation (127 for none), as they are meant to be recorded: gone
at once with the finger.

Format 13: a spot check with its time, of now or from memory: 00 02, type and length in two bytes each, the data, their
sum, 03. The data: hundreds of the year, year, month, day, hour, minute, second, a fraction whose unit no source gives,
status (0x0200 SmartPoint, 0x0100 no measurement, 0x0010 from memory, 0x0001 low battery), pulse rate, a reserved byte,
saturation; more may follow.

Sources: Nonin, Onyx II 9560 OEM specification 6470-000 and WristOx2 3150 7970-000 as quoted by public pages;
mattjlewis/NoninPulseOx (formats 2 and 13, commands); the Pufferfish project's tests of an OEM III; the Oxford cordova
plugin (format 7).
"""

from collections.abc import Iterable
from datetime import datetime

from device.codes import Doubt, Metric
from device.driver import Frame
from device.errors import FrameError
from device.measurement import Measurement
from drivers.oximetry import measurement, number, sample

FRAME = 5
FRAMES = 25
PACKET = FRAME * FRAMES
NO_PULSE = (511,)
NO_SATURATION = (127,)
_VOID = ((0x40, Doubt.SENSOR_UNPLUGGED), (0x08, Doubt.FINGER_OUT))
_DOUBTS = ((0x20, Doubt.INTERFERENCE), (0x10, Doubt.WEAK_SIGNAL))
_QUALITY, _RED = 0x06, 0x04


class NoninPackets:
    """Packets of 25 frames; ``status`` is where the status byte stands in a frame."""

    def __init__(self, status: int) -> None:
        self._status = status

    def split(self, buffer: bytes) -> tuple[bytes | None, int]:
        """A packet whose 25 sums are right; a place where a frame may begin a packet is waited at."""
        for start in range(len(buffer)):
            if not self._begins(buffer[start : start + FRAME]):
                continue
            packet = buffer[start : start + PACKET]
            if self._sound(packet[: len(packet) - len(packet) % FRAME]):
                return (packet, start + PACKET) if len(packet) == PACKET else (None, start)
        return None, len(buffer)

    def decode(self, frame: Frame) -> Iterable[Measurement]:
        """Saturation and pulse of a packet: three samples a second."""
        data = frame.data
        if len(data) != PACKET:
            raise FrameError(f"{len(data)} bytes, {PACKET} wanted at offset 0")
        if not self._begins(data[:FRAME]) or not self._sound(data):
            raise FrameError("no first frame of a packet, or a sum that is wrong")
        status = data[self._status :: FRAME]
        marks = 0
        for byte in status:
            marks |= byte
        values = data[3::FRAME]
        void = frozenset(doubt for bit, doubt in _VOID if marks & bit)
        if void:
            return sample(None, None, void)
        doubts = {doubt for bit, doubt in _DOUBTS if marks & bit}
        if marks & _RED and any(byte & _QUALITY == _RED for byte in status):
            doubts.add(Doubt.LOW_PERFUSION)
        pulse = number((values[0] & 0x03) << 7 | values[1] & 0x7F, NO_PULSE)
        return sample(number(values[2] & 0x7F, NO_SATURATION), pulse, frozenset(doubts))

    def _begins(self, frame: bytes) -> bool:
        """Whether a frame, or as much of it as is there, may be the first of a packet."""
        if self._status and frame[0] != 1:
            return False
        if len(frame) > self._status and frame[self._status] & 0x81 != 0x81:  # noqa: PLR2004 - bit 7 and the first frame's
            return False
        return len(frame) < FRAME or sum(frame[:4]) & 0xFF == frame[4]

    def _sound(self, frames: bytes) -> bool:
        """Whether whole frames have their marks and sums, and none but the first begins a packet."""
        status = frames[self._status :: FRAME]
        if status and (min(status) < 0x80 or any(byte & 1 for byte in status[1:])):  # noqa: PLR2004 - bit 7
            return False
        if self._status and frames[::FRAME].count(1) * FRAME != len(frames):
            return False
        rows = zip(frames[::FRAME], frames[1::FRAME], frames[2::FRAME], frames[3::FRAME], frames[4::FRAME], strict=True)
        return all((a + b + c + d) & 0xFF == total for a, b, c, d, total in rows)


class NoninTwo(NoninPackets):
    """Format 2: frames begin by 0x01."""

    def __init__(self) -> None:
        super().__init__(status=1)


class NoninSeven(NoninPackets):
    """Format 7: frames begin by their status."""

    def __init__(self) -> None:
        super().__init__(status=0)


class NoninThirteen:
    """Format 13: spot checks, each with its time. Its clock is set at each opening and not read back."""

    HEADER = b"\x00\x02"
    ETX = 0x03
    LEAST, MOST = 14, 64
    keep_alive = b"", 0.0

    def greeting(self, now: datetime) -> bytes:
        """Set the clock (0x72), then choose format 13 (0x70)."""
        clock = bytes((now.year % 100, now.month, now.day, now.hour, now.minute, now.second))
        return b"\x02\x72\x06" + clock + b"\x03" + b"\x02\x70\x02\x02\x0d\x03"

    def split(self, buffer: bytes) -> tuple[bytes | None, int]:
        """From 00 02 to the end that its length tells; answers to commands are passed over."""
        start = buffer.find(self.HEADER)
        while start >= 0:
            head = buffer[start : start + 6]
            size = int.from_bytes(head[4:6], "big")
            if len(head) < 6:  # noqa: PLR2004 - the header's own bytes
                return None, start
            if self.LEAST <= size <= self.MOST:
                whole = buffer[start : start + 8 + size]
                if len(whole) < 8 + size:
                    return None, start
                if whole[-1] == self.ETX and sum(whole[6:-2]) & 0xFF == whole[-2]:
                    return whole, start + len(whole)
            start = buffer.find(self.HEADER, start + 1)
        return None, len(buffer) - buffer.endswith(b"\x00")

    def decode(self, frame: Frame) -> Iterable[Measurement]:
        """Saturation and pulse of one spot check."""
        data = self._data(frame.data)
        status = int.from_bytes(data[8:10], "big")
        none = bool(status & 0x0100)
        doubts = frozenset({Doubt.BATTERY_LOW} if status & 0x0001 else ())
        pulse = None if none else number(int.from_bytes(data[10:12], "big") & 0x1FF, NO_PULSE)
        saturation = None if none else number(data[13] & 0x7F, NO_SATURATION)
        found = (
            measurement(Metric.SATURATION, saturation, doubts, continuous=False),
            measurement(Metric.PULSE_OXIMETER, pulse, doubts, continuous=False),
        )
        return tuple(_dated(one, _time(data), stored=bool(status & 0x0010)) for one in found)

    def _data(self, whole: bytes) -> bytes:
        size = int.from_bytes(whole[4:6], "big")
        if whole[:2] != self.HEADER or len(whole) != 8 + size or not self.LEAST <= size <= self.MOST:
            raise FrameError(f"{len(whole)} bytes that are no packet of format 13: wanted at offset 0")
        if whole[-1] != self.ETX or sum(whole[6:-2]) & 0xFF != whole[-2]:
            raise FrameError("a sum that is wrong, or no end")
        return whole[6:-2]


def _time(data: bytes) -> datetime:
    """When it was taken, by its clock, in whole seconds. Raises FrameError."""
    century, year, month, day, hour, minute, second = data[:7]
    try:
        return datetime(100 * century + year, month, day, hour, minute, second)  # noqa: DTZ001 - an instrument's clock is naive
    except ValueError as error:
        raise FrameError(f"no date: {error}") from error


def _dated(one: Measurement, taken: datetime, *, stored: bool) -> Measurement:
    return Measurement(one.metric, one.value, taken=taken, stored=stored, doubts=one.doubts)
