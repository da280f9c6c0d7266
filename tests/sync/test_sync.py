# SPDX-License-Identifier: Apache-2.0
"""The whole body of the process against the strict endpoint over loopback."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from base64 import b64encode
from contextlib import closing as closed_after
from hashlib import sha1
from uuid import uuid4

import msgspec
import pytest

from device.clock import SystemClock
from device.entry import (
    AsideReason,
    CallRequested,
    EnteredInError,
    IdentityConfirmed,
    Incident,
    MeasurementSetAside,
    Outcome,
    TextShown,
)
from device.errors import JournalError
from device.journal import Journal
from sync.journal import LateJournal
from sync.lines import LineState
from sync.settings import Settings
from sync.sync import Sync
from tests.sync.bench import bench, drained
from tests.sync.story import (
    CUFF,
    NURSE,
    SOURCE,
    Story,
    at,
    call,
    capture,
    closing,
    conclusion,
    opening,
    oxygen,
    pressure,
    saturation,
    temperature,
)  # fmt: skip
from virtual.records import Ill, Trouble

PICTURE = b"\xff\xd8" + bytes(range(256)) * 8192


@pytest.fixture
async def desk(tmp_path):
    async with bench(tmp_path) as made:
        yield made


async def test_a_whole_encounter_arrives_with_its_image(desk):
    name = desk.attachments.put(PICTURE)
    encounter = uuid4()
    desk.story.tell(
        encounter,
        *opening(),
        *call(),
        pressure(),
        saturation(),
        oxygen(),
        temperature(),
        capture(name, len(PICTURE)),
        *closing(),
    )
    async with desk.running():
        await desk.until(drained)
    assert desk.export["counts"] == {
        "Binary": 1, "Consent": 1, "Device": 4, "DocumentReference": 1, "Encounter": 1, "Location": 1,
        "MedicationAdministration": 1, "Observation": 5, "Organization": 1, "Patient": 1, "Practitioner": 1,
        "PractitionerRole": 1, "Provenance": 3
    }  # fmt: skip
    (document,) = desk.of("DocumentReference")
    attachment = document["content"][0]["attachment"]
    stored = desk.records.store.read("Binary", attachment["url"].removeprefix("Binary/"))
    assert stored.data == PICTURE
    assert attachment["hash"] == b64encode(sha1(PICTURE).digest()).decode()  # noqa: S324 - R4 says SHA-1
    assert attachment["size"] == len(PICTURE)


async def test_marks_follow_an_encounter_as_it_goes(desk):
    encounter = uuid4()
    async with desk.running() as sync:
        first = desk.story.tell(encounter, *opening(), pressure())
        sync.wake()
        sent = {entry.id for entry in first if not isinstance(entry.body, IdentityConfirmed)}
        await desk.until(lambda one: set(one.acknowledged) == sent)
        (held,) = desk.story.tell(encounter, saturation())
        sync.wake()
        queue = await desk.until(lambda one: "oxygène" in one.why)
        assert queue.waiting == 1
        assert queue.oldest == held.instant
        assert held.id not in queue.acknowledged
        (noted,) = desk.story.tell(encounter, oxygen())
        sync.wake()
        sent |= {held.id, noted.id}
        queue = await desk.until(lambda one: one.waiting == 0 and set(one.acknowledged) == sent)
        assert queue.why == ""
        desk.story.tell(encounter, *closing())
        sync.wake()
        queue = await desk.until(lambda one: one.waiting == 0 and not one.acknowledged)
    assert [one["status"] for one in desk.of("Encounter")] == ["finished"]


async def test_what_is_by_nature_not_sent_neither_waits_nor_is_acknowledged(desk):
    encounter = uuid4()
    unsent = (Incident("network-cut", "coupure", 20.0), TextShown("Respirez fort", "Dr Petit", "practitioner"))
    async with desk.running() as sync:
        told = desk.story.tell(encounter, *opening(), *unsent, CallRequested(NURSE), oxygen(), temperature())
        sync.wake()
        queue = await desk.until(lambda one: one.waiting == 0 and told[-1].id in one.acknowledged)
    taken = [type(one.body).__name__ for one in told if one.id in queue.acknowledged]
    assert taken == ["EncounterOpened", "ConsentGiven", "OxygenNoted", "MeasurementRecorded"]


async def test_a_correction_is_a_new_version_of_the_same_observation(desk):
    encounter = uuid4()
    async with desk.running() as sync:
        *_, wrong = desk.story.tell(encounter, *opening(), temperature())
        sync.wake()
        await desk.until(drained)
        (mark,) = desk.story.tell(encounter, EnteredInError(wrong.id, "voisine", NURSE))
        sync.wake()
        await desk.until(lambda one: mark.id in one.acknowledged)
    (observation,) = [one for one in desk.export["resources"] if one["type"] == "Observation"]
    assert (observation["versions"], observation["body"]["status"]) == (2, "entered-in-error")


async def test_a_conclusion_is_marked_once_the_hospital_has_it_and_a_later_one_supersedes_it(desk):
    encounter = uuid4()
    async with desk.running() as sync:
        *_, first = desk.story.tell(encounter, *opening(), *call(), conclusion("Otite."))
        sync.wake()
        await desk.until(lambda one: drained(one) and first.id in one.acknowledged)
        (second,) = desk.story.tell(encounter, conclusion("Otite externe droite."))
        sync.wake()
        await desk.until(lambda one: drained(one) and {first.id, second.id} <= set(one.acknowledged))
        desk.story.tell(encounter, *closing())
        sync.wake()
        await desk.until(lambda one: drained(one) and not one.acknowledged)
    found = {one["id"]: one for one in desk.export["resources"] if one["type"] == "DocumentReference"}
    assert [found[str(one.id)]["body"]["status"] for one in (first, second)] == ["superseded", "current"]
    assert [found[str(one.id)]["versions"] for one in (first, second)] == [2, 1]
    puts = [one.path for one in desk.records.store.requests() if one.method == "PUT"][-4:]
    told = [f"DocumentReference/{one.id}" for one in (first, first, second)]
    assert puts == [*told, f"Encounter/{encounter}"]


async def test_a_conclusion_sent_again_is_the_same_version(desk):
    desk.story.tell(uuid4(), *opening(), conclusion(), *closing())
    desk.records.trouble(Trouble(Ill.SILENCE, path="DocumentReference/"))
    async with desk.running(deadline=0.3):
        await desk.until(drained)
    assert len([one for one in desk.records.store.requests() if one.path.startswith("DocumentReference/")]) == 2
    (document,) = [one for one in desk.export["resources"] if one["type"] == "DocumentReference"]
    assert document["versions"] == 1
    assert desk.export["doubled"] == []


async def test_a_conclusion_for_the_wrong_patient_is_entered_in_error(desk):
    desk.story.tell(uuid4(), *opening(), *call(), conclusion(), *closing(Outcome.WRONG_PATIENT))
    async with desk.running():
        await desk.until(drained)
    (document,) = desk.of("DocumentReference")
    assert (document["status"], document["docStatus"]) == ("entered-in-error", "entered-in-error")


async def test_a_measurement_set_aside_never_leaves(desk):
    encounter = uuid4()
    aside = MeasurementSetAside(AsideReason.NO_TIME, pressure().measurements, CUFF, at(1))
    desk.story.tell(encounter, *opening(), aside, *closing())
    async with desk.running():
        await desk.until(drained)
    assert "Observation" not in desk.export["counts"]


async def test_an_unreachable_server_is_said_and_everything_goes_when_it_is_back(desk):
    desk.story.tell(uuid4(), *opening(), pressure(), *closing())
    desk.records.trouble(Trouble(Ill.CUT, times=None))
    async with desk.running(base="http://127.0.0.1:9/fhir"):
        queue = await desk.until(lambda one: "injoignable" in one.why)
        assert (queue.reachable, queue.waiting) == (False, 4)
    desk.records.troubles.clear()
    async with desk.running():
        await desk.until(drained)
    assert desk.export["doubled"] == []


async def test_an_idle_server_is_asked_whether_it_is_there(desk):
    async with desk.running():
        queue = await desk.until(lambda one: one.reachable)
    assert (queue.waiting, queue.why) == (0, "")


async def test_what_is_done_is_not_sent_again_after_a_restart(desk):
    desk.story.tell(uuid4(), *opening(), pressure(), *closing())
    async with desk.running():
        await desk.until(drained)
    before = [one.path for one in desk.records.store.requests() if one.path != "metadata"]
    async with desk.running():
        await desk.until(drained)
    assert [one.path for one in desk.records.store.requests() if one.path != "metadata"] == before


async def test_a_new_server_gets_the_whole_journal(desk):
    desk.story.tell(uuid4(), *opening(), pressure(), *closing())
    async with desk.running(id="first"):
        await desk.until(drained)
    async with desk.running(id="second"):
        await desk.until(drained)
    assert len(desk.answered("PUT", "Patient/")) == 2
    assert desk.export["doubled"] == []


async def test_another_journal_in_its_place_is_read_from_its_beginning(desk):
    desk.story.tell(uuid4(), *opening(), pressure(), temperature(), *closing())
    async with desk.running():
        await desk.until(drained)
    desk.story = Story()
    desk.story.tell(uuid4(), *opening(), pressure())
    async with desk.running():
        await desk.until(lambda one: drained(one) and len(desk.of("Encounter")) == 2)


async def test_an_image_that_is_lost_stops_nothing_else(desk):
    encounter = uuid4()
    desk.story.tell(encounter, *opening(), pressure(), capture("b" * 64, 9), *closing())
    async with desk.running():
        queue = await desk.until(lambda one: one.waiting == 1 and "image" in one.why)
    assert queue.quarantined == 0
    assert [one["status"] for one in desk.of("Encounter")] == ["finished"]


async def test_a_station_that_is_away_gets_the_report_later(desk, monkeypatch):
    monkeypatch.setattr("sync.sync._RETRY", 0.05)
    failures = 2
    good = desk.publish

    async def publish(queue) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise ConnectionResetError
        await good(queue)

    desk.publish = publish
    async with desk.running():
        await desk.until(lambda one: one.reachable)
    assert failures == 0


async def test_it_may_start_before_the_journal_exists(desk, tmp_path, monkeypatch):
    monkeypatch.setattr("sync.drain.STORAGE_SECONDS", 0.05)
    path = tmp_path / "journal.db"
    desk.story = LateJournal(path)
    with pytest.raises(JournalError):
        _ = desk.story.newest
    async with desk.running():
        await desk.until(lambda one: "absent" in one.why)
        journal = Journal.open(path, SystemClock(trusted=True))
        journal.append(uuid4(), *opening(), pressure(), *closing())
        await desk.until(lambda one: drained(one) and desk.export["counts"].get("Observation") == 2)
        journal.close()
    desk.story.close()


async def test_that_an_encounter_began_is_synced_at_once_and_what_is_harmless_with_the_lane_s_rest(desk):
    said: list[str] = []
    async with desk.running() as sync:
        sync._ledger._connection.set_trace_callback(said.append)
        desk.story.tell(uuid4(), *opening(), pressure(), *closing())
        sync.wake()
        await desk.until(lambda one: drained(one) and len(desk.of("Observation")) == 2)
    level, taken = "FULL", {}
    for one in said:
        if one.startswith("PRAGMA synchronous"):
            level = one.rpartition(" ")[2]
        elif one.startswith("UPDATE lines SET state = 'acknowledged'"):
            taken[one.rpartition("key = '")[2].partition("/")[0] + ("#end" if "#end" in one else "")] = level
        elif one.startswith("UPDATE lanes") and "idle = 1" in one:
            taken["rest"] = level
    assert taken["Encounter"] == taken["rest"] == "FULL"
    assert taken["Observation"] == taken["Encounter#end"] == "NORMAL"


async def test_what_was_purged_or_is_damaged_at_the_journal_s_end_is_not_waited_for(desk, tmp_path):
    path = tmp_path / "journal.db"
    with closed_after(Journal.open(path, SystemClock(trusted=True))) as journal:
        journal.append(uuid4(), *opening(), pressure(), *closing())
        *_, spoilt = journal.append(uuid4(), *opening(), pressure())
        gone = uuid4()
        *_, last = journal.append(gone, *opening(), pressure(), *closing())
        journal.purge(gone, last.sequence)
    with closed_after(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE entries SET body = replace(body, '128', '129') WHERE sequence = ?", (spoilt.sequence,))
    desk.story = LateJournal(path)
    assert desk.story.newest == last.sequence
    async with desk.running():
        await desk.until(drained)
    assert desk.export["counts"]["Encounter"] == 2
    assert desk.export["counts"]["Observation"] == 2
    desk.story.close()


async def test_a_thousand_readings_drain_without_trouble(desk):
    for _ in range(10):
        desk.story.tell(uuid4(), *opening(), *(temperature(f"{36 + n / 100:.2f}") for n in range(100)), *closing())
    async with desk.running():
        await desk.until(drained)
    export = desk.export
    assert export["counts"]["Observation"] == 1000
    assert export["doubled"] == []
    assert {one["versions"] for one in export["resources"] if one["type"] == "Observation"} == {1}


RSS = """
import asyncio, contextlib, sys
from pathlib import Path
from tests.sync.forks import drain
async def main():
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2):
            await drain(Path(sys.argv[1]))
