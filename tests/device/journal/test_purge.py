# SPDX-License-Identifier: Apache-2.0
from contextlib import closing
from uuid import UUID

import pytest

from device.attachments import Attachments
from device.codes import Site
from device.entry import CART, CaptureTaken, FileClosed
from device.errors import JournalError
from device.journal import Journal, JournalReader, What, verify
from device.keys import FileKey
from tests.device.journal.conftest import KEY
from tests.device.journal.samples import CLOSED, NURSE, OPENED, SteppedClock, incident, recorded

ONE, TWO = UUID(int=1), UUID(int=2)
SHUT = FileClosed(NURSE)
SHA = "ab" * 32


def shot(sha256=SHA):
    now = SteppedClock().now()
    return CaptureTaken("otoscope", "Otoscope", Site.LEFT_EAR, sha256, "image/jpeg", 3, 1, 1, now)


@pytest.fixture
def told(path, storage):
    """Two encounters among each other's and the cart's entries; both closed."""
    with closing(Journal.open(path, SteppedClock(), **storage)) as journal:
        journal.append(ONE, OPENED, recorded())
        journal.append(CART, incident())
        journal.append(ONE, recorded(), shot())
        journal.append(TWO, OPENED, recorded())
        journal.append(ONE, CLOSED, SHUT)
        journal.append(TWO, CLOSED, SHUT)
        yield journal


def test_a_purge_leaves_nothing_of_an_encounter_and_its_chain_holds(told, path, storage):
    kept = [entry for entry in told.after(0) if entry.encounter != ONE]
    digests = {entry.sequence: entry.digest for entry in told.after(0, encounter=ONE)}
    assert told.purge(ONE, 9) == ()
    assert told.after(0) == kept
    assert told.after(0, encounter=ONE) == []
    runs = told._annex.runs(ONE)
    assert [(run.first, run.last, run.entries) for run in runs] == [(1, 2, 2), (4, 5, 2), (8, 9, 2)]
    assert [run.digest for run in runs] == [digests[2], digests[5], digests[9]]
    assert {run.closing for run in runs} == {digests[8]}
    report = verify(path, **storage)
    assert report.sound
    assert (report.entries, report.encounters, report.purged) == (5, 3, 6)
    assert told.newest == 11


def test_what_is_in_the_files_then_names_nobody(path):
    with closing(Journal.open(path, SteppedClock())) as journal:
        journal.append(ONE, OPENED, recorded(), CLOSED, SHUT)
        assert any(b"MARTIN" in file.read_bytes() for file in path.parent.iterdir())
        journal.purge(ONE, 4)
        assert not any(b"MARTIN" in file.read_bytes() for file in path.parent.iterdir())


def test_a_purge_of_the_last_encounter_does_not_give_its_sequences_again(told, path, storage):
    told.purge(TWO, 11)
    assert told.newest == 11
    told.close()
    with closing(Journal.open(path, SteppedClock(), **storage)) as journal:
        assert journal.newest == 11
        assert journal.append(ONE, incident())[0].sequence == 12
    with closing(JournalReader.open(path, **storage)) as reader:
        assert reader.newest == 12


def test_an_entry_that_comes_after_a_purge_goes_on_with_its_chain(told, path, storage):
    told.purge(ONE, 9)
    told.append(ONE, incident(), CLOSED, SHUT)
    closed = told.after(0, encounter=ONE)[1].body
    assert closed.entries == 7
    assert verify(path, **storage).sound
    told.purge(ONE, 14)
    report = verify(path, **storage)
    assert report.sound
    assert report.purged == 9


def test_nothing_is_purged_that_is_open_or_has_more_than_was_acknowledged(path):
    with closing(Journal.open(path, SteppedClock())) as journal:
        journal.append(ONE, OPENED, recorded())
        journal.append(CART, incident())
        journal.purge(ONE, 2)
        journal.append(ONE, CLOSED, SHUT)
        journal.purge(ONE, 4)
        journal.purge(CART, 3)
        journal.purge(TWO, 0)
        assert [entry.sequence for entry in journal.after(0)] == [1, 2, 3, 4, 5]


