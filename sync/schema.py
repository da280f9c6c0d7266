# SPDX-License-Identifier: Apache-2.0
"""The schemas of the ledger's file, one step from each to the next; a step is never changed once it is released."""

from collections.abc import Callable
from typing import Any

STEPS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE servers (server TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
        """CREATE TABLE lanes (
    server TEXT NOT NULL, lane TEXT NOT NULL, newest INTEGER NOT NULL, turn INTEGER NOT NULL, attempts INTEGER NOT NULL,
    not_before REAL NOT NULL, batch INTEGER NOT NULL, idle INTEGER NOT NULL, closed INTEGER NOT NULL,
    PRIMARY KEY (server, lane)) WITHOUT ROWID""",
        """CREATE TABLE lines (
    server TEXT NOT NULL, lane TEXT NOT NULL, key TEXT NOT NULL, entry TEXT NOT NULL, sequence INTEGER NOT NULL,
    instant TEXT NOT NULL, held TEXT NOT NULL, digest TEXT NOT NULL, state TEXT NOT NULL, acknowledged TEXT NOT NULL,
    attempts INTEGER NOT NULL, conflicts INTEGER NOT NULL, status INTEGER NOT NULL, words TEXT NOT NULL,
    PRIMARY KEY (server, lane, key)) WITHOUT ROWID""",
        """CREATE TABLE remotes (
    server TEXT NOT NULL, place TEXT NOT NULL, digest TEXT NOT NULL, sequence INTEGER NOT NULL,
    PRIMARY KEY (server, place)) WITHOUT ROWID""",
        "CREATE INDEX unsettled ON lines (server, state, sequence) WHERE state <> 'acknowledged'",
    ),
    (
        "ALTER TABLE servers ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE lines ADD COLUMN code TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE lines ADD COLUMN place TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE lines ADD COLUMN size INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE remotes ADD COLUMN given TEXT NOT NULL DEFAULT ''",
    ),
)
SCHEMA = len(STEPS)
"""``user_version`` of the files that this code writes."""


def migrate(execute: Callable[[str], Any], found: int) -> None:
    """Bring a file of schema ``found`` (0: an empty one) to ours, within the transaction of ``execute``."""
    if found < SCHEMA:
        for statement in (one for step in STEPS[found:] for one in step):
            execute(statement)
        execute(f"PRAGMA user_version = {SCHEMA}")
