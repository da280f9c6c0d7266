# SPDX-License-Identifier: Apache-2.0
"""How long an entry takes to be on the disk for good, encrypted; and bare sqlite3 with the same promise, in turn."""

import secrets
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import msgspec

from cart.bench.result import Result, at_most, figure, percentile
from device.clock import Instant, SystemClock
from device.codes import Metric
from device.entry import MeasurementRecorded
from device.journal import Journal
from device.keys import KEY_BYTES
from device.measurement import Measurement, Provenance

ENTRIES = 1500


def measure() -> Iterator[Result]:
    """One commit of each in turn, so that both meet the same disk and the same load."""
    with tempfile.TemporaryDirectory(prefix="chevet-bench-") as folder:
        journal = Journal.open(Path(folder) / "journal.db", SystemClock(trusted=True), secrets.token_bytes(KEY_BYTES))
        bare = _bare(Path(folder) / "bare.db")
        encounter, body, text = uuid4(), _body(), msgspec.json.encode(_body())
        ours, theirs = [], []
        for _ in range(ENTRIES):
            ours.append(_timed(lambda: journal.append(encounter, body)))
            theirs.append(
                _timed(lambda: bare.execute("INSERT INTO entry (id, body) VALUES (?, ?)", (str(uuid4()), text)))
            )
        journal.close()
        bare.close()
    for percent in (50, 99):
        value, base = percentile(ours, percent), percentile(theirs, percent)
        yield figure(f"durable.p{percent}", f"an entry on the disk for good, encrypted, p{percent}", value, "ms")
        yield at_most(
            f"durable.p{percent}.ratio", "… against bare sqlite3 (WAL, FULL, same bytes)", value / base, "×", 1.5
        )


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


def _body() -> MeasurementRecorded:
    now = Instant(datetime.now(UTC), time.monotonic(), trusted=True)
    provenance = Provenance("tensiometre", "and-ua-651ble", "A&D UA-651BLE", "5160700001", frame="16840051006200")
    pressure = Measurement(Metric.SYSTOLIC, Decimal(132)), Measurement(Metric.DIASTOLIC, Decimal(81))
    return MeasurementRecorded(pressure, provenance, now)


def _bare(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE entry (sequence INTEGER PRIMARY KEY, id TEXT UNIQUE, body BLOB)")
    return database
