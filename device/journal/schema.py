# SPDX-License-Identifier: Apache-2.0
"""The schemas of the journal's file, one step from each to the next; a step is never changed once it is released."""

from sqlite_utils import Database

from device.journal.storage import translated

_ENTRIES = """CREATE TABLE entries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    encounter TEXT NOT NULL,
    kind TEXT NOT NULL,
    instant TEXT NOT NULL,
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL
)"""
_FILES = """CREATE TABLE files (
    sha256 TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    key BLOB NOT NULL
) WITHOUT ROWID"""
"""The key of each capture (device.keys.FileKey), by the SHA-256 of its plain bytes."""
_PURGED = """CREATE TABLE purged (
    first INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    encounter TEXT NOT NULL,
    entries INTEGER NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL,
    closing TEXT NOT NULL,
    seal TEXT NOT NULL
)"""
"""What stays of entries that were purged (device.journal.purged.Run)."""

STEPS: tuple[tuple[str, ...], ...] = (
    (_ENTRIES, "CREATE INDEX entries_by_encounter ON entries (encounter, sequence)"),
    (_FILES, _PURGED, "CREATE INDEX purged_by_encounter ON purged (encounter, first)"),
)
SCHEMA = len(STEPS)
"""``user_version`` of the files that this code writes."""


def migrate(database: Database, found: int) -> None:
    """Bring a file of schema ``found`` (0: an empty one) to ours, in one transaction. Raises JournalError."""
    with translated(), database.atomic():
        for step in STEPS[found:]:
            for statement in step:
                database.execute(statement)
        database.execute(f"PRAGMA user_version = {SCHEMA}")
