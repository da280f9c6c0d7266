# SPDX-License-Identifier: Apache-2.0
"""The journal as sync reads it: another process writes it, perhaps later, and it may be replaced."""

from pathlib import Path
from typing import Protocol
from uuid import UUID

from device.entry import Entry
from device.journal import JournalReader
from device.keys import FileKey


class Entries(Protocol):
    """Where entries are read. Raises JournalError."""

    def after(self, sequence: int, *, encounter: UUID | None = None, limit: int = 500) -> list[Entry]:
        """At most ``limit`` entries after ``sequence``, in order."""
        ...

    @property
    def newest(self) -> int:
        """The last sequence."""
        ...


class LateJournal:
    """A journal that may not exist yet: opened when first read, so that sync may start before the device process."""

    def __init__(self, path: Path, key: bytes | None = None) -> None:
        self._path, self._key = path, key
        self._reader: JournalReader | None = None

    def after(self, sequence: int, *, encounter: UUID | None = None, limit: int = 500) -> list[Entry]:
        """At most ``limit`` entries after ``sequence``, in order. Raises JournalError."""
        return self._open().after(sequence, encounter=encounter, limit=limit)

    @property
    def newest(self) -> int:
        """The last sequence. Raises JournalError."""
        return self._open().newest

    def file_key(self, sha256: str) -> FileKey | None:
        """The key of the capture whose plain bytes have that SHA-256 (hex), or None. Raises JournalError."""
        return self._open().file_key(sha256)

    def purged(self, encounter: UUID) -> bool:
        """Whether the encounter was purged. Raises JournalError."""
        return self._open().purged(encounter)

    def close(self) -> None:
        """Close the file; harmless when done twice."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _open(self) -> JournalReader:
        if self._reader is None:
            self._reader = JournalReader.open(self._path, self._key)
        return self._reader
