# SPDX-License-Identifier: Apache-2.0
import sqlite3
import subprocess
import sys
from contextlib import closing
from uuid import UUID

import pytest

from device.entry import CART
from device.errors import JournalError
from device.journal import Journal, JournalReader
from device.journal.reader import Standing
from tests.device.journal.conftest import KEY
from tests.device.journal.samples import CLOSED, OPENED, SteppedClock, incident

ONE = UUID(int=1)
OTHER = """
import sys
from pathlib import Path
from uuid import UUID
from device.journal import JournalReader
reader = JournalReader.open(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]))
for line in sys.stdin:
    print(*[entry.sequence for entry in reader.after(int(line), encounter=UUID(int=1))], flush=True)
reader.close()
"""


def test_another_process_sees_each_commit_at_once(path):
    command = [sys.executable, "-c", OTHER, str(path), KEY.hex()]
    with closing(Journal.open(path, SteppedClock(), KEY)) as journal:
        journal.append(ONE, OPENED)
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin
            assert process.stdout
            for asked, expected in (("0", "1"), ("1", "2 3"), ("3", "")):
                print(asked, file=process.stdin, flush=True)
                assert process.stdout.readline().strip() == expected
                if asked == "0":
                    journal.append(ONE, incident(), incident())
            process.stdin.close()
            assert process.wait(20) == 0


def test_a_reader_reads_what_the_writer_wrote(path, storage):
    with (
        closing(Journal.open(path, SteppedClock(), **storage)) as journal,
        closing(JournalReader.open(path, **storage)) as reader,
    ):
        assert reader.newest == 0
        (entry,) = journal.append(ONE, OPENED)
        assert reader.newest == 1
        assert reader.after(0) == [entry]
        assert reader.get(entry.id) == entry
        assert reader.damaged == frozenset()


def test_a_reader_opens_when_no_writer_is_there(path, storage):
    with closing(Journal.open(path, SteppedClock(), **storage)) as journal:
        journal.append(ONE, OPENED)
    with closing(JournalReader.open(path, **storage)) as reader:
        assert reader.newest == 1


def test_a_reader_goes_on_when_the_writer_restarts(path):
    with closing(Journal.open(path, SteppedClock())) as journal:
        journal.append(ONE, OPENED)
        reader = JournalReader.open(path)
        assert reader.newest == 1
    with closing(Journal.open(path, SteppedClock())) as journal:
        journal.append(ONE, incident())
        assert [entry.sequence for entry in reader.after(1)] == [2]
    reader.close()


def test_a_reader_cannot_write(path):
    with closing(Journal.open(path, SteppedClock())) as journal, closing(JournalReader.open(path)) as reader:
        journal.append(ONE, OPENED)
        with pytest.raises(Exception, match="readonly"):
            reader._table.database.execute("DELETE FROM entries")


@pytest.mark.parametrize("content", [None, b""])
def test_no_journal_yet_is_said_and_may_be_tried_again(path, content):
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(JournalError) as refusal:
        JournalReader.open(path)
    assert refusal.value.code == "JRN-05"
    assert refusal.value.retry


def test_a_newer_file_is_refused(path):
    Journal.open(path, SteppedClock()).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(JournalError) as refusal:
        JournalReader.open(path)
    assert refusal.value.code == "JRN-04"


def test_the_encounters_kept_are_told_in_order_with_their_beginning_and_whether_they_are_closed(path, storage):
    two = UUID(int=2)
    with closing(Journal.open(path, SteppedClock(), **storage)) as journal:
        journal.append(two, OPENED)
        journal.append(CART, incident())
        journal.append(ONE, OPENED, incident(), CLOSED)
        with closing(JournalReader.open(path, **storage)) as reader:
            assert reader.encounters() == [Standing(two, 1, closed=False), Standing(ONE, 3, closed=True)]
            journal.append(two, CLOSED)
            assert [one.closed for one in reader.encounters()] == [True, True]


def test_an_encounter_whose_name_is_damaged_is_left_out(tmp_path):
    path = tmp_path / "journal.db"
    with closing(Journal.open(path, SteppedClock())) as journal:
        journal.append(ONE, OPENED)
        journal.append(UUID(int=2), OPENED)
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE entries SET encounter = x'FF00' WHERE sequence = 1")
        database.commit()
    with closing(JournalReader.open(path)) as reader:
        assert [one.encounter for one in reader.encounters()] == [UUID(int=2)]
