# SPDX-License-Identifier: Apache-2.0
"""f38: bits of the journal's file flip. What is read is what was written, or it is left out and named."""

import random
import sqlite3
from collections import Counter
from contextlib import closing
from uuid import UUID

import pytest

from device.attachments import Attachments
from device.clock import SystemClock
from device.entry import Incident
from device.errors import JournalError
from device.journal import Journal, JournalReader, verify
from device.keys import FileKey

KEY = bytes(range(32))
WORDS = "La saturation mesurée au doigt est de 97 %, le pouls de 72 par minute. "


@pytest.fixture(params=[({}, 300), ({"key": KEY}, 50)], ids=["plain", "encrypted"])
def damaged(request, tmp_path):
    """The ways of storing, how often to flip, and a sound file of 120 entries."""
    storage, flips = request.param
    path = tmp_path / "journal.db"
    with closing(Journal.open(path, SystemClock(trusted=True), **storage)) as journal:
        for number in range(60):
            bodies = (Incident("network-cut", WORDS * 4, number / 4), Incident("camera-lost", WORDS, 1.0))
            journal.append(UUID(int=number % 4), *bodies)
        written = journal.after(0)
    return path, storage, flips, path.read_bytes(), written


def test_f38_no_flipped_bit_is_ever_believed_and_the_rest_is_readable(damaged):
    path, storage, flips, sound, written = damaged
    chance = random.Random(38)  # noqa: S311 - a seeded choice of bits
    seen: Counter[str] = Counter()
    for _ in range(flips):
        bit = chance.randrange(len(sound) * 8)
        data = bytearray(sound)
        data[bit // 8] ^= 1 << bit % 8
        path.write_bytes(data)
        for leftover in path.parent.glob("journal.db-[ws]*"):
            leftover.unlink()
        try:
            with closing(JournalReader.open(path, **storage)) as reader:
                read = reader.after(0)
            report = verify(path, **storage)
        except JournalError:
            seen["beyond use"] += 1
            continue
        assert all(entry in written for entry in read)
        if read != written:
            assert not report.sound
            lost = len(written) - len(read)
            seen["some lost"] += 1
            seen["entries lost"] += lost
        else:
            seen["whole"] += 1
    assert seen["some lost"] > 10, seen
    assert seen["beyond use"] < flips / 10, seen


def test_f38_a_damaged_row_is_quarantined_and_work_goes_on(tmp_path, caplog):
    path = tmp_path / "journal.db"
    chain = UUID(int=1)
    with closing(Journal.open(path, SystemClock(trusted=True), engine=sqlite3)) as journal:
        journal.append(chain, *[Incident("network-cut", WORDS, float(n)) for n in range(9)])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE entries SET body = replace(body, '97 %', '99 %') WHERE sequence = 4")
        connection.commit()
    with closing(Journal.open(path, SystemClock(trusted=True), engine=sqlite3)) as journal:
        assert [entry.sequence for entry in journal.after(0)] == [1, 2, 3, 5, 6, 7, 8, 9]
        assert journal.damaged == {4}
        assert journal.append(chain, Incident("device-restarted", "Redémarré."))[0].sequence == 10
    report = verify(path, engine=sqlite3)
    assert [(fault.sequence, fault.encounter, fault.what) for fault in report.faults] == [(4, str(chain), "altered")]
    assert "saturation" not in caplog.text
    assert "entry 4 is left out" in caplog.text


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_f38_a_flipped_bit_of_a_capture_or_of_its_key_is_never_a_picture(tmp_path, key):
    path, chance = tmp_path / "journal.db", random.Random(38)  # noqa: S311 - a seeded choice of bits
    picture = b"\xff\xd8" + bytes(range(256)) * 300
    with closing(Journal.open(path, SystemClock(trusted=True), key)) as journal:
        attachments = Attachments(tmp_path / "captures", journal)
        name = attachments.put(picture)
        file, kept = attachments.path(name), journal.file_key(name)
        sound = file.read_bytes()
        for _ in range(150):
            bit = chance.randrange(len(sound) * 8)
            data = bytearray(sound)
            data[bit // 8] ^= 1 << bit % 8
            file.write_bytes(data)
            with pytest.raises(JournalError, match="sealed"):
                attachments.get(name)
        file.write_bytes(sound)
        for bit in chance.sample(range(256), 50):
            wrong = bytearray(kept.key)
            wrong[bit // 8] ^= 1 << bit % 8
            journal.keep_file_key(name, FileKey(kept.name, bytes(wrong)))
            with pytest.raises(JournalError, match="sealed"):
                attachments.get(name)
        journal.keep_file_key(name, kept)
        assert attachments.get(name) == picture
