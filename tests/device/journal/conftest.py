# SPDX-License-Identifier: Apache-2.0
import sqlite3
from pathlib import Path

import pytest

from device.journal import Journal
from tests.device.journal.samples import SteppedClock

KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture(params=["encrypted", "plain", "fallback"])
def storage(request):
    """Each way of storing: SQLCipher with a key, without one, and the interpreter's own SQLite."""
    return {
        "encrypted": {"key": KEY},
        "plain": {},
        "fallback": {"engine": sqlite3},
    }[request.param]


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def journal(path, clock):
    opened = Journal.open(path, clock)
    yield opened
    opened.close()
