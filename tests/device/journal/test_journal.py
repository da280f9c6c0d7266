# SPDX-License-Identifier: Apache-2.0
import sqlite3
import stat
import threading
from contextlib import closing
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device.clock import Instant
from device.entry import CART
from device.errors import JournalError
from device.journal import Journal, verify
from device.journal.storage import connect
from tests.device.journal.conftest import KEY
from tests.device.journal.samples import CLOSED, OPENED, START, SteppedClock, incident, recorded

ONE, TWO = UUID(int=1), UUID(int=2)


def test_what_was_appended_is_read_again_after_a_restart(path, storage):
    with closing(Journal.open(path, SteppedClock(), **storage)) as journal:
        written = journal.append(ONE, OPENED, recorded())
        assert journal.after(0) == list(written)
    with closing(Journal.open(path, SteppedClock(), **storage)) as journal:
        assert journal.after(0) == list(written)
        assert journal.newest == 2
        (third,) = journal.append(ONE, incident())
        assert third.sequence == 3
    assert verify(path, **storage).sound


def test_durable_modes_are_on(journal):
    def ask(pragma):
        return journal._table.database.execute(f"PRAGMA {pragma}").fetchone()[0]

    assert ask("journal_mode") == "wal"
    assert ask("synchronous") == 2


def test_files_are_for_their_owner_alone(journal, path):
    journal.append(CART, incident())
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_nothing_of_an_encrypted_journal_can_be_read_without_its_key(path):
    with closing(Journal.open(path, SteppedClock(), KEY)) as journal:
        journal.append(ONE, OPENED)
        assert not any(b"MARTIN" in file.read_bytes() for file in path.parent.glob("journal.db-wal"))
    assert b"MARTIN" not in path.read_bytes()
    for key in (bytes(32), None):
        with pytest.raises(JournalError) as refusal:
            Journal.open(path, SteppedClock(), key)
        assert refusal.value.code == "JRN-08"


def test_several_bodies_are_one_instant_and_one_transaction(journal):
    entries = journal.append(ONE, OPENED, incident(), recorded())
    assert [entry.sequence for entry in entries] == [1, 2, 3]
    assert len({entry.instant for entry in entries}) == 1
    with pytest.raises(TypeError):
        journal.append(ONE, incident(), incident(object()))  # type: ignore[arg-type]
    assert journal.newest == 3


def test_appending_nothing_writes_nothing(journal):
    assert journal.append(ONE) == ()
    assert journal.newest == 0


def test_the_instant_may_be_given(journal):
    instant = Instant(START, 5.0, trusted=False)
    assert journal.append(ONE, incident(), instant=instant)[0].instant == instant


def test_chains_are_per_encounter_and_the_closing_seals_its_own(journal):
    one = journal.append(ONE, OPENED, incident())
    journal.append(TWO, OPENED)
    journal.append(CART, incident())
    (closed,) = journal.append(ONE, CLOSED)
    assert closed.body.entries == 2
    assert closed.body.previous == one[-1].digest


def test_a_closing_in_the_same_append_seals_what_stands_before_it(journal):
    entries = journal.append(ONE, OPENED, incident(), CLOSED)
    assert entries[2].body.entries == 2
    assert entries[2].body.previous == entries[1].digest


def test_reading_by_encounter_and_by_position(journal):
    for number in range(6):
        journal.append((ONE, TWO)[number % 2], incident(number))
    assert [entry.sequence for entry in journal.after(2)] == [3, 4, 5, 6]
    assert [entry.sequence for entry in journal.after(1, encounter=TWO)] == [2, 4, 6]
    assert [entry.sequence for entry in journal.after(0, limit=2)] == [1, 2]
    assert journal.after(6) == []


def test_an_entry_is_found_by_its_identity(journal):
    (entry,) = journal.append(ONE, recorded())
    assert journal.get(entry.id) == entry
    assert journal.get(uuid4()) is None


def test_a_second_writer_is_refused(journal, path):
    with pytest.raises(JournalError) as refusal:
        Journal.open(path, SteppedClock())
    assert refusal.value.code == "JRN-07"
    journal.append(ONE, incident())


def test_a_newer_file_is_refused_untouched(path):
    with closing(Journal.open(path, SteppedClock())) as journal:
        journal.append(ONE, incident())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(JournalError) as refusal:
        Journal.open(path, SteppedClock())
    assert refusal.value.code == "JRN-04"
    assert "version plus récente" in refusal.value.line
    assert path.read_bytes() == before


def test_a_file_that_is_no_journal_is_refused_untouched(path):
    path.write_bytes(b"not a database at all " * 100)
    with pytest.raises(JournalError) as refusal:
        Journal.open(path, SteppedClock())
    assert refusal.value.code == "JRN-08"
    assert path.read_bytes().startswith(b"not a database")


def test_a_creation_cut_before_its_table_is_finished_at_the_next_start(path):
    path.touch(mode=0o600)
    with closing(Journal.open(path, SteppedClock())) as journal:
        assert journal.append(ONE, incident())[0].sequence == 1


def test_a_folder_that_is_absent_is_said(tmp_path):
    with pytest.raises(JournalError) as refusal:
        Journal.open(tmp_path / "nowhere" / "journal.db", SteppedClock())
    assert refusal.value.line


def test_the_fallback_cannot_encrypt(path):
    with pytest.raises(JournalError) as refusal:
        Journal.open(path, SteppedClock(), KEY, engine=sqlite3)
    assert refusal.value.code == "JRN-09"


def test_threads_append_side_by_side(journal, path):
    def write(encounter: UUID) -> None:
        for number in range(25):
            journal.append(encounter, incident(number), incident(number))

    threads = [threading.Thread(target=write, args=(UUID(int=n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    entries = journal.after(0)
    assert [entry.sequence for entry in entries] == list(range(1, 201))
    assert len({entry.id for entry in entries}) == 200
    assert verify(path).sound


def test_a_failed_append_leaves_no_hole(journal, path):
    journal.append(ONE, incident())
    with closing(connect(path, None, read_only=False).conn) as other:
        other.execute("CREATE TRIGGER no BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'no'); END")
        other.commit()
        with pytest.raises(JournalError):
            journal.append(ONE, incident())
        other.execute("DROP TRIGGER no")
        other.commit()
    assert journal.append(ONE, incident())[0].sequence == 2
    assert verify(path).sound


def test_closing_twice_is_harmless(path):
    journal = Journal.open(path, SteppedClock())
    journal.close()
    journal.close()
    Journal.open(path, SteppedClock()).close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3), st.booleans()), max_size=12))
def test_any_appends_and_restarts_leave_one_order_and_sound_chains(tmp_path_factory, appends):
    path = tmp_path_factory.mktemp("journal") / "journal.db"
    written = []
    journal = Journal.open(path, SteppedClock())
    for encounter, count, restart in appends:
        written += journal.append(UUID(int=encounter), *[incident(n) for n in range(count)])
        if restart:
            journal.close()
            journal = Journal.open(path, SteppedClock())
    with closing(journal):
        assert journal.after(0) == written
        for encounter in range(4):
            mine = [entry for entry in written if entry.encounter.int == encounter]
            assert journal.after(0, encounter=UUID(int=encounter)) == mine
    report = verify(path)
    assert report.sound
    assert report.entries == len(written)
