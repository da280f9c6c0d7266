# SPDX-License-Identifier: Apache-2.0
"""f40: files of every released schema, with entries waiting, are brought to ours in one transaction; a newer one is
refused untouched."""

import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from device.attachments import Attachments
from device.clock import SystemClock
from device.entry import CaptureTaken, Incident
from device.errors import JournalError
from device.journal import Journal, JournalReader, schema, verify
from device.journal.sealing import seal_plain
from device.journal.storage import translated
from sync import schema as ledger_schema
from sync.ledger import Ledger
from sync.lines import LineState

GOLDEN = Path(__file__).with_name("golden")
KEY = bytes(range(32))
CLOCK = SystemClock(trusted=True)
ACKNOWLEDGED, REFUSED, UNDER_WAY, WAITING = (UUID(f"10000000-0000-4000-8000-00000000000{n}") for n in range(1, 5))
HOW = pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
JOURNALS = sorted(GOLDEN.glob("journal-*.db"))
LEDGERS = sorted(GOLDEN.glob("ledger-*.db"))


def put(golden: Path, to: Path) -> Path:
    shutil.copyfile(golden, to)
    return to


def rows(path: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def version(path: Path) -> int:
    return rows(path, "PRAGMA user_version")[0][0]


def test_f40_there_is_a_golden_file_of_every_schema_with_entries_waiting():
    assert [version(path) for path in JOURNALS] == [*range(1, schema.SCHEMA + 1)]
    assert [version(path) for path in LEDGERS] == [*range(1, ledger_schema.SCHEMA + 1)]
    assert all(rows(path, "SELECT 1 FROM lines WHERE state = 'waiting'") for path in LEDGERS)


@HOW
@pytest.mark.parametrize("golden", JOURNALS, ids=lambda path: path.stem)
def test_f40_a_journal_of_before_is_brought_to_our_schema_whole(golden, key, tmp_path):
    path = put(golden, tmp_path / "journal.db")
    before = rows(golden, "SELECT sequence, id, digest FROM entries ORDER BY sequence")
    with closing(Journal.open(path, CLOCK, key)) as journal:
        found = journal.after(0)
        assert [(entry.sequence, str(entry.id), entry.digest) for entry in found] == before
        assert journal._table.schema() == schema.SCHEMA
        assert journal.append(WAITING, Incident("device-restarted", ""))[0].sequence == before[-1][0] + 1
    report = verify(path, key)
    assert report.sound
    assert report.entries == len(before) + 1


@HOW
def test_f40_a_capture_of_before_stays_readable_and_is_then_sealed(key, tmp_path):
    picture = (GOLDEN / "capture-1.bin").read_bytes()
    name = sha256(picture).hexdigest()
    path = put(GOLDEN / "journal-1.db", tmp_path / "journal.db")
    Attachments(tmp_path / "captures").put(picture)
    with closing(Journal.open(path, CLOCK, key)) as journal:
        (taken,) = (entry.body for entry in journal.after(0) if isinstance(entry.body, CaptureTaken))
        assert taken.sha256 == name
        attachments = Attachments(tmp_path / "captures", journal)
        assert attachments.get(name) == picture
        assert list(attachments.seal_older()) == [name]
        assert attachments.get(name) == picture
    assert not any(picture[:100] in file.read_bytes() for file in (tmp_path / "captures").rglob("*") if file.is_file())


@HOW
@pytest.mark.parametrize("golden", LEDGERS, ids=lambda path: path.stem)
def test_f40_a_ledger_of_before_keeps_what_waits_what_was_under_way_and_what_is_refused(golden, key, tmp_path):
    path = put(golden, tmp_path / "ledger.db")
    states = dict(rows(golden, "SELECT state, count(*) FROM lines GROUP BY state"))
    assert {"acknowledged", "sending", "waiting", "quarantined"} <= set(states), "the golden file has each"
    position = rows(golden, "SELECT position FROM servers WHERE server = 'records'")[0][0]
    if key is not None:
        assert seal_plain(path, key, ledger_schema.SCHEMA)
    with closing(Ledger.open(path, key)) as ledger:
        server = ledger.server("records")
        assert server.position == position
        lanes = {lane: server.lines(lane) for lane in (ACKNOWLEDGED, REFUSED, UNDER_WAY, WAITING)}
        found = [line.state for lines in lanes.values() for line in lines.values()]
        assert len(found) == sum(states.values())
        assert found.count(LineState.ACKNOWLEDGED) == states["acknowledged"]
        assert found.count(LineState.QUARANTINED) == states["quarantined"]
        assert LineState.SENDING not in found, "whether it arrived is not known: it is sent again, or looked for"
        assert set(server.lanes()) == {REFUSED, UNDER_WAY, WAITING}, "these have work again"
        assert all(line.state is LineState.ACKNOWLEDGED for line in lanes[ACKNOWLEDGED].values())
        assert ledger.queue(["records"]).quarantined == 1


def test_f40_a_migration_that_is_cut_has_not_begun(tmp_path, monkeypatch):
    path = put(GOLDEN / "journal-1.db", tmp_path / "journal.db")
    before = rows(path, "SELECT * FROM entries")
    steps = (*schema.STEPS[:-1], (*schema.STEPS[-1], "INSERT INTO no_such_table VALUES (1)"))
    with monkeypatch.context() as patch:
        patch.setattr(schema, "STEPS", steps)
        with pytest.raises(JournalError):
            Journal.open(path, CLOCK)
    assert rows(path, "PRAGMA user_version") == [(1,)]
    assert rows(path, "SELECT name FROM sqlite_master WHERE name IN ('files', 'purged')") == []
    with closing(Journal.open(path, CLOCK)):
        pass
    assert rows(path, "SELECT * FROM entries") == before
    assert verify(path).sound


def shape(path: Path) -> list[tuple]:
    """The tables of a file and their columns, in order."""
    tables = [name for (name,) in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return [(name, *rows(path, f"PRAGMA table_info({name})")) for name in tables]


@pytest.mark.parametrize("golden", [*JOURNALS, *LEDGERS], ids=lambda path: path.stem)
def test_f40_what_comes_of_an_older_file_is_what_a_new_one_is(golden, tmp_path):
    what = golden.stem.partition("-")[0]
    older, new = put(golden, tmp_path / "older.db"), tmp_path / "new.db"
    for path in (older, new):
        started(what, path, None)
    assert shape(older) == shape(new)


NEXT = ("ALTER TABLE lines ADD COLUMN later TEXT NOT NULL DEFAULT 'x'",)


@pytest.mark.parametrize("golden", [None, *LEDGERS], ids=lambda path: path.stem if path else "empty")
def test_f40_the_steps_of_a_ledger_follow_one_another_all_or_none(golden, tmp_path, monkeypatch):
    path = put(golden, tmp_path / "ledger.db") if golden else tmp_path / "ledger.db"
    path.touch()
    before = version(path), rows(path, "SELECT name, sql FROM sqlite_master")
    monkeypatch.setattr("sync.ledger.SCHEMA", ledger_schema.SCHEMA + 1)
    monkeypatch.setattr(ledger_schema, "SCHEMA", ledger_schema.SCHEMA + 1)
    with monkeypatch.context() as cut:
        cut.setattr(ledger_schema, "STEPS", (*ledger_schema.STEPS, (*NEXT, "INSERT INTO no_such_table VALUES (1)")))
        with pytest.raises(JournalError):
            Ledger.open(path)
    assert (version(path), rows(path, "SELECT name, sql FROM sqlite_master")) == before
    monkeypatch.setattr(ledger_schema, "STEPS", (*ledger_schema.STEPS, NEXT))
    Ledger.open(path).close()
    assert version(path) == ledger_schema.SCHEMA
    assert {later for (later,) in rows(path, "SELECT later FROM lines")} == ({"x"} if golden else set())


def test_f40_a_reader_waits_until_the_writer_has_migrated(tmp_path):
    path = put(GOLDEN / "journal-1.db", tmp_path / "journal.db")
    with pytest.raises(JournalError) as refusal:
        JournalReader.open(path)
    assert refusal.value.retry
    with closing(Journal.open(path, CLOCK)), closing(JournalReader.open(path)) as reader:
        assert reader.newest == 24


def started(what: str, path: Path, key: bytes | None) -> None:
    """What the process of that file does first."""
    if what == "journal":
        Journal.open(path, CLOCK, key).close()
        return
    if key is not None:
        seal_plain(path, key, ledger_schema.SCHEMA)
    Ledger.open(path, key).close()


@HOW
@pytest.mark.parametrize("what", ["journal", "ledger"])
def test_f40_a_newer_file_is_refused_untouched(what, key, tmp_path):
    path = put(GOLDEN / f"{what}-1.db", tmp_path / f"{what}.db")
    with closing(sqlite3.connect(path)) as connection, translated():
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(JournalError) as refusal:
        started(what, path, key)
    assert refusal.value.code == "JRN-04"
    assert "version plus récente" in refusal.value.line
    assert path.read_bytes() == before
