# SPDX-License-Identifier: Apache-2.0
"""The bytes that medical profiles share, little endian: integers, IEEE 11073-20601 numbers, dates.

Sources: IEEE 11073-20601:2014 annex F (FLOAT, SFLOAT); Bluetooth GATT Specification Supplement (Date Time, Current
Time). Reading is total: any bytes give a value or a FrameError that names the offset; numbers keep their exponent,
so 36.60 stays 36.60, and no arithmetic is done on them here.
"""

from datetime import datetime
from decimal import Context, Decimal
from functools import lru_cache
from typing import NamedTuple

from device.codes import Doubt
from device.errors import FrameError

BLUETOOTH_BASE = "-0000-1000-8000-00805f9b34fb"


def sig_uuid(number: int) -> str:
    """The 128-bit UUID, in lower case, of a 16-bit number of the Bluetooth SIG."""
    return f"{number:08x}{BLUETOOTH_BASE}"


class Number(NamedTuple):
    """A number, or the void doubt that says why there is none."""

    value: Decimal | None
    doubt: Doubt | None


class _Format(NamedTuple):
    mantissa_bits: int
    exponent_bits: int


_EXACT = Context(prec=28, traps=[])
_SFLOAT = _Format(12, 4)
_FLOAT = _Format(24, 8)

# Mantissas counted from the sign bit's place: 2^(n-1) - 1 is NaN and so on (11073-20601 annex F.6).
_SPECIAL = {
    -2: Doubt.ABOVE_RANGE,
    -1: Doubt.NOT_A_NUMBER,
    0: Doubt.NOT_AT_RESOLUTION,
    1: Doubt.RESERVED,
    2: Doubt.BELOW_RANGE,
}
_SPECIAL_OFFSET = {doubt: offset for offset, doubt in _SPECIAL.items()}


def _signed(raw: int, bits: int) -> int:
    return raw - (1 << bits) if raw >> (bits - 1) else raw


def _number(raw: int, form: _Format) -> Number:
    """Decode the raw bits. The five special mantissas are no numbers whatever their exponent.

    The standard keeps ordinary mantissas within 2^(n-1) - 3, and a NaN with a stray exponent must not become 204.7.
    """
    mantissa = raw & ((1 << form.mantissa_bits) - 1)
    doubt = _SPECIAL.get(mantissa - (1 << (form.mantissa_bits - 1)))
    if doubt is not None:
        return Number(None, doubt)
    signed = _signed(mantissa, form.mantissa_bits)
    exponent = _signed(raw >> form.mantissa_bits, form.exponent_bits)
    return Number(Decimal(signed).scaleb(exponent, _EXACT), None)


@lru_cache(maxsize=2048)
def _sfloat(raw: int) -> Number:
    """Kept: an instrument says the same few hundred numbers over and over."""
    return _number(raw, _SFLOAT)


def _bits(value: Decimal | Doubt, form: _Format) -> int:
    half = 1 << (form.mantissa_bits - 1)
    if isinstance(value, Doubt):
        if value not in _SPECIAL_OFFSET:
            raise ValueError(f"no special value says {value}")
        return half + _SPECIAL_OFFSET[value]
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{value} is not finite")  # noqa: TRY004 - the type is right, the value is not
    mantissa = int("".join(map(str, digits)))
    while mantissa > half - 3 and mantissa % 10 == 0:
        mantissa, exponent = mantissa // 10, exponent + 1
    limit = 1 << (form.exponent_bits - 1)
    if mantissa > half - 3 or not -limit <= exponent < limit:
        raise ValueError(f"{value} does not fit {form.mantissa_bits} bits of mantissa")
    signed = -mantissa if sign else mantissa
    low = signed & ((1 << form.mantissa_bits) - 1)
    return (exponent & ((1 << form.exponent_bits) - 1)) << form.mantissa_bits | low


def pack_sfloat(value: Decimal | Doubt) -> bytes:
    """Two bytes of SFLOAT, the exponent of ``value`` kept; a void doubt gives its special value. Raises ValueError."""
    return _bits(value, _SFLOAT).to_bytes(2, "little")


def pack_float(value: Decimal | Doubt) -> bytes:
    """Four bytes of FLOAT, likewise."""
    return _bits(value, _FLOAT).to_bytes(4, "little")


def pack_date_time(moment: datetime) -> bytes:
    """Seven bytes of Date Time (0x2A08)."""
    tail = bytes([moment.month, moment.day, moment.hour, moment.minute, moment.second])
    return moment.year.to_bytes(2, "little") + tail


def pack_current_time(moment: datetime) -> bytes:
    """Ten bytes of Current Time (0x2A2B), adjusted by hand (reason bit 0)."""
    return pack_date_time(moment) + bytes([moment.isoweekday(), moment.microsecond * 256 // 1_000_000, 1])


class Reader:
    """Read ``data`` from its start, each call after the last. Raises FrameError where it is too short."""

    def __init__(self, data: bytes) -> None:
        """Start at offset 0."""
        self._data = data
        self._offset = 0

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        end = self._offset + size
        if end > len(self._data):
            raise FrameError(f"{size} bytes wanted at offset {self._offset}, the frame has {len(self._data)}")
        piece = self._data[self._offset : end]
        self._offset = end
        return piece

    def u8(self) -> int:
        """One byte."""
        return self.take(1)[0]

    def u16(self) -> int:
        """Two bytes."""
        return int.from_bytes(self.take(2), "little")

    def u24(self) -> int:
        """Three bytes."""
        return int.from_bytes(self.take(3), "little")

    def u32(self) -> int:
        """Four bytes."""
        return int.from_bytes(self.take(4), "little")

    def i16(self) -> int:
        """Two bytes, signed."""
        return _signed(self.u16(), 16)

    def more(self) -> bool:
        """Whether anything is left."""
        return self._offset < len(self._data)

    def sfloat(self) -> Number:
        """A 16-bit SFLOAT."""
        return _sfloat(self.u16())

    def float32(self) -> Number:
        """A 32-bit FLOAT (decimal, not IEEE 754)."""
        return _number(self.u32(), _FLOAT)

    def date_time(self) -> datetime | None:
        """A Date Time, naive; None where it is unknown (year, month or day 0) or no date of the calendar."""
        year = self.u16()
        month, day, hour, minute, second = self.take(5)
        try:
            return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - an instrument knows no time zone
        except ValueError:
            return None

    def end(self) -> None:
        """Nothing may be left. Raises FrameError."""
        left = len(self._data) - self._offset
        if left:
            raise FrameError(f"{left} bytes too many at offset {self._offset}")
