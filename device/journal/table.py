# SPDX-License-Identifier: Apache-2.0
"""The journal's one table: all its SQL, and reading around damaged rows and pages."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlite_utils import Database

from device.entry import Entry
from device.errors import JournalError
from device.journal.chain import Row, entry
from device.journal.schema import SCHEMA, migrate
from device.journal.storage import CORRUPT, damaged, newer, translated

_log = logging.getLogger(__name__)
_TEXTS = ("id", "encounter", "instant", "body", "previous", "digest")
_COLUMNS = "sequence, " + ", ".join(f"CAST({name} AS BLOB)" for name in _TEXTS)
"""As bytes: a damaged text may not be UTF-8, and must not stop the rows around it."""


class EntryTable:
    """The entries of one connection, which ``connect`` opens: again after damage, since SQLCipher refuses everything
    on a connection that has met a damaged page.

    Rows that do not agree with their digest are left out and noted in ``damaged``. Methods raise JournalError. Not
    thread-safe: its owner holds a lock.
    """

    def __init__(self, connect: Callable[[], Database]) -> None:
        self._connect = connect
        self.database = connect()
        self.damaged: set[int] = set()

    def close(self) -> None:
        """Close the connection."""
        self.database.close()

    def schema(self) -> int:
        """The file's schema number; 0 in an empty file. A newer one than ours is refused."""
        found = self._number("PRAGMA user_version")
        if found > SCHEMA:
            raise newer(found, SCHEMA)
        return found

    def migrate(self) -> None:
        """Bring the file to our schema, in one transaction; an empty file too."""
        found = self.schema()
        if found < SCHEMA:
            migrate(self.database, found)

    def given(self) -> int:
        """The last sequence ever given, whether its row is still there or not; 0 in a new journal."""
        return max(self.newest(), self.highest())

    def newest(self) -> int:
        """The last sequence that there is; 0 in an empty journal."""
        return self._number("SELECT coalesce(max(sequence), 0) FROM entries")

    def highest(self) -> int:
        """The last sequence ever given, as SQLite counts."""
        return self._number("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'entries'")

    def count(self, encounter: UUID) -> int:
        """How many entries the encounter has or had."""
        name = {"e": str(encounter)}
        here = self._number("SELECT count(*) FROM entries WHERE encounter = :e", name)
        return here + self._number("SELECT coalesce(sum(entries), 0) FROM purged WHERE encounter = :e", name)

    def tail(self, encounter: UUID) -> str:
        """The digest of the encounter's last entry, whether it is still there or not; "" when it has none."""
        for query in (
            "SELECT digest FROM entries WHERE encounter = :e ORDER BY sequence DESC LIMIT 1",
            "SELECT digest FROM purged WHERE encounter = :e ORDER BY first DESC LIMIT 1",
        ):
            if last := self.rows(query, {"e": str(encounter)}):
                return str(last[0][0])
        return ""

    def insert(self, rows: Iterable[Row], kinds: Iterable[str]) -> None:
        """Write rows in one transaction: when this returns, they are on the disk."""
        with translated(), self.database.atomic():
            for row, kind in zip(rows, kinds, strict=True):
                self.database.execute(
                    "INSERT INTO entries (sequence, id, encounter, kind, instant, body, previous, digest)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (row.sequence, row.id, row.encounter, kind, row.instant.decode(), row.body.decode(), *row[5:]),
                )

    def between(self, first: int, last: int) -> int:
        """How many entries have a sequence from ``first`` to ``last``."""
        return self._number("SELECT count(*) FROM entries WHERE sequence BETWEEN :f AND :l", {"f": first, "l": last})

    def chain(self, encounter: UUID) -> list[Row]:
        """Every row of an encounter as it stands."""
        query = f"SELECT {_COLUMNS} FROM entries WHERE encounter = :e ORDER BY sequence"  # noqa: S608 - constant columns
        return [as_row(columns) for columns in self.rows(query, {"e": str(encounter)})]

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
        found = self.rows(f"SELECT {_COLUMNS} FROM entries WHERE id = :i", {"i": str(identity)})  # noqa: S608 - constant columns
        return next(self._intact([as_row(columns) for columns in found]), None)

    def latest(self, kind: str) -> int:
        """The last sequence of a kind of body; 0 when there is none. Reads backwards from the end."""
        query = "SELECT sequence FROM entries WHERE kind = :k ORDER BY sequence DESC LIMIT 1"
        found = self.rows(query, {"k": kind})
        return int(found[0][0]) if found else 0

    def row(self, sequence: int) -> Row | None:
        """One row as it stands, or None where there is none."""
        found = self.rows(f"SELECT {_COLUMNS} FROM entries WHERE sequence = :s", {"s": sequence})  # noqa: S608 - constant columns
        return as_row(found[0]) if found else None

    def encounters(self) -> list[tuple[str, int, bool]]:
        """Each encounter as it stands in the file, in order: its id, its first sequence, whether it was closed."""
        query = (
            "SELECT CAST(encounter AS BLOB), min(sequence), max(kind = 'encounter-closed') FROM entries "
            "GROUP BY encounter ORDER BY 2"
        )
        return [(_text(bytes(row[0])), int(row[1]), bool(row[2])) for row in self.rows(query)]

    def complaints(self) -> list[str]:
        """What SQLite itself finds wrong with the file."""
        try:
            lines = [str(row[0]) for row in self.rows("PRAGMA integrity_check(20)")]
        except JournalError as error:
            lines = [str(error)]
        return [line for line in lines if line != "ok"]

    def _page(self, sequence: int, encounter: UUID | None, limit: int) -> list[Row]:
        """The next rows; around damaged pages of the file, those that can still be read, one by one."""
        where = "sequence > :s" if encounter is None else "encounter = :e AND sequence > :s"
        query = f"SELECT {_COLUMNS} FROM entries WHERE {where} ORDER BY sequence LIMIT :n"  # noqa: S608 - constant parts
        try:
            found = self.rows(query, {"s": sequence, "e": str(encounter), "n": limit})
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

    def _number(self, query: str, values: Mapping[str, object] | None = None) -> int:
        rows = self.rows(query, values)
        if not rows or not isinstance(rows[0][0], int):
            raise damaged(f"no number from {query}")
        return rows[0][0]

    def rows(self, query: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        """Every row at once: no read transaction stays open that would keep the WAL from being reset."""
        try:
            with translated():
                return self.database.execute(query, dict(values or {})).fetchall()
        except JournalError as error:
            if error.code == CORRUPT:
                self.close()
                self.database = self._connect()
            raise


def as_row(columns: tuple[Any, ...]) -> Row:
    """A row of the table. What a damaged record turned into something else becomes empty, hence not intact."""
    identity, encounter, instant, body, previous, digest = (
        column if isinstance(column, bytes) else b"" for column in columns[1:]
    )
    return Row(columns[0], _text(identity), _text(encounter), instant, body, _text(previous), _text(digest))


def _text(value: bytes) -> str:
    return value.decode("ascii", errors="backslashreplace")
