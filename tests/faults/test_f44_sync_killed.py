# SPDX-License-Identifier: Apache-2.0
"""chevet-sync killed mid-upload, at random moments: it goes on where it was; nothing is lost, nothing doubled."""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID, uuid4

from device.attachments import Attachments
from device.clock import SystemClock
from device.journal import Journal
from tests.sync.story import (
    PATIENT,
    call,
    capture,
    closing,
    conclusion,
    opening,
    oxygen,
    pressure,
    saturation,
    temperature,
)
from virtual.records import Records, Store, exported

KILLS = 200
ENCOUNTERS = 60
DEADLINE = 60.0
PICTURE = b"\xff\xd8" + bytes(range(256)) * 40
SETTINGS = """
[source]
root = "2.25.1"
cart = "CH-0001"
establishment = "EHPAD"
[[server]]
id = "records"
base = "{base}"
batch = 3
parallel = 3
deadline = 5.0
"""


def fill(folder: Path) -> list[UUID]:
    """A journal of finished encounters, each with a capture and a conclusion written again."""
    name = Attachments(folder / "captures").put(PICTURE)
    journal = Journal.open(folder / "journal.db", SystemClock(trusted=True))
    told = [uuid4() for _ in range(ENCOUNTERS)]
    for encounter in told:
        measured = (pressure(), saturation(), oxygen(), temperature(), capture(name, len(PICTURE)))
        said = (conclusion("Otite."), conclusion("Otite externe droite."))
        journal.append(encounter, *opening(PATIENT), *call(), *measured, *said, *closing())
    journal.close()
    return told


@asynccontextmanager
async def nursery(folder: Path):
    """Where sync processes are born; gives ``born() -> pid``."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.sync.forks",
        str(folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )

    async def born() -> int:
        process.stdin.write(b"\n")
        await process.stdin.drain()
        async with asyncio.timeout(DEADLINE):
            return int(await process.stdout.readline())

    try:
        yield born
    finally:
        process.stdin.close()
        process.kill()
        await process.wait()


def die(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


class Watch:
    """Tells the moments of requests: each has two, received and about to be answered."""

    def __init__(self, records: Records, encounters: int) -> None:
        self._records, self._encounters = records, encounters
        self._moment = asyncio.Event()
        records.on_exchange = lambda *_: self._moment.set()

    async def passed(self, moments: int) -> None:
        """Wait for so many moments, or for the end of it all."""
        async with asyncio.timeout(DEADLINE):
            while moments and not self.over():
                self._moment.clear()
                await self._moment.wait()
                moments -= 1

    def over(self) -> bool:
        return finished(self._records) == self._encounters


def finished(records: Records) -> int:
    return sum(one.body["status"] == "finished" for one in records.store.all("Encounter"))


async def test_f44_killed_two_hundred_times_it_loses_and_doubles_nothing(tmp_path):
    told = fill(tmp_path)
    chance = random.Random(44)  # noqa: S311 - a seed, so that a failure can be played again
    records = Records(Store.open(tmp_path / "records.db"))
    base = await records.start()
    (tmp_path / "records.toml").write_text(SETTINGS.format(base=base))
    watch = Watch(records, len(told))
    midway = 0
    async with nursery(tmp_path) as born:
        for _ in range(KILLS):
            pid = await born()
            try:
                await watch.passed(chance.choice((0, 1, 1, 2, 3, 4, 6)))
                await asyncio.sleep(chance.random() * 0.004)  # the random moment itself
            finally:
                die(pid)
            midway += not watch.over()
        last = await born()
        try:
            await watch.passed(1 << 30)
        finally:
            die(last)
    await records.stop()
    export = exported(records.store)
    records.store.close()
    assert midway >= KILLS // 2
    assert_once(export, len(told))


def assert_once(export, encounters: int) -> None:
    """Everything is there, once, and in one version: only an encounter has two, begun and finished."""
    assert export["doubled"] == []
    assert export["counts"] == {
        "Binary": encounters,
        "Consent": encounters,
        "Device": 4,
        "DocumentReference": 3 * encounters,
        "Encounter": encounters,
        "Location": 1,
        "MedicationAdministration": encounters,
        "Observation": 5 * encounters,
        "Organization": 1,
        "Patient": 1,
        "Practitioner": 1,
        "PractitionerRole": 1,
        "Provenance": 3 * encounters,
    }
    versions = Counter((one["type"], one["versions"]) for one in export["resources"])
    assert {number for kind, number in versions if kind != "Encounter"} == {1}
    assert versions["Encounter", 2] == encounters