def test_a_damaged_encounter_stays(path):
    with closing(Journal.open(path, SteppedClock())) as journal:
        journal.append(ONE, OPENED, recorded(), CLOSED, SHUT)
        journal._table.database.execute("UPDATE entries SET body = replace(body, 'MARTIN', 'PETIT') WHERE sequence = 1")
        journal._table.database.conn.commit()
        with pytest.raises(JournalError) as refusal:
            journal.purge(ONE, 4)
        assert refusal.value.code == "JRN-03"
        journal._table.database.execute("DELETE FROM entries WHERE sequence = 1")
        journal._table.database.conn.commit()
        with pytest.raises(JournalError):
            journal.purge(ONE, 4)
        assert len(journal.after(0)) == 3


def test_its_captures_can_never_be_opened_again(path, tmp_path):
    with closing(Journal.open(path, SteppedClock(), KEY)) as journal:
        attachments = Attachments(tmp_path / "captures", journal)
        mine, shared = attachments.put(b"mine"), attachments.put(b"shared")
        journal.append(ONE, OPENED, shot(mine), shot(shared), CLOSED, SHUT)
        journal.append(TWO, OPENED, shot(shared))
        file = attachments.path(mine)
        attachments.erase(journal.purge(ONE, 5))
        assert not file.exists()
        assert journal.file_key(mine) is None
        assert attachments.get(shared) == b"shared", "another encounter names it"
        assert attachments.sweep() == 0


def test_a_reader_knows_what_was_purged(told, path, storage):
    with closing(JournalReader.open(path, **storage)) as reader:
        assert not reader.purged(ONE)
        told.purge(ONE, 9)
        assert reader.purged(ONE)
        assert not reader.purged(TWO)
        told.append(ONE, incident())
        assert not reader.purged(ONE)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE purged SET digest = replace(digest, 'a', 'b')",
        "UPDATE purged SET entries = entries + 1",
        "UPDATE purged SET last = 1000000",
        "UPDATE purged SET previous = 12",
        "DELETE FROM purged WHERE first = 4",
    ],
)
def test_what_stays_of_a_purge_cannot_be_altered_unnoticed(path, change):
    with closing(Journal.open(path, SteppedClock())) as journal:
        journal.append(ONE, OPENED, recorded())
        journal.append(CART, incident())
        journal.append(ONE, CLOSED, SHUT)
        journal.append(CART, incident())
        journal.purge(ONE, 5)
        journal._table.database.execute(change)
        journal._table.database.conn.commit()
    assert not verify(path).sound


def test_an_entry_in_the_place_of_what_was_purged_is_named(path):
    with closing(Journal.open(path, SteppedClock())) as journal:
        journal.append(ONE, OPENED, CLOSED, SHUT)
        journal.append(TWO, OPENED)
        journal.purge(ONE, 3)
        journal._table.database.execute("UPDATE entries SET sequence = 2 WHERE sequence = 4")
        journal._table.database.conn.commit()
    assert What.OUT_OF_PLACE in {fault.what for fault in verify(path).faults}


def test_a_full_disk_gives_up_the_reserve_to_make_room(path, monkeypatch):
    with closing(Journal.open(path, SteppedClock())) as journal:
        journal.append(ONE, OPENED, recorded(), CLOSED, SHUT)
        tried = []

        def purge(*_):
            tried.append(journal._reserve.held)
            if len(tried) == 1:
                raise JournalError(1, "plein", "full", retry=True)

        monkeypatch.setattr(journal._annex, "purge", purge)
        journal.purge(ONE, 4)
        assert tried == [True, False]
        assert journal.spacious, "and takes it again"


def test_file_keys_are_kept_over_a_restart(path):
    key = FileKey.new()
    with closing(Journal.open(path, SteppedClock(), KEY)) as journal:
        journal.keep_file_key(SHA, FileKey.new())
        journal.keep_file_key(SHA, key)
    with closing(Journal.open(path, SteppedClock(), KEY)) as journal:
        assert journal.file_key(SHA) == key
        assert journal.file_names() == {key.name}
    with closing(JournalReader.open(path, KEY)) as reader:
        assert reader.file_key(SHA) == key
        assert reader.file_key("cd" * 32) is None
    assert key.key not in path.read_bytes()
