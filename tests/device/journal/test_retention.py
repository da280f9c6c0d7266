# SPDX-License-Identifier: Apache-2.0
from contextlib import closing
from datetime import timedelta
from uuid import UUID

import pytest

from device.clock import Instant
from device.commands import Settled
from device.entry import FileClosed
from device.journal import Journal, Retention
from tests.device.journal.samples import CLOSED, NURSE, OPENED, START, SteppedClock, incident, recorded

ONE, TWO = UUID(int=1), UUID(int=2)
MONTH = timedelta(days=30)
SHUT = FileClosed(NURSE)


def after(time: timedelta, *, trusted: bool = True) -> Instant:
    return Instant(START + time, 0.0, trusted)


@pytest.fixture
def journal(path):
    with closing(Journal.open(path, SteppedClock())) as opened:
        yield opened


def purged(journal: Journal, now: Instant, *settled: Settled) -> int:
    return Retention(journal, lambda _: None, MONTH).purge(settled, now)


def test_a_file_stays_its_days_and_then_goes(journal):
    journal.append(ONE, OPENED, recorded(), CLOSED, SHUT)
    assert purged(journal, after(MONTH - timedelta(minutes=1)), Settled(ONE, 4)) == 0
    assert len(journal.after(0)) == 4
    assert purged(journal, after(MONTH + timedelta(minutes=1)), Settled(ONE, 4)) == 1
    assert journal.after(0) == []
    assert purged(journal, after(MONTH * 2), Settled(ONE, 4)) == 0


def test_what_is_not_settled_stays_for_ever(journal):
    journal.append(ONE, OPENED, CLOSED, SHUT)
    journal.append(TWO, OPENED, recorded())
    assert purged(journal, after(MONTH * 100)) == 0
    assert purged(journal, after(MONTH * 100), Settled(TWO, 5)) == 0, "its file is open"
    assert len(journal.after(0)) == 5


def test_the_days_count_from_the_last_time_that_the_file_was_closed(journal):
    journal.append(ONE, OPENED, CLOSED, SHUT)
    journal.append(ONE, SHUT, instant=after(timedelta(days=20)))
    assert purged(journal, after(timedelta(days=35)), Settled(ONE, 4)) == 0
    assert purged(journal, after(timedelta(days=51)), Settled(ONE, 4)) == 1


def test_a_clock_that_cannot_be_trusted_removes_nothing(journal):
    journal.append(ONE, OPENED, CLOSED, SHUT)
    assert purged(journal, after(MONTH * 100, trusted=False), Settled(ONE, 3)) == 0


def test_a_closing_at_an_unknown_time_counts_from_the_next_known_one(journal):
    wrong = Instant(START - timedelta(days=20_000), 0.0, trusted=False)
    journal.append(ONE, OPENED, CLOSED, SHUT, instant=wrong)
    assert purged(journal, after(MONTH * 2), Settled(ONE, 3)) == 0, "nothing later says when it was"
    journal.append(TWO, incident(), instant=after(timedelta(days=10)))
    assert purged(journal, after(timedelta(days=39)), Settled(ONE, 3)) == 0
    assert purged(journal, after(timedelta(days=41)), Settled(ONE, 3)) == 1


def test_a_damaged_encounter_does_not_keep_the_others(journal, caplog):
    journal.append(ONE, OPENED, CLOSED, SHUT)
    journal.append(TWO, OPENED, CLOSED, SHUT)
    journal._table.database.execute("UPDATE entries SET previous = '00' WHERE sequence = 2")
    journal._table.database.conn.commit()
    assert purged(journal, after(MONTH * 2), Settled(ONE, 3), Settled(TWO, 6)) == 1
    assert "JRN-03" in caplog.text
    assert "MARTIN" not in caplog.text
