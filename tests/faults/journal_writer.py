# SPDX-License-Identifier: Apache-2.0
"""A writer that says on stdout what is durable: ``journal_writer.py FOLDER COUNT ENGINE``. It keeps captures too."""

import sqlite3
import sys
from pathlib import Path
from uuid import UUID

from device.attachments import Attachments
from device.clock import SystemClock
from device.entry import Incident
from device.journal import Journal

KEY = bytes(range(32))


STORAGE = {"encrypted": {"key": KEY}, "fallback": {"engine": sqlite3}}


def main(folder: Path, count: int, storage: str) -> None:
    journal = Journal.open(folder / "journal.db", SystemClock(trusted=True), **STORAGE[storage])
    attachments = Attachments(folder / "captures", journal)
    for number in range(count):
        name = attachments.put(b"capture %d" % number)
        entries = journal.append(UUID(int=number % 3), *[Incident(name, "Capture.")] * (1 + number % 2))
        sys.stdout.write(" ".join(f"{entry.sequence}:{entry.id}" for entry in entries) + "\n")
        sys.stdout.flush()
    journal.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
