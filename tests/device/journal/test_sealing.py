# SPDX-License-Identifier: Apache-2.0
import sqlite3
from contextlib import closing
from uuid import UUID

import pytest

from device.errors import JournalError
from device.journal import Journal, JournalReader, verify
from device.journal.schema import SCHEMA
from device.journal.sealing import is_plain, seal_plain
from tests.device.journal.conftest import KEY
from tests.device.journal.samples import OPENED, SteppedClock, incident, recorded

ONE = UUID(int=1)


@pytest.fixture
def written(path):
    """A plain journal, some of it still in its write-ahead log."""
    with closing(Journal.open(path, SteppedClock())) as journal:
        journal.append(ONE, OPENED, recorded())
    journal = Journal.open(path, SteppedClock())
    journal.append(ONE, incident())
    entries = journal.after(0)
    wal = path.with_name("journal.db-wal").read_bytes()
    main = path.read_bytes()
    journal.close()
    path.write_bytes(main)
    path.with_name("journal.db-wal").write_bytes(wal)
    return entries


def test_a_plain_journal_is_encrypted_at_its_first_start_with_a_key(path, written):
    assert is_plain(path)
    with closing(Journal.open(path, SteppedClock(), KEY)) as journal:
        assert journal.after(0) == written
        assert journal.append(ONE, incident())[0].sequence == 4
    assert verify(path, KEY).sound
    assert not is_plain(path)
    for file in path.parent.iterdir():
        assert b"MARTIN" not in file.read_bytes(), file.name
    assert path.stat().st_mode & 0o777 == 0o600


def test_sequences_go_on_where_they_were(path):
    with closing(Journal.open(path, SteppedClock())) as journal:
        journal.append(ONE, incident(), incident(), incident())
        journal._table.database.execute("DELETE FROM entries WHERE sequence = 3")
        journal._table.database.conn.commit()
    with closing(Journal.open(path, SteppedClock(), KEY)) as journal:
        assert journal.append(UUID(int=2), incident())[0].sequence == 4


def test_an_encryption_that_was_cut_is_done_again(path, written):
    path.with_name("journal.db-sealing").write_bytes(b"half of a copy")
    with closing(Journal.open(path, SteppedClock(), KEY)) as journal:
        assert journal.after(0) == written
    assert not path.with_name("journal.db-sealing").exists()


@pytest.mark.usefixtures("written")
def test_a_newer_plain_file_is_refused_untouched(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(JournalError) as refusal:
        Journal.open(path, SteppedClock(), KEY)
    assert refusal.value.code == "JRN-04"
    assert path.read_bytes() == before


def test_while_another_process_reads_it_nothing_is_changed(path, written, monkeypatch):
    monkeypatch.setattr("device.journal.storage.BUSY_SECONDS", 0.1)
    with closing(JournalReader.open(path)) as reader:
        with pytest.raises(JournalError) as refusal:
            seal_plain(path, KEY, SCHEMA)
        assert refusal.value.code == "JRN-07"
        assert is_plain(path)
        assert reader.after(0) == written


def test_an_encrypted_or_absent_file_is_left_alone(path, tmp_path):
    with closing(Journal.open(path, SteppedClock(), KEY)):
        pass
    assert not seal_plain(path, KEY, SCHEMA)
    assert not seal_plain(tmp_path / "nowhere", KEY, SCHEMA)
