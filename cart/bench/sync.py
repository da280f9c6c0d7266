# SPDX-License-Identifier: Apache-2.0
"""How fast a full journal goes to a records server, against the same bodies sent by bare aiohttp, near and far; and
what the journal costs as it grows. The server is the strict endpoint, in a process of its own."""

import asyncio
import json
import re
import subprocess
import sys
import tempfile
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import NamedTuple
from uuid import UUID, uuid4

import aiohttp
from aiohttp import web

from cart.bench.result import Result, at_least, at_most, figure
from device.attachments import Attachments
from device.clock import SystemClock
from device.codes import Metric
from device.commands import ReportQueue
from device.entry import Body, EncounterClosed, EncounterOpened, FileClosed, MeasurementRecorded, Outcome
from device.journal import Journal, JournalReader
from device.measurement import Measurement, Provenance
from device.people import Operator, Patient, Sex
from sync.fhir.source import Source
from sync.journal import LateJournal
from sync.ledger import Ledger
from sync.settings import Server, Settings
from sync.sync import Sync
from virtual.records import Records, Store

DELAYS = (0.0, 0.05, 0.15)
ENCOUNTERS, MEASUREMENTS = 16, 40
PARALLEL, BATCH = 2, 20
ROUNDS = 3
SIZES = (10, 1_000, 100_000)
PAGE, PAGES = 10, 200
PATIENCE, LOOK_SECONDS = 120.0, 0.02
_NURSE = Operator("op-1", "Claire Morel", "infirmière")
_ENCOUNTER = re.compile(rb"Encounter/([0-9a-f-]{36})")


class Sent(NamedTuple):
    """One request as the endpoint received it."""

    method: str
    path: str
    media: str
    body: bytes


def measure() -> Iterator[Result]:
    """Rounds of both, in turn; the median ratio. Then the journal."""
    written = 0.0
    for delay in DELAYS:
        rounds = [asyncio.run(_round(delay)) for _ in range(ROUNDS if not delay else 1)]
        ours, bare = (median(one[side] for one in rounds) for side in (0, 1))
        written = rounds[0].written
        name, far = f"sync.{delay * 1000:.0f}ms", f"at {delay * 1000:.0f} ms"
        yield figure(f"{name}.bare", f"entries a second {far}, the same bodies by bare aiohttp", bare, "/s")
        yield figure(f"{name}.ours", f"entries drained a second {far}", ours, "/s")
        ratio = median(one.ours / one.bare for one in rounds)
        yield at_least(f"{name}.ratio", "… against bare aiohttp", ratio, "×", 0.9)
    yield figure("sync.written", "the ledger: bytes written for each entry drained", written / 1000, "kB")
    yield from _journals()


class Round(NamedTuple):
    """Entries a second, and bytes that the ledger wrote for each."""

    ours: float
    bare: float
    written: float


async def _round(delay: float) -> Round:
    with tempfile.TemporaryDirectory(prefix="chevet-bench-") as name:
        folder = Path(name)
        entries = _fill(folder / "journal.db", ENCOUNTERS, MEASUREMENTS)
        async with _server(delay, folder / "sent") as base:
            before = _written()
            ours = await _drained(folder, base)
            written = _written() - before
        sent = _read(folder / "sent")
        async with _server(delay, folder / "again") as base:
            bare = await _bare(sent, base)
    return Round(entries / ours, entries / bare, written / entries)


def _fill(path: Path, encounters: int, measurements: int) -> int:
    """A journal of finished encounters; how many entries."""
    journal = Journal.open(path, SystemClock(trusted=True))
    for _ in range(encounters):
        journal.append(uuid4(), *_encounter(measurements))
    count = journal.newest
    journal.close()
    return count


def _encounter(measurements: int) -> Iterator[Body]:
    now = SystemClock(trusted=True).now()
    cuff = Provenance("tensiometre", "and-ua-651ble", "A&D UA-651BLE", "5160700001", frame="16840051006200")
    yield EncounterOpened(_NURSE, Patient("IPP-0042", "Lefèvre", "Odette", date(1934, 3, 2), Sex.FEMALE))
    for number in range(measurements):
        temperature = Measurement(Metric.TEMPERATURE, Decimal(3600 + number) / 100)
        yield MeasurementRecorded((temperature,), cuff, now)
    yield EncounterClosed(Outcome.FINISHED, _NURSE)
    yield FileClosed(_NURSE)


async def _drained(folder: Path, base: str) -> float:
    """Seconds until the whole journal is acknowledged."""
    source = Source(root="2.25.1", cart="bench", establishment="EHPAD", version="0")
    settings = Settings(source, (Server("bench", base, batch=BATCH, parallel=PARALLEL, deadline=30.0),))
    ledger, journal = Ledger.open(folder / "ledger.db"), LateJournal(folder / "journal.db")
    part, newest = ledger.server("bench"), journal.newest
    began = time.perf_counter()
    running = asyncio.create_task(Sync(settings, ledger, journal, Attachments(folder / "captures"), _unheard).run())
    try:
        async with asyncio.timeout(PATIENCE):
            while part.position < newest or part.lanes():  # noqa: ASYNC110 - what is measured gives no event
                await asyncio.sleep(LOOK_SECONDS)  # what is reported to the station comes later
    finally:
        took = time.perf_counter() - began
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        ledger.close()
        journal.close()
    return took


