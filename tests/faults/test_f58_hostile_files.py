# SPDX-License-Identifier: Apache-2.0
"""f58: hostile files for import: refused with a reason, within bounded memory and time, and the cart goes on."""

import binascii
import random
from collections.abc import Callable

import pytest

from device.documents.examine import check_of, examine
from device.documents.kinds import Checked, kind_of
from device.errors import DocumentError
from tests.device.documents import samples

MUTATIONS = 800
"""Of each of eight kinds."""


def flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 2, 8, 40))):
        data[chance.randrange(len(data))] = chance.choice((0, 255, 127, 128, chance.randrange(256)))


def cut(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    del data[start : start + chance.randrange(1, 64)]


def repeat(data: bytearray, chance: random.Random) -> None:
    start = chance.randrange(len(data))
    piece = data[start : start + chance.randrange(1, 200)]
    data[start:start] = piece * chance.choice((1, 2, 30))


def swell(data: bytearray, chance: random.Random) -> None:
    """A length or a count becomes enormous."""
    start = chance.randrange(len(data))
    data[start : start + 4] = chance.choice((b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"9999"))


def splice(data: bytearray, chance: random.Random) -> None:
    other = samples.ALL[chance.choice(list(samples.ALL))]()
    data[chance.randrange(len(data)) :] = other[chance.randrange(len(other)) :]


def mend(data: bytearray) -> None:
    """Make an SCP-ECG record's length and CRC right again, so that what is within is met."""
    if len(data) > 6:
        data[2:6] = len(data).to_bytes(4, "little")
        data[:2] = binascii.crc_hqx(bytes(data[2:]), 0xFFFF).to_bytes(2, "little")


WAYS: tuple[Callable[[bytearray, random.Random], None], ...] = (flip, cut, repeat, swell, splice)


def verdict(data: bytes) -> Checked | str:
    """What a check found, or the line of its refusal."""
    try:
        return examine(data)
    except DocumentError as error:
        return error.line


@pytest.mark.parametrize("name", samples.ALL)
def test_f58_thousands_of_mutated_files_are_accepted_or_refused_and_nothing_else(name: str) -> None:
    """Six thousand files over the kinds; a check's every other exception is a failure of this test."""
    whole, chance = samples.ALL[name](), random.Random(f"chevet {name}")  # noqa: S311 - reproducible, not secret
    refused = 0
    for number in range(MUTATIONS):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 3))):
            if data:
                WAYS[(number + chance.randrange(2)) % len(WAYS)](data, chance)
        if name == "scp" and number % 4:
            mend(data)
        found = verdict(bytes(data))
        refused += isinstance(found, str)
        assert found if isinstance(found, str) else len(found.patient) <= 100
    assert refused > MUTATIONS // 10


@pytest.mark.parametrize("name", samples.ALL)
def test_f58_garbage_behind_a_good_beginning_is_refused(name: str) -> None:
    whole, chance = samples.ALL[name](), random.Random(58)  # noqa: S311 - see above
    check = check_of(kind_of(whole))
    for _ in range(20):
        with pytest.raises(DocumentError):
            check(whole[:140] + chance.randbytes(512))
