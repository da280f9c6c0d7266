# SPDX-License-Identifier: Apache-2.0
"""The writer of the journal: one process, one connection, one commit for each append."""

import fcntl
import logging
import os
import threading
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, Self
from uuid import UUID

import msgspec
from sqlite_utils import Database

from device.clock import Clock, Instant
from device.entry import Body, EncounterClosed, Entry
from device.errors import JournalError
from device.journal.annex import Annex
from device.journal.chain import Row, link
from device.journal.identity import Identities
from device.journal.purging import purge
from device.journal.reserve import Reserve
from device.journal.schema import SCHEMA
from device.journal.sealing import seal_plain
from device.journal.storage import FULL, UNSETTLED, connect, damaged, in_use, translated
from device.journal.table import EntryTable
from device.keys import FileKey

_log = logging.getLogger(__name__)
_SYNCHRONOUS_FULL = 2


class Journal:
    """The journal open for writing. Every method may be called from any thread and raises JournalError.

    ``append`` returns once its entries are on the disk (WAL, ``synchronous=FULL``), all of them or none.
    """

    def __init__(self, table: EntryTable, clock: Clock, reserve: Reserve, lock: int) -> None:
        self._table = table
        self._annex = Annex(table)
        self._clock = clock
        self._reserve = reserve
        self._process_lock = lock
        self._identities = Identities()
        self._end = _End()
        self._mutex = threading.Lock()

    @classmethod
    def open(cls, path: Path, clock: Clock, key: bytes | None = None, *, engine: ModuleType | None = None) -> Self:
        """Open or create the journal at ``path`` (its folder exists). ``key``: 32 raw bytes to encrypt with.

        A file of an older schema is brought to ours, and a plain one encrypted when there is a key; one of a newer
        schema is refused and left untouched. ``engine``: another SQLite module than the best one.
        """
        lock = _lock(path)
        try:
            if key is not None:
                seal_plain(path, key, SCHEMA)
            _refuse_newer(path, key, engine)
            _create_file(path)
            table = EntryTable(partial(_connect, path, key, engine))
            try:
                table.migrate()
            except JournalError:
                table.close()
                raise
        except JournalError:
            os.close(lock)
            raise
        reserve = Reserve(path.with_name(path.name + "-reserve"))
        if not reserve.hold():
            _log.error("%s no room for the journal's reserve", FULL)
        return cls(table, clock, reserve, lock)

    def append(self, encounter: UUID, *bodies: Body, instant: Instant | None = None) -> tuple[Entry, ...]:
        """Write bodies in one durable commit and return their entries; ``instant`` is now unless given.

        An EncounterClosed gets the number of the encounter's entries before it and the digest of the last of them.
        """
        if not bodies:
            return ()
        with self._mutex:
            rows, entries = self._prepare(encounter, bodies, instant or self._clock.now())
            self._end = _End()
            self._insert(rows, [str(body.__struct_config__.tag) for body in bodies])
            self._end = _End(rows[-1].sequence, encounter, rows[-1].digest)
            return entries

    def after(self, sequence: int, *, encounter: UUID | None = None, limit: int = 500) -> list[Entry]:
        """At most ``limit`` entries after ``sequence``, in order."""
        with self._mutex:
            return self._table.after(sequence, encounter, limit)

    def get(self, identity: UUID) -> Entry | None:
        """The entry of that identity, or None."""
        with self._mutex:
            return self._table.get(identity)

    def latest(self, kind: type[Body]) -> int:
        """The last sequence of a kind of body; 0 when there is none."""
        with self._mutex:
            return self._table.latest(str(kind.__struct_config__.tag))

    @property
    def newest(self) -> int:
        """The last sequence; 0 in an empty journal."""
        with self._mutex:
            return self._table.given()

    @property
    def damaged(self) -> frozenset[int]:
        """Sequences of the entries left out because they do not agree with their digest."""
        with self._mutex:
            return frozenset(self._table.damaged)

    @property
    def spacious(self) -> bool:
        """Whether the reserve stands (it is taken again if it can be) and as much again is free: without, no new
        encounter should begin."""
        with self._mutex:
            return self._reserve.hold() and self._reserve.roomy

    def purge(self, encounter: UUID, last: int) -> tuple[str, ...]:
        """Remove what an encounter's entries say and the keys of its captures, for good; their chain still holds. The
        names of the files that nothing opens any more.

        ``last`` is the sequence up to which every server has acknowledged it: nothing is done when there is an entry
        after it, or when its file is not closed. Raises JournalError when one of its entries is damaged.
        """
        with self._mutex:
            self._end = _End()
            try:
                gone = purge(self._table, self._annex, encounter, last)
            except JournalError as error:
                if error.code != FULL or not self._reserve.release():
                    raise
                gone = purge(self._table, self._annex, encounter, last)
            self._annex.settle()
            self._reserve.hold()
            return gone

    def file_key(self, sha256: str) -> FileKey | None:
        """The key of the file whose plain bytes have that SHA-256 (hex), or None."""
        with self._mutex:
            return self._annex.file_key(sha256)

    def keep_file_key(self, sha256: str, key: FileKey) -> None:
        """Keep a file's key; it replaces an older one, and is on the disk when this returns."""
        with self._mutex:
            self._annex.keep_file_key(sha256, key)

    def file_names(self) -> set[str]:
        """The name of every file that has a key."""
        with self._mutex:
            return self._annex.file_names()

    def close(self) -> None:
        """Close the file; harmless when done twice."""
        with self._mutex:
            if self._process_lock >= 0:
                self._table.close()
                os.close(self._process_lock)
                self._process_lock = -1

    def _insert(self, rows: list[Row], kinds: list[str]) -> None:
        """Write rows; a full disk gives up the reserve."""
        try:
            self._table.insert(rows, kinds)
        except JournalError as error:
            if error.code != FULL or not self._reserve.release():
                raise
            _log.error("%s disk full: reserve given up", error.code)
            self._table.insert(rows, kinds)

    def _prepare(
        self, encounter: UUID, bodies: tuple[Body, ...], instant: Instant
    ) -> tuple[list[Row], tuple[Entry, ...]]:
        sequence = self._end.sequence or self._table.given()
        previous = self._end.digest if self._end.encounter == encounter else self._table.tail(encounter)
        rows, entries = [], []
        for number, body in enumerate(bodies):
            sealed = (
                msgspec.structs.replace(body, entries=self._table.count(encounter) + number, previous=previous)
                if isinstance(body, EncounterClosed)
                else body
            )
            sequence += 1
            row = link(sequence, self._identities.next(instant.wall), encounter, instant, sealed, previous)
            previous = row.digest
            rows.append(row)
            entries.append(Entry(sequence, UUID(row.id), encounter, instant, sealed, row.digest))
        return rows, tuple(entries)


