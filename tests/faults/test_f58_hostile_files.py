# SPDX-License-Identifier: Apache-2.0
"""f58: hostile files for import: refused with a reason, within bounded memory and time, and the cart goes on."""

import binascii
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from device.attachments import Attachments
from device.clock import SystemClock
from device.documents.custody import check
from device.documents.examine import check_of, examine
from device.documents.folder import Folder
from device.documents.inbox import Inbox
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
    within = check_of(kind_of(whole))
    for _ in range(20):
        with pytest.raises(DocumentError):
            within(whole[:140] + chance.randbytes(512))


def object_bomb() -> bytes:
    """A PDF whose object stream unpacks to 400 MB."""
    return samples.pdf_streams(extra=400 << 20)


def nested() -> bytes:
    """A PDF with an array in an array, a hundred thousand times."""
    return samples.pdf("[" * 100_000 + "]" * 100_000)


def many_objects() -> bytes:
    return samples.pdf(*["[1 0 R]"] * 60_000)


def deep_sequences() -> bytes:
    """A DICOM file with a sequence in a sequence, fifty thousand times."""
    item = b"\x08\x00\x40\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    return samples.written(samples.dataset()) + item * 50_000


def false_length() -> bytes:
    """A DICOM file that says it has four gigabytes of pixels."""
    return samples.written(samples.dataset()) + b"\xe0\x7f\x10\x00OW\0\0\xfe\xff\xff\xff" + bytes(100)


def pixel_bomb() -> bytes:
    """A PNG of 15 000 x 4 000 that unpacks to 256 MB, four times what it says."""
    return samples.png(15_000, 4_000, pixels=bytes(256 << 20))


def endless_text() -> bytes:
    """A PNG full of text chunks."""
    return samples.png(extra=samples.chunk(b"tEXt", b"") * 100_000)


def large_garbage() -> bytes:
    return b"%PDF-1.7\n" + random.Random(1).randbytes(30 << 20) + b"\nstartxref\n5\n%%EOF\n"  # noqa: S311 - see above


BOMBS = (object_bomb, nested, many_objects, deep_sequences, false_length, pixel_bomb, endless_text, large_garbage)


@pytest.mark.parametrize("bomb", BOMBS)
async def test_f58_bombs_are_refused_in_bounded_memory_and_time(bomb: Callable[[], bytes]) -> None:
    """In the cell, as on a cart: 512 MiB of address space, eight seconds of processor."""
    data = bomb()
    with pytest.raises(DocumentError) as caught:
        await check(data)
    assert caught.value.code in {"DOC-03", "DOC-06", "DOC-08"}


async def test_f58_inbox_goes_on_after_a_hostile_file_and_keeps_it_apart(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "import")
    folder.seen()
    inbox = Inbox(folder, Attachments(tmp_path / "captures"), SystemClock(trusted=True), lambda _: None)
    (tmp_path / "import" / "1.png").write_bytes(nested())
    (tmp_path / "import" / "2.pdf").write_bytes(samples.pdf())
    await inbox.look()
    await inbox.look()
    assert [(one.name, bool(one.line)) for one in inbox.waiting] == [("2.pdf", False), ("1.png", True)]
    assert len(list((tmp_path / "import" / "refused").iterdir())) == 1
