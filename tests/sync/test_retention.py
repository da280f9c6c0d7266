# SPDX-License-Identifier: Apache-2.0
"""What is settled is what every server has to its last entry; what the journal purged is forgotten here."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from device.clock import Instant
from device.commands import Settled
from device.entry import CART, Incident
from device.journal import Journal, Retention
from sync.journal import LateJournal
from sync.ledger import Ledger
from sync.retention import forget, settled
from tests.sync.bench import Bench, bench, drained
from tests.sync.story import PATIENT, START, conclusion, opening, pressure, temperature
from tests.sync.story import closing as ending
from virtual.records import Ill, Trouble

ONE, TWO, THREE = (UUID(int=n) for n in (1, 2, 3))


class Clock:
    def __init__(self) -> None:
        self.seconds = 0

    def now(self) -> Instant:
        self.seconds += 1
        return Instant(START + timedelta(seconds=self.seconds), 1000.0 + self.seconds, trusted=True)


@pytest.fixture
def journal(tmp_path: Path):
    with closing(Journal.open(tmp_path / "journal.db", Clock())) as opened:
        yield opened


def told(ward: Bench, *names: str) -> tuple[Settled, ...]:
    with closing(ward.ledger()) as ledger:
        return settled(ledger, names or ("records",))


async def test_a_closed_file_is_settled_once_all_of_it_is_acknowledged(tmp_path, journal):
    async with bench(tmp_path) as ward:
        ward.story = LateJournal(tmp_path / "journal.db")
        journal.append(ONE, *opening(PATIENT), pressure(), *ending())
        journal.append(CART, Incident("device-restarted", ""))
        journal.append(TWO, *opening(PATIENT), temperature())
        async with ward.running():
            await ward.until(drained)
        assert told(ward) == (Settled(ONE, 6),), "the other file is open"
        journal.append(ONE, conclusion())
        journal.append(TWO, *ending())
        assert told(ward) == (Settled(ONE, 6),), "the ledger has not seen it; the journal knows, and purges nothing"
        journal.purge(ONE, 6)
        assert journal.after(0, encounter=ONE)
        async with ward.running():
            await ward.until(drained)
        assert told(ward) == (Settled(ONE, 12), Settled(TWO, 14))


async def test_what_a_server_refuses_keeps_its_file_here(tmp_path, journal):
    async with bench(tmp_path) as ward:
        ward.story = LateJournal(tmp_path / "journal.db")
        ward.records.trouble(Trouble(Ill.STATUS, 422, times=None, path="Observation"))
        journal.append(ONE, *opening(PATIENT), temperature(), *ending())
        async with ward.running():
            await ward.until(lambda queue: queue.quarantined > 0 and queue.waiting == 0)
        assert told(ward) == ()


async def test_every_server_must_have_it_and_no_server_is_not_every_server(tmp_path, journal):
    async with bench(tmp_path) as ward:
        ward.story = LateJournal(tmp_path / "journal.db")
        journal.append(ONE, *opening(PATIENT), temperature(), *ending())
        async with ward.running():
            await ward.until(drained)
        assert told(ward, "records", "second") == ()
        with closing(ward.ledger()) as ledger:
            assert settled(ledger, ()) == ()
        assert told(ward) == (Settled(ONE, 6),)


async def test_what_the_journal_purged_is_forgotten_and_never_sent_again(tmp_path, journal):
    async with bench(tmp_path) as ward:
        ward.story = LateJournal(tmp_path / "journal.db")
        for encounter in (ONE, TWO, THREE):
            journal.append(encounter, *opening(PATIENT), temperature(), *ending())
        async with ward.running():
            await ward.until(drained)
        asked = len(ward.records.store.requests())
        month = Instant(START + timedelta(days=31), 0.0, trusted=True)
        assert Retention(journal, lambda _: None, timedelta(days=30)).purge(told(ward)[:2], month) == 2
        with closing(ward.ledger()) as ledger:
            done = settled(ledger, ["records"])
            assert forget(ledger, ward.story.purged, done) == 2
            assert forget(ledger, ward.story.purged, settled(ledger, ["records"])) == 0
            assert ledger.server("records").lines(ONE) == {}
        assert told(ward) == (Settled(THREE, 18),)
        journal.append(CART, Incident("device-restarted", ""))
        async with ward.running():
            await ward.until(drained)
        sent = [one for one in ward.records.store.requests()[asked:] if one.method != "GET"]
        assert sent == []


def test_a_ledger_without_anything_settles_nothing(tmp_path):
    with closing(Ledger.open(tmp_path / "ledger.db")) as ledger:
        assert settled(ledger, ["records"]) == ()
