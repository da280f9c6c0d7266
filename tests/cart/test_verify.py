# SPDX-License-Identifier: Apache-2.0
"""``chevet verify`` says in one line whether a journal's chains are whole, and names what is not."""

import sqlite3
import subprocess
import sys
from pathlib import Path

from device.clock import SystemClock
from device.entry import CART, Incident
from device.journal import Journal


def verify(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cart", "verify", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def journal(folder: Path) -> Path:
    path = folder / "journal.db"
    written = Journal.open(path, SystemClock(trusted=True))
    for number in range(3):
        written.append(CART, Incident("network-cut", "Réseau coupé.", float(number)))
    written.close()
    return path


def test_a_whole_journal_is_said_to_be_whole(tmp_path: Path):
    done = verify(journal(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert "3 entries" in done.stdout
    assert "every chain is whole" in done.stdout


def test_an_altered_entry_is_named(tmp_path: Path):
    path = journal(tmp_path)
    database = sqlite3.connect(path)
    (table,) = [
        row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'") if "entr" in row[0]
    ]
    database.execute(f"UPDATE {table} SET body = replace(body, '1.0', '7.0') WHERE sequence = 2")  # noqa: S608 - our own table
    database.commit()
    database.close()
    done = verify(path)
    assert done.returncode == 1
    assert "entry 2" in done.stdout
    assert "altered" in done.stdout


def test_no_journal_is_an_error_with_its_code(tmp_path: Path):
    done = verify(tmp_path / "none.db")
    assert done.returncode == 1
    assert "JRN-05" in done.stderr