class _End(NamedTuple):
    """The journal's last entry, as its only writer wrote it: known without a look into the file. All unknown at first,
    and after whatever may have changed it."""

    sequence: int = 0
    encounter: UUID | None = None
    digest: str = ""


def _lock(path: Path) -> int:
    """Hold the writer's lock for this process: the kernel frees it however the process ends."""
    with translated():
        descriptor = os.open(path.with_name(path.name + "-lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise in_use(path) from error
    return descriptor


def _refuse_newer(path: Path, key: bytes | None, engine: ModuleType | None) -> None:
    """Look at an existing file without being able to write to it.

    One whose creation was cut half way cannot be looked at: it is of this version, and is put right when it is opened.
    """
    if not path.exists() or path.stat().st_size == 0:
        return
    try:
        table = EntryTable(partial(connect, path, key, read_only=True, engine=engine))
    except JournalError as error:
        if error.code == UNSETTLED:
            return
        raise
    try:
        table.schema()
    finally:
        table.close()


def _create_file(path: Path) -> None:
    """Create the file for its owner alone, and make its name durable."""
    if path.exists():
        return
    with translated():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _connect(path: Path, key: bytes | None, engine: ModuleType | None) -> Database:
    """Open for writing with WAL and FULL, and make sure of both."""
    database = connect(path, key, read_only=False, engine=engine)
    with translated():
        database.execute("PRAGMA trusted_schema = OFF")
        database.execute("PRAGMA cell_size_check = ON")
        mode = database.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        database.execute("PRAGMA synchronous = FULL")
        level = database.execute("PRAGMA synchronous").fetchone()[0]
    if mode != "wal" or level != _SYNCHRONOUS_FULL:
        database.close()
        raise damaged(f"no durable mode: journal_mode {mode}, synchronous {level}")
    return database
