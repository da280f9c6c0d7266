# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.codes import Doubt
from device.errors import FrameError
from device.wire import Number, Reader, pack_current_time, pack_date_time, pack_float, pack_sfloat, sig_uuid

SPECIAL = (
    (0x07FE, 0x007FFFFE, Doubt.ABOVE_RANGE),
    (0x07FF, 0x007FFFFF, Doubt.NOT_A_NUMBER),
    (0x0800, 0x00800000, Doubt.NOT_AT_RESOLUTION),
    (0x0801, 0x00800001, Doubt.RESERVED),
    (0x0802, 0x00800002, Doubt.BELOW_RANGE),
)


def sfloat(raw):
    return Reader(raw.to_bytes(2, "little")).sfloat()


def float32(raw):
    return Reader(raw.to_bytes(4, "little")).float32()


def parts(raw, mantissa_bits, exponent_bits):
    """Mantissa and exponent by the definition of two's complement, another way than the decoder's."""
    mantissa, exponent = raw % 2**mantissa_bits, raw // 2**mantissa_bits
    if mantissa >= 2 ** (mantissa_bits - 1):
        mantissa -= 2**mantissa_bits
    if exponent >= 2 ** (exponent_bits - 1):
        exponent -= 2**exponent_bits
    return mantissa, exponent


def test_sfloat_is_total_over_all_its_65536_patterns():
    specials = {short for short, _, _ in SPECIAL}
    void = 0
    for raw in range(0x10000):
        value, doubt = sfloat(raw)
        if raw & 0x0FFF in specials:
            void += 1
            assert value is None
            assert doubt is not None
            assert doubt.void
            continue
        mantissa, exponent = parts(raw, 12, 4)
        assert doubt is None
        assert Fraction(value) == mantissa * Fraction(10) ** exponent
        assert value.as_tuple().exponent == exponent, "the exponent is the precision: 36.60 is not 36.6"
    assert void == 5 * 16


@given(st.integers(0, 0xFFFFFFFF))
def test_float_is_total(raw):
    value, doubt = float32(raw)
    mantissa, exponent = parts(raw, 24, 8)
    if raw & 0xFFFFFF in {long for _, long, _ in SPECIAL}:
        assert value is None
        assert doubt.void
    else:
        assert doubt is None
        assert Fraction(value) == mantissa * Fraction(10) ** exponent
        assert value.as_tuple().exponent == exponent


@pytest.mark.parametrize(("short", "long", "doubt"), SPECIAL)
def test_special_values_are_no_numbers_whatever_their_exponent(short, long, doubt):
    for exponent in range(16):
        assert sfloat(exponent << 12 | short) == Number(None, doubt)
    for exponent in range(256):
        assert float32(exponent << 24 | long) == Number(None, doubt)
    assert pack_sfloat(doubt) == short.to_bytes(2, "little")
    assert pack_float(doubt) == long.to_bytes(4, "little")


@pytest.mark.parametrize(
    ("text", "short"),
    [("120", 120), ("17.6", 0xF0B0), ("-0.5", 0xFFFB), ("0", 0), ("2045", 0x07FD), ("-2045", 0x0803), ("36.65", None)],
)
def test_sfloat_of_the_published_examples(text, short):
    if short is None:
        with pytest.raises(ValueError, match="does not fit"):
            pack_sfloat(Decimal(text))
    else:
        assert pack_sfloat(Decimal(text)) == short.to_bytes(2, "little")
        assert sfloat(short).value == Decimal(text)


@pytest.mark.parametrize(
    ("raw", "text"), [(0xFF00016C, "36.4"), (0xFE000D97, "34.79"), (0xFE000E71, "36.97"), (0x00000000, "0")]
)
def test_float_of_the_published_examples(raw, text):
    """A thermometer maker's own examples and a number received from one (stackoverflow.com question 60841331)."""
    assert str(float32(raw).value) == text