async def _unheard(_: ReportQueue) -> None:
    """No station."""


async def _bare(sent: list[Sent], base: str) -> float:
    """Seconds for the same requests: what several encounters share first, then as many encounters at once as ours."""
    shared = [one for one in sent if _lane(one) is None]
    lanes: dict[UUID | None, list[Sent]] = {}
    for one in sent:
        if (lane := _lane(one)) is not None:
            lanes.setdefault(lane, []).append(one)
    queue = list(lanes.values())
    connector = aiohttp.TCPConnector(limit=PARALLEL)
    async with aiohttp.ClientSession(connector=connector) as session:
        began = time.perf_counter()
        await _replayed(session, base, shared)

        async def worker() -> None:
            while queue:
                await _replayed(session, base, queue.pop(0))

        await asyncio.gather(*(worker() for _ in range(PARALLEL)))
        return time.perf_counter() - began


async def _replayed(session: aiohttp.ClientSession, base: str, sent: list[Sent]) -> None:
    for one in sent:
        url = f"{base}/{one.path}" if one.path else base
        async with session.request(
            one.method, url, data=one.body, headers={"Content-Type": one.media, "Accept": "application/fhir+json"}
        ) as response:
            await response.read()
            response.raise_for_status()


def _lane(one: Sent) -> UUID | None:
    found = _ENCOUNTER.search(one.path.encode()) or _ENCOUNTER.search(one.body)
    return UUID(found[1].decode()) if found else None


def _read(path: Path) -> list[Sent]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [Sent(row[0], row[1], row[2], b64decode(row[3])) for row in rows if row[0] != "GET"]


@asynccontextmanager
async def _server(delay: float, record: Path) -> AsyncIterator[str]:
    """A fresh endpoint in a process of its own; gives its base."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cart.bench.sync", str(delay), str(record), stdout=subprocess.PIPE
    )
    if process.stdout is None:
        raise RuntimeError("no pipe")
    try:
        yield (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
    finally:
        process.kill()
        await process.wait()


class _Far(Records):
    """An endpoint some way off, which writes down what it is sent."""

    def __init__(self, delay: float, record: Path) -> None:
        super().__init__(Store.open(Path(":memory:")))
        self._delay, self._record = delay, record.open("w", encoding="utf-8", buffering=1)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        path = request.path.removeprefix("/fhir").strip("/")
        row = [request.method, path, request.content_type, b64encode(body).decode()]
        self._record.write(json.dumps(row) + "\n")
        if self._delay:
            await asyncio.sleep(self._delay)
        return await super()._handle(request)


async def _serve(delay: float, record: Path) -> None:
    sys.stdout.write(await _Far(delay, record).start() + "\n")
    sys.stdout.flush()
    await asyncio.sleep(PATIENCE * 5)


def _written() -> int:
    """Bytes that this process had written to storage (proc(5), /proc/pid/io)."""
    lines = Path("/proc/self/io").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("write_bytes:")).split()[1])


def _journals() -> Iterator[Result]:
    """What a journal costs at three sizes, against the smallest; and what a measurement writes."""
    opened, after = [], []
    with tempfile.TemporaryDirectory(prefix="chevet-bench-") as name:
        for size in SIZES:
            path = Path(name) / f"{size}.db"
            _fill(path, max(1, size // 100), min(size, 100) - 3)
            opened.append(median(_opening(path) for _ in range(ROUNDS * 3)))
            after.append(median(_pages(path)))
        written = _measurements(Path(name) / "one.db")
    for number, size in enumerate(SIZES):
        yield figure(f"sync.open.{size}", f"opening a journal of {size} entries", opened[number] * 1000, "ms")
        yield figure(f"sync.after.{size}", f"its last {PAGE} entries, after n", after[number] * 1000, "ms")
    yield at_most(
        "sync.open.flat", f"opening: {SIZES[-1]} entries against {SIZES[0]}", opened[-1] / opened[0], "×", 1.5
    )
    yield at_most("sync.after.flat", f"after n: {SIZES[-1]} entries against {SIZES[0]}", after[-1] / after[0], "×", 1.5)
    yield figure(
        "sync.measurement", "bytes that the journal writes for a measurement, one commit each", written / 1000, "kB"
    )


def _opening(path: Path) -> float:
    began = time.perf_counter()
    reader = JournalReader.open(path)
    _ = reader.newest
    took = time.perf_counter() - began
    reader.close()
    return took


def _pages(path: Path) -> list[float]:
    reader = JournalReader.open(path)
    position, taken = reader.newest - PAGE, []
    for _ in range(PAGES):
        began = time.perf_counter()
        if len(reader.after(position, limit=PAGE)) != PAGE:
            raise RuntimeError("entries are missing")
        taken.append(time.perf_counter() - began)
    reader.close()
    return taken


def _measurements(path: Path) -> float:
    journal, encounter, count = Journal.open(path, SystemClock(trusted=True)), uuid4(), 200
    _, *bodies, _, _ = _encounter(count)
    before = _written()
    for body in bodies:
        journal.append(encounter, body)
    journal.close()
    return (_written() - before) / count


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1]), Path(sys.argv[2])))
