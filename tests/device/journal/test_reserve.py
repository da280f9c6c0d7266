# SPDX-License-Identifier: Apache-2.0
import errno
from contextlib import closing
from uuid import UUID

import pytest

from device.errors import JournalError
from device.journal import Journal
from device.journal.reserve import Reserve
from tests.device.journal.samples import SteppedClock, incident


def test_the_space_is_really_taken_and_given_back(tmp_path):
    reserve = Reserve(tmp_path / "reserve", 1 << 20)
    assert not reserve.held
    assert reserve.hold()
    assert reserve.held
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= 1 << 20
    assert reserve.release()
    assert not reserve.held
    assert not reserve.release()


def test_a_reserve_that_was_cut_short_is_made_whole(tmp_path):
    (tmp_path / "reserve").write_bytes(b"x")
    reserve = Reserve(tmp_path / "reserve", 1 << 20)
    assert not reserve.held
    assert reserve.hold()
    assert reserve.held


def test_no_room_for_the_reserve_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr("os.posix_fallocate", full)
    reserve = Reserve(tmp_path / "reserve")
    assert not reserve.hold()
    assert not (tmp_path / "reserve").exists()


def test_a_full_disk_spends_the_reserve_and_the_entry_is_written(path):
    with closing(Journal.open(path, SteppedClock())) as journal:
        journal.append(UUID(int=1), incident())
        assert journal.spacious
        _limit_pages(journal)
        number = 0
        while path.with_name("journal.db-reserve").exists():
            number += 1
            try:
                journal.append(UUID(int=1), incident(number))
            except JournalError as error:
                assert error.code == "JRN-01"  # noqa: PT017 - the loop ends by the reserve, not by the error
        assert number > 1
        sequence = journal.newest
        _limit_pages(journal, 1 << 30)
        assert journal.append(UUID(int=1), incident())[0].sequence == sequence + 1


def test_a_full_disk_without_reserve_is_said_and_harms_nothing(path):
    with closing(Journal.open(path, SteppedClock())) as journal:
        entries = journal.append(UUID(int=1), incident())
        journal._reserve.release()
        _limit_pages(journal)
        with pytest.raises(JournalError) as refusal:
            journal.append(UUID(int=1), *[incident(n) for n in range(500)])
        assert refusal.value.code == "JRN-01"
        assert refusal.value.retry
        assert journal.after(0) == list(entries)


def _limit_pages(journal: Journal, more: int = 0) -> None:
    """SQLite's own limit gives SQLITE_FULL without a full disk."""
    execute = journal._table.database.execute
    pages = execute("PRAGMA page_count").fetchone()[0]
    execute(f"PRAGMA max_page_count = {pages + more}").fetchone()
