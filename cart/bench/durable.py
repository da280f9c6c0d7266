# SPDX-License-Identifier: Apache-2.0
"""How many entries a second are on the disk for good, against bare sqlite3 with the same promise."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import msgspec

from cart.bench.result import Result, figure
from device.clock import Instant, SystemClock
from device.codes import Metric
from device.entry import MeasurementRecorded
from device.journal import Journal
from device.measurement import Measurement, Provenance

ENTRIES = 600
ROUNDS = 3


def measure() -> Iterator[Result]:
    """Rounds of both, in turn; the medians."""
    ours, bare = [], []
    with tempfile.TemporaryDirectory(prefix="chevet-bench-") as folder:
        for number in range(ROUNDS):
            ours.append(_journal(Path(folder) / f"journal-{number}.db"))
            bare.append(_sqlite(Path(folder) / f"bare-{number}.db"))
    journal, sqlite = sorted(ours)[ROUNDS // 2], sorted(bare)[ROUNDS // 2]
    yield figure("durable.entries", "entries journalled a second, one durable commit each", journal, "/s")
    yield figure("durable.ratio", "… against bare sqlite3 (WAL, FULL, same bytes)", journal / sqlite, "×")


def _body() -> MeasurementRecorded:
    now = Instant(datetime.now(UTC), time.monotonic(), trusted=True)
    provenance = Provenance("tensiometre", "and-ua-651ble", "A&D UA-651BLE", "5160700001", frame="16840051006200")
    pressure = Measurement(Metric.SYSTOLIC, Decimal(132)), Measurement(Metric.DIASTOLIC, Decimal(81))
    return MeasurementRecorded(pressure, provenance, now)


def _journal(path: Path) -> float:
    journal, encounter, body = Journal.open(path, SystemClock(trusted=True)), uuid4(), _body()
    began = time.perf_counter()
    for _ in range(ENTRIES):
        journal.append(encounter, body)
    rate = ENTRIES / (time.perf_counter() - began)
    journal.close()
    return rate


def _sqlite(path: Path) -> float:
    database, text = sqlite3.connect(path, isolation_level=None), msgspec.json.encode(_body())
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE entry (sequence INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB)")
    began = time.perf_counter()
    for _ in range(ENTRIES):
        database.execute("INSERT INTO entry (id, body) VALUES (?, ?)", (str(uuid4()), text))
    rate = ENTRIES / (time.perf_counter() - began)
    database.close()
    return rate
