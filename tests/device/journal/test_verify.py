# SPDX-License-Identifier: Apache-2.0
import random
from collections import Counter
from contextlib import closing
from uuid import UUID

import pytest

from device.errors import JournalError
from device.journal import Journal, JournalReader, What, verify
from device.journal.storage import connect
from tests.device.journal.conftest import KEY
from tests.device.journal.samples import CLOSED, OPENED, SteppedClock, incident, recorded

ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.fixture
def full(path):
    """Two encounters of five entries each, one after the other in turn, and the first one closed."""
    with closing(Journal.open(path, SteppedClock())) as journal:
        for number in range(5):
            for encounter in (ONE, TWO):
                journal.append(encounter, recorded() if number else OPENED)
        journal.append(ONE, CLOSED)
    return path


def tamper(path, *statements):
    with closing(connect(path, None, read_only=False).conn) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def faults(path):
    return [(fault.sequence, fault.encounter[-1:], fault.what) for fault in verify(path).faults]


def test_a_sound_journal_is_sound(full):
    report = verify(full)
    assert report.sound
    assert (report.entries, report.encounters) == (11, 2)


def test_a_changed_value_is_named_by_its_sequence(full):
    tamper(full, "UPDATE entries SET body = replace(body, '132.50', '182.50') WHERE sequence = 5")
    assert faults(full) == [(5, "1", What.ALTERED)]


def test_a_removed_row_is_named_with_its_encounter(full):
    tamper(full, "DELETE FROM entries WHERE sequence = 6")
    assert faults(full) == [(6, "2", What.MISSING)]


def test_rows_removed_at_the_end_are_noticed(full):
    tamper(full, "DELETE FROM entries WHERE sequence >= 10")
    assert faults(full) == [(10, "", What.MISSING), (11, "", What.MISSING)]


def test_rows_that_changed_places_are_noticed(full):
    tamper(
        full,
        "UPDATE entries SET sequence = 100 WHERE sequence = 5",
        "UPDATE entries SET sequence = 5 WHERE sequence = 7",
        "UPDATE entries SET sequence = 7 WHERE sequence = 100",
        "UPDATE sqlite_sequence SET seq = 11",
    )
    assert [fault[:1] + fault[2:] for fault in faults(full)] == [(5, What.ALTERED), (7, What.ALTERED)]


def test_a_row_put_in_with_a_digest_of_its_own_is_out_of_place(full):
    from device.journal.chain import canonical, digest  # noqa: PLC0415 - only this test forges

    with closing(connect(full, None, read_only=False).conn) as connection:
        row = connection.execute("SELECT id, encounter, instant, body FROM entries WHERE sequence = 5").fetchone()
        forged = digest("ab" * 32, canonical(12, "forged", row[1], row[2].encode(), row[3].encode()))
        connection.execute(
            "INSERT INTO entries VALUES (12, 'forged', ?, 'incident', ?, ?, ?, ?)", (*row[1:], "ab" * 32, forged)
        )
        connection.commit()
    assert (12, "1", What.OUT_OF_PLACE) in faults(full)


@pytest.mark.parametrize("column", ["body", "instant", "digest", "previous", "encounter", "id"])
@pytest.mark.parametrize("value", ["x'ff00ff'", "''", "17", "'{'"])
def test_garbage_in_any_column_is_reported_and_stops_nothing(full, column, value):
    tamper(full, f"UPDATE entries SET {column} = {value} WHERE sequence = 5")  # noqa: S608 - from the list above
    found = faults(full)
    assert (5, What.ALTERED) in [(fault[0], fault[2]) for fault in found]
    assert {fault[0] for fault in found} <= {0, 5}
    with closing(JournalReader.open(full)) as reader:
        assert [entry.sequence for entry in reader.after(0)] == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
        assert reader.damaged == {5}


def test_an_absent_journal_is_said(path):
    with pytest.raises(JournalError):
        verify(path)


def test_another_key_is_said(path):
    Journal.open(path, SteppedClock(), KEY).close()
    with pytest.raises(JournalError) as refusal:
        verify(path, bytes(32))
    assert refusal.value.code == "JRN-08"


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_flipped_bits_never_pass_and_never_stop_the_rest(path, key):
    chance = random.Random(7)  # noqa: S311 - a seeded choice of bits, not a secret
    with closing(Journal.open(path, SteppedClock(), key)) as journal:
        written = []
        for number in range(60):
            written += journal.append((ONE, TWO)[number % 2], recorded(), incident(number))
    sound = path.read_bytes()
    assert verify(path, key).sound
    outcomes = Counter(_flip(path, sound, key, chance.randrange(4096, len(sound) * 8), written) for _ in range(40))
    assert outcomes["wrong"] == 0
    assert outcomes["readable"] > 25


def _flip(path, sound, key, bit, written):
    """Flip one bit and read: what is read is what was written, or is left out."""
    data = bytearray(sound)
    data[bit // 8] ^= 1 << bit % 8
    path.write_bytes(data)
    for leftover in path.parent.glob("journal.db-[ws]*"):
        leftover.unlink()
    try:
        with closing(JournalReader.open(path, key)) as reader:
            read = reader.after(0)
        report = verify(path, key)
    except JournalError:
        return "beyond use"
    if any(entry not in written for entry in read) or (report.sound and read != written):
        return "wrong"
    return "readable"
