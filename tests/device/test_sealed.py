# SPDX-License-Identifier: Apache-2.0
import random

import pytest

from device.errors import JournalError
from device.sealed import CHUNK, TAG, seal, unseal

KEY, ABOUT = bytes(range(32)), b"about"


def sealed(data: bytes) -> bytes:
    return b"".join(seal(data, KEY, ABOUT))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17])
def test_what_is_sealed_is_opened_again(size):
    data = random.Random(size).randbytes(size)  # noqa: S311 - any bytes
    assert unseal(sealed(data), KEY, ABOUT) == data


def test_nothing_of_it_can_be_read():
    assert b"MARTIN" not in sealed(b"MARTIN " * 20_000)


def refused(data: bytes, key: bytes = KEY, about: bytes = ABOUT) -> str:
    with pytest.raises(JournalError) as refusal:
        unseal(data, key, about)
    return refusal.value.code


def test_another_key_or_another_subject_opens_nothing():
    data = sealed(b"x" * 1000)
    assert refused(data, key=bytes(32)) == "JRN-16"
    assert refused(data, about=b"other") == "JRN-16"


def test_every_flipped_bit_is_found():
    data, chance = sealed(b"y" * (CHUNK + 100)), random.Random(38)  # noqa: S311 - a seeded choice of bits
    for bit in [*range(8 * 8), *chance.sample(range(len(data) * 8), 200)]:
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        assert refused(bytes(flipped)) == "JRN-16"


def test_a_chunk_left_out_moved_or_added_is_found():
    step, data = CHUNK + TAG, sealed(b"a" * CHUNK + b"b" * CHUNK + b"c" * CHUNK)
    head, one, two, three = data[:4], data[4 : 4 + step], data[4 + step : 4 + 2 * step], data[4 + 2 * step :]
    for other in (head + one + two, head + two + one + three, head + one + three, data + three, head, b"", data[:-1]):
        assert refused(other) == "JRN-16"