def test_float_keeps_the_digits_it_was_given():
    assert str(Reader(pack_float(Decimal("36.60"))).float32().value) == "36.60"
    assert str(Reader(pack_float(Decimal("37.1"))).float32().value) == "37.1"


@given(st.integers(-2045, 2045), st.integers(-8, 7))
def test_what_sfloat_can_hold_comes_back(mantissa, exponent):
    value = Decimal(mantissa).scaleb(exponent)
    assert Reader(pack_sfloat(value)).sfloat() == Number(value, None)


@given(st.integers(-8388605, 8388605), st.integers(-128, 127))
def test_what_float_can_hold_comes_back(mantissa, exponent):
    value = Decimal(mantissa).scaleb(exponent)
    assert Reader(pack_float(value)).float32() == Number(value, None)


def test_a_large_round_number_moves_its_zeros_to_the_exponent():
    assert Reader(pack_sfloat(Decimal(20500))).sfloat().value == 20500


@pytest.mark.parametrize("value", [Decimal(2047), Decimal("1e8"), Decimal("1e-9"), Decimal("NaN"), Doubt.MOVEMENT])
def test_what_cannot_be_written_is_refused(value):
    with pytest.raises(ValueError, match=r"fit|finite|special"):
        pack_sfloat(value)


def test_integers_are_little_endian():
    reader = Reader(bytes(range(1, 11)))
    assert (reader.u8(), reader.u16(), reader.u24(), reader.u32()) == (0x01, 0x0302, 0x060504, 0x0A090807)
    reader.end()


@pytest.mark.parametrize(
    ("read", "size"),
    [("u8", 1), ("u16", 2), ("u24", 3), ("u32", 4), ("sfloat", 2), ("float32", 4), ("date_time", 7)],
)
def test_a_short_frame_is_an_error_that_names_the_offset(read, size):
    for length in range(size):
        reader = Reader(bytes(3 + length))
        reader.take(3)
        with pytest.raises(FrameError, match=r"at offset [345], the frame has"):
            getattr(reader, read)()


def test_bytes_too_many_are_an_error_that_names_the_offset():
    reader = Reader(bytes(5))
    reader.u16()
    with pytest.raises(FrameError, match="3 bytes too many at offset 2"):
        reader.end()


@given(st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)))  # noqa: DTZ001 - instruments' clocks
def test_a_date_comes_back_to_the_second(moment):
    moment = moment.replace(microsecond=0)
    assert Reader(pack_date_time(moment)).date_time() == moment


@given(st.binary(min_size=7, max_size=7))
def test_any_seven_bytes_are_a_naive_date_or_none(data):
    moment = Reader(data).date_time()
    assert moment is None or moment.tzinfo is None


@pytest.mark.parametrize(
    "data",
    [
        "0000010100000000",  # year unknown
        "ea07000100000000",  # month unknown
        "ea07010000000000",  # day unknown
        "ea070d0100000000",  # a thirteenth month
        "ea07021e00000000",  # 30 February
        "ea07010118000000",  # hour 24
        "ea0701010000ff00",  # second 255
        "ffffffffffffff00",
    ],
)
def test_unknown_and_impossible_dates_are_none(data):
    assert Reader(bytes.fromhex(data)).date_time() is None


def test_the_date_of_the_maker_s_example():
    expected = datetime(2013, 8, 26, 9, 10, 20, tzinfo=UTC).replace(tzinfo=None)
    assert Reader(bytes.fromhex("dd07081a090a14")).date_time() == expected


def test_current_time_carries_the_day_of_the_week_and_the_fraction():
    moment = datetime(2026, 11, 21, 9, 30, 15, 500_000, tzinfo=UTC)
    assert pack_current_time(moment) == bytes.fromhex("ea070b15091e0f") + bytes([6, 128, 1])


def test_uuid_of_a_number_of_the_sig():
    assert sig_uuid(0x2A35) == "00002a35-0000-1000-8000-00805f9b34fb"
