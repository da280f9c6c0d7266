# SPDX-License-Identifier: Apache-2.0
"""f36: the writer is killed (SIGKILL) as it is about to make something durable, at each such call in turn.

What was acknowledged is in the journal; beyond it there is at most the one append under way; the chains are sound; and
a capture named by an entry is whole.
"""

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from device.attachments import Attachments
from device.clock import SystemClock
from device.entry import Incident
from device.journal import Journal, verify
from tests.faults.journal_writer import STORAGE

APPENDS = 3
WRITER = Path(__file__).with_name("journal_writer.py")
ROOT = Path(__file__).parents[2]


def run(folder: Path, storage: str, call: str, number: int) -> tuple[list[list[str]], int]:
    """Kill at the ``number``-th ``call``; the acknowledged appends, and the writer's status."""
    inject = f"inject={call}:signal=SIGKILL:when={number}"
    command = ["strace", "-f", "-qqq", "-o", "/dev/null", "-e", f"trace={call}", "-e", inject]
    done = subprocess.run(
        [*command, sys.executable, str(WRITER), str(folder), str(APPENDS), storage],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return [line.split() for line in done.stdout.splitlines()], done.returncode


def check(folder: Path, storage: str, acknowledged: list[list[str]]) -> None:
    """What was said is there, perhaps one append more, whole; and the writer goes on."""
    path, how = folder / "journal.db", STORAGE[storage]
    said = [name for append in acknowledged for name in append]
    with closing(Journal.open(path, SystemClock(trusted=True), **how)) as journal:
        entries = journal.after(0)
        found = [f"{entry.sequence}:{entry.id}" for entry in entries]
        assert found[: len(said)] == said
        assert len(found) - len(said) in (0, 1 + len(acknowledged) % 2)
        attachments = Attachments(folder / "captures", journal)
        assert all(attachments.get(entry.body.what).startswith(b"capture ") for entry in entries)
        (entry,) = journal.append(UUID(int=0), Incident("device-restarted", "Le chariot a redémarré."))
        assert entry.sequence == len(found) + 1
    assert verify(path, **how).sound


@pytest.mark.slow
@pytest.mark.parametrize(
    ("storage", "call", "step", "least"),
    [
        ("encrypted", "fsync", 1, 20),  # SQLCipher's SQLite is built to fsync
        ("encrypted", "pwrite64", 4, 8),
        ("encrypted", "rename", 1, 3),
        ("fallback", "fdatasync", 1, 5),  # Debian's to fdatasync
    ],
)
def test_f36_killed_before_each_durable_write_loses_nothing_acknowledged(tmp_path, storage, call, step, least):
    kills = 0
    for number in range(1, 200, step):
        folder = tmp_path / str(number)
        folder.mkdir()
        acknowledged, status = run(folder, storage, call, number)
        check(folder, storage, acknowledged)
        if status == 0:
            break
        kills += 1
    assert len(acknowledged) == APPENDS
    assert kills >= least, f"only {kills} {call} were met: the writer no longer does what this test is about"
