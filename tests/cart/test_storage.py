# SPDX-License-Identifier: Apache-2.0
"""The storage's parts of chevet-device: captures of before, what is settled, and what the technician is told."""

import asyncio
from contextlib import closing
from datetime import timedelta

import pytest

from cart import storage as parts
from cart.config import StorageSection
from cart.storage import Storage
from device import commands as c
from device.attachments import Attachments
from device.journal import Journal
from device.journal.watch import look
from tests.device.station.conftest import HandClock, make

SECONDS = 10.0
KEY = bytes(range(32))


@pytest.fixture
async def ward(tmp_path, monkeypatch):
    """A bench whose storage keeps what it has one day, and looks often."""
    monkeypatch.setattr(parts, "PURGE_SECONDS", 0.02)
    monkeypatch.setattr(parts, "WATCH_SECONDS", 0.02)
    clock = HandClock()
    with closing(Journal.open(tmp_path / "journal.db", clock, KEY)) as journal:
        yield make(tmp_path, clock, journal), StorageSection(encrypted=False, keep_days=1)


async def seen(holds):
    async with asyncio.timeout(SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


async def test_captures_of_before_are_sealed_and_what_an_older_version_left_goes(ward, tmp_path):
    bench, section = ward
    name = Attachments(tmp_path / "captures").put(b"\xff\xd8 plain")
    (tmp_path / "recordings").mkdir()
    (tmp_path / "recordings" / "left.flac").write_bytes(b"fLaC")
    storage = Storage(section, bench.journal, bench.clock, tmp_path)
    assert not (tmp_path / "recordings" / "left.flac").exists()
    task = asyncio.create_task(storage.keep(bench.station))
    await seen(lambda: bench.journal.file_key(name) is not None)
    task.cancel()
    assert storage.attachments.get(name) == b"\xff\xd8 plain"
    assert not any(b"plain" in path.read_bytes() for path in (tmp_path / "captures").rglob("*") if path.is_file())


async def test_what_is_settled_goes_when_its_day_has_come_and_no_file_is_open(ward, tmp_path):
    bench, section = ward
    writing = asyncio.create_task(bench.station.writer.run())
    await bench.open()
    await bench.ok(c.EndEncounter(), c.CloseFile())
    (last,) = bench.journal.after(bench.journal.newest - 1)
    await bench.ok(c.OpenEncounter(bench.station.residents()[1]))
    settled = (c.Settled(last.encounter, last.sequence),)
    report = c.ReportQueue(0, 0, None, reachable=True, why="", acknowledged=(), settled=settled)
    assert (await bench.station.submit("q", report)).ok
    storage = Storage(section, bench.journal, bench.clock, tmp_path)
    assert await storage.purge(bench.station) == 0
    bench.clock.forward(timedelta(days=2).total_seconds())
    assert await storage.purge(bench.station) == 0, "a file is open"
    await bench.ok(c.WrongPatient(), c.CloseFile())
    task = asyncio.create_task(storage.keep(bench.station))
    await seen(lambda: not bench.journal.after(0, encounter=last.encounter))
    for running in (task, writing):
        running.cancel()


async def test_a_cart_that_encrypts_nothing_tells_the_technician_and_not_the_nurse(ward, tmp_path):
    bench, section = ward
    task = asyncio.create_task(Storage(section, bench.journal, bench.clock, tmp_path).watch(bench.station))
    await seen(lambda: bench.station.state.warnings)
    task.cancel()
    assert [one.code for one in bench.station.state.warnings] == ["JRN-11"]
    assert bench.station.state.notices == ()


def test_a_sound_storage_has_no_fault_and_a_small_one_says_so(tmp_path):
    path = tmp_path / "journal.db"
    Journal.open(path, HandClock()).close()
    assert look(path, 1) is None
    short = look(path, 1 << 60)
    assert short is not None
    assert short.code == "JRN-12"


def test_a_storage_that_is_gone_is_a_fault(tmp_path):
    fault = look(tmp_path / "nowhere" / "journal.db", 1)
    assert fault is not None
    assert fault.code == "JRN-06"