asyncio.run(main())
print(next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith("VmHWM")))
"""


def test_the_process_stays_small(tmp_path):
    """Goal: 80 MB with a journal of three thousand entries and a server out of reach; the highest it ever was."""
    journal = Journal.open(tmp_path / "journal.db", SystemClock(trusted=True))
    for _ in range(30):
        journal.append(uuid4(), *opening(), *(temperature() for _ in range(95)), *closing())
    journal.close()
    (tmp_path / "records.toml").write_text(
        '[source]\nroot = "2.25.1"\ncart = "c"\nestablishment = "e"\n[[server]]\nid = "a"\nbase = "http://127.0.0.1:9/f"\n'
    )
    done = subprocess.run(
        [sys.executable, "-c", RSS, str(tmp_path)],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ,
    )
    assert int(done.stdout) / 1024 < 80


async def test_nothing_is_said_to_be_sent_that_a_server_which_lags_behind_has_not_even_looked_at(desk, monkeypatch):
    encounter = uuid4()
    desk.story.tell(encounter, *opening(), pressure())
    ledger = desk.ledger()
    servers = tuple(msgspec.structs.replace(desk.server, id=name) for name in ("first", "second"))
    sync = Sync(Settings(SOURCE, servers), ledger, desk.story, desk.attachments, desk.publish, random=desk.jitter)
    monkeypatch.setattr(sync._drains[1], "run", asyncio.Event().wait)  # it has not looked at the journal yet
    running = asyncio.create_task(sync.run())
    await desk.until(lambda _: len(desk.of("Observation")) == 2)
    async with asyncio.timeout(10):
        while any(one.state is not LineState.ACKNOWLEDGED for one in ledger.server("first").lines(encounter).values()):
            await asyncio.sleep(0.01)
    queued = sync._made()
    assert queued is not None
    assert (queued.waiting, queued.acknowledged) == (len(desk.story.entries), ())
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    ledger.close()
