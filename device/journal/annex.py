# SPDX-License-Identifier: Apache-2.0
"""The journal's other two tables: the keys of its files, and what stays of what was purged. All their SQL."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from device.journal.purged import Run
from device.journal.storage import damaged, translated
from device.journal.table import EntryTable
from device.keys import FileKey

_RUN = ", ".join(Run._fields)
_NAMING = ("capture-taken", "sound-recorded", "document-attached")
"""Kinds of entries that name a file by its SHA-256."""


class Annex:
    """Beside the entries, on their connection. Methods raise JournalError; not thread-safe, as the table."""

    def __init__(self, table: EntryTable) -> None:
        self._table = table

    def file_key(self, sha256: str) -> FileKey | None:
        """The key of a file, or None."""
        found = self._table.rows("SELECT name, key FROM files WHERE sha256 = :s", {"s": sha256})
        if not found:
            return None
        name, key = found[0]
        if not isinstance(name, str) or not isinstance(key, bytes):
            raise damaged("a file's key cannot be read")
        return FileKey(name, key)

    def keep_file_key(self, sha256: str, key: FileKey) -> None:
        """Keep a key, in one durable commit."""
        with translated(), self._table.database.atomic():
            self._table.database.execute("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", (sha256, key.name, key.key))

    def file_names(self) -> set[str]:
        """The name of every file that has a key."""
        return {str(row[0]) for row in self._table.rows("SELECT name FROM files")}

    def runs(self, encounter: UUID | None = None) -> list[Run]:
        """What stays of an encounter that was purged, or of all of them, in order."""
        where = "" if encounter is None else "WHERE encounter = :e "
        found = self._table.rows(f"SELECT {_RUN} FROM purged {where}ORDER BY first", {"e": str(encounter)})  # noqa: S608 - constant parts
        return [_run(row) for row in found]

    def elsewhere(self, encounter: UUID, names: Iterable[str]) -> set[str]:
        """Those of the files that another encounter's entries name, too."""
        query = "SELECT 1 FROM entries WHERE encounter <> :e AND kind IN (:a, :b, :c) AND instr(body, :s) LIMIT 1"
        kinds = dict(zip("abc", _NAMING, strict=True))
        return {name for name in names if self._table.rows(query, {"e": str(encounter), "s": name, **kinds})}

    def purge(self, encounter: UUID, runs: Sequence[Run], files: Iterable[str]) -> None:
        """Put ``runs`` in the place of an encounter's entries and drop the keys of ``files``: all of it or nothing."""
        marks = ", ".join("?" * len(Run._fields))
        with translated(), self._table.database.atomic():
            execute = self._table.database.execute
            for run in runs:
                execute(f"INSERT INTO purged VALUES ({marks})", tuple(run))  # noqa: S608 - placeholders only
            execute("DELETE FROM entries WHERE encounter = ?", (str(encounter),))
            for name in files:
                execute("DELETE FROM files WHERE sha256 = ?", (name,))

    def settle(self) -> None:
        """Bring the write-ahead log into the file and empty it, so that nothing purged stays in it. A reader in the
        middle of a query leaves that to the next time."""
        with translated():
            self._table.database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _run(row: tuple[object, ...]) -> Run:
    """A run as stored. Raises JournalError when it is none."""
    try:
        return msgspec.convert(row, Run)
    except msgspec.ValidationError as error:
        raise damaged("what stays of a purge cannot be read") from error
