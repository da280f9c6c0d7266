# SPDX-License-Identifier: Apache-2.0
"""The journal's one table: all its SQL. Every read and write goes through ``translated`` at the caller's level."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any, cast
from uuid import UUID

from sqlite_utils import Database

from device.entry import Entry
from device.errors import JournalError
from device.journal.chain import Row, entry
from device.journal.storage import CORRUPT, damaged, newer, translated

SCHEMA = 1
"""``user_version`` of the files that this code writes."""

_log = logging.getLogger(__name__)
_TEXTS = ("id", "encounter", "instant", "body", "previous", "digest")
_COLUMNS = "sequence, " + ", ".join(f"CAST({name} AS BLOB)" for name in _TEXTS)
"""As bytes: a damaged text may not be UTF-8, and must not stop the rows around it."""
_CREATE = """CREATE TABLE entries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    encounter TEXT NOT NULL,
    kind TEXT NOT NULL,
    instant TEXT NOT NULL,
    body TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL
)"""


class EntryTable:
    """The entries of one connection. Rows that do not agree with their digest are left out and noted in ``damaged``.

    Not thread-safe: its owner holds a lock.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.damaged: set[int] = set()

    def schema(self) -> int:
        """The file's schema number; 0 in an empty file. Raises JournalError when it is newer than ours."""
        with translated():
            found = self._one("PRAGMA user_version")
        if found > SCHEMA:
            raise newer(found, SCHEMA)
        return found

    def create(self) -> None:
        """Make the table in an empty file, in one transaction."""
        with translated(), self.database.atomic():
            self.database.execute(_CREATE)
            self.database.execute("CREATE INDEX entries_by_encounter ON entries (encounter, sequence)")
            self.database.execute(f"PRAGMA user_version = {SCHEMA}")

    def newest(self) -> int:
        """The last sequence; 0 in an empty journal."""
        with translated():
            return self._one("SELECT coalesce(max(sequence), 0) FROM entries")

    def highest(self) -> int:
        """The highest sequence ever given, whether its row is still there or not."""
        with translated():
            return self._one("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'entries'")

    def tail(self, encounter: UUID) -> tuple[int, str]:
        """How many entries the encounter has, and the digest of the last ("" when there is none)."""
        with translated():
            row = self.database.execute(
                "SELECT count(*), (SELECT digest FROM entries WHERE encounter = :e ORDER BY sequence DESC LIMIT 1)"
                " FROM entries WHERE encounter = :e",
                {"e": str(encounter)},
            ).fetchone()
        return cast("int", row[0]), str(row[1] or "")

    def insert(self, rows: Iterable[Row], kinds: Iterable[str]) -> None:
        """Write rows in one transaction: when this returns, they are on the disk."""
        with translated(), self.database.atomic():
            for row, kind in zip(rows, kinds, strict=True):
                self.database.execute(
                    "INSERT INTO entries (sequence, id, encounter, kind, instant, body, previous, digest)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (row.sequence, row.id, row.encounter, kind, row.instant.decode(), row.body.decode(), *row[5:]),
                )

    def after(self, sequence: int, encounter: UUID | None, limit: int) -> list[Entry]:
        """At most ``limit`` entries after ``sequence``, in order, of one encounter or of all."""
        found: list[Entry] = []
        while len(found) < limit:
            rows = self._page(sequence, encounter, limit - len(found))
            found.extend(self._intact(rows))
            if not rows:
                break
            sequence = rows[-1].sequence
        return found

    def get(self, identity: UUID) -> Entry | None:
        """The entry of that identity, or None."""
        with translated():
            found = self.database.execute(f"SELECT {_COLUMNS} FROM entries WHERE id = ?", (str(identity),)).fetchone()  # noqa: S608 - constant columns
        return next(self._intact([as_row(found)]), None) if found else None

    def row(self, sequence: int) -> Row | None:
        """One row as it stands, or None where there is none. Raises JournalError where the file is damaged."""
        with translated():
            found = self.database.execute(f"SELECT {_COLUMNS} FROM entries WHERE sequence = ?", (sequence,)).fetchone()  # noqa: S608 - constant columns
        return as_row(found) if found else None

    def _page(self, sequence: int, encounter: UUID | None, limit: int) -> list[Row]:
        """The next rows; around damaged pages of the file, those that can still be read, one by one."""
        where = "sequence > :s" if encounter is None else "encounter = :e AND sequence > :s"
        query = f"SELECT {_COLUMNS} FROM entries WHERE {where} ORDER BY sequence LIMIT :n"  # noqa: S608 - constant parts
        try:
            with translated():
                found = self.database.execute(query, {"s": sequence, "e": str(encounter), "n": limit}).fetchall()
        except JournalError as error:
            if error.code != CORRUPT:
                raise
            return self._around_damage(sequence, encounter, limit)
        return [as_row(row) for row in found]

    def _around_damage(self, sequence: int, encounter: UUID | None, limit: int) -> list[Row]:
        found: list[Row] = []
        for number in range(sequence + 1, self.highest() + 1):
            try:
                row = self.row(number)
            except JournalError:
                self._note(number, "unreadable page")
                continue
            if row is not None and (encounter is None or row.encounter == str(encounter)):
                found.append(row)
                if len(found) == limit:
                    break
        return found

    def _intact(self, rows: Iterable[Row]) -> Iterator[Entry]:
        for row in rows:
            try:
                yield entry(row)
            except JournalError as error:
                self._note(row.sequence, str(error))

    def _note(self, sequence: int, why: str) -> None:
        if sequence not in self.damaged:
            self.damaged.add(sequence)
            _log.error("%s entry %d is left out: %s", CORRUPT, sequence, why)

    def _one(self, query: str) -> int:
        row = self.database.execute(query).fetchone()
        if row is None or not isinstance(row[0], int):
            raise damaged(f"no number from {query.split(maxsplit=1)[0]}")
        return row[0]


def as_row(columns: tuple[Any, ...]) -> Row:
    """A row of the table. What a damaged record turned into something else becomes empty, hence not intact."""
    identity, encounter, instant, body, previous, digest = (
        column if isinstance(column, bytes) else b"" for column in columns[1:]
    )
    return Row(columns[0], _text(identity), _text(encounter), instant, body, _text(previous), _text(digest))


def _text(value: bytes) -> str:
    return value.decode("ascii", errors="backslashreplace")
