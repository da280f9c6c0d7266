# SPDX-License-Identifier: Apache-2.0
"""A reader of the journal in another process: it cannot write, and sees each commit as soon as it is made."""

import threading
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, Self
from uuid import UUID

from device.entry import CART, Entry
from device.errors import JournalError
from device.journal.annex import Annex
from device.journal.schema import SCHEMA
from device.journal.storage import absent, connect, unsettled
from device.journal.table import EntryTable
from device.keys import FileKey


class Standing(NamedTuple):
    """An encounter in the journal: the sequence of its ``first`` entry, and whether it was closed."""

    encounter: UUID
    first: int
    closed: bool


class JournalReader:
    """The journal open for reading. Every method may be called from any thread and raises JournalError."""

    def __init__(self, table: EntryTable) -> None:
        self._table = table
        self._annex = Annex(table)
        self._mutex = threading.Lock()

    @classmethod
    def open(cls, path: Path, key: bytes | None = None, *, engine: ModuleType | None = None) -> Self:
        """Open an existing journal.

        Raises JournalError when it is absent, newer, empty or of another key; with ``retry`` when it is older: its
        writer brings it to our schema.
        """
        if not path.exists() or path.stat().st_size == 0:
            raise absent(path)
        table = EntryTable(partial(connect, path, key, read_only=True, engine=engine))
        try:
            if (found := table.schema()) < SCHEMA:
                raise unsettled(path) if found else absent(path)
        except JournalError:
            table.close()
            raise
        return cls(table)

    def after(self, sequence: int, *, encounter: UUID | None = None, limit: int = 500) -> list[Entry]:
        """At most ``limit`` entries after ``sequence``, in order."""
        with self._mutex:
            return self._table.after(sequence, encounter, limit)

    def get(self, identity: UUID) -> Entry | None:
        """The entry of that identity, or None."""
        with self._mutex:
            return self._table.get(identity)

    def encounters(self) -> list[Standing]:
        """The encounters kept, the oldest first; those whose identity is damaged are left out."""
        with self._mutex:
            rows = self._table.encounters()
        found = ((_identity(name), first, closed) for name, first, closed in rows)
        return [Standing(name, first, closed) for name, first, closed in found if name is not None and name != CART]

    @property
    def newest(self) -> int:
        """The last sequence; 0 in an empty journal."""
        with self._mutex:
            return self._table.given()

    def purged(self, encounter: UUID) -> bool:
        """Whether the encounter was purged, and has no entry since."""
        with self._mutex:
            return bool(self._annex.runs(encounter)) and not self._table.chain(encounter)

    def file_key(self, sha256: str) -> FileKey | None:
        """The key of the file whose plain bytes have that SHA-256 (hex), or None."""
        with self._mutex:
            return self._annex.file_key(sha256)

    @property
    def damaged(self) -> frozenset[int]:
        """Sequences of the entries left out because they do not agree with their digest."""
        with self._mutex:
            return frozenset(self._table.damaged)

    def close(self) -> None:
        """Close the file; harmless when done twice."""
        with self._mutex:
            self._table.close()


def _identity(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
