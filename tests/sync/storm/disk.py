# SPDX-License-Identifier: Apache-2.0
"""The ledger's disk: an SQLite module (``Ledger.open(engine=…)``) that can be killed, cut off, filled or broken.

Killed at a commit, the process dies before or after it, and its files are what they were. Cut off, the commit's bytes
were on their way, and those of every commit since the last that was synced: each sector of them is on the disk or not.
What is older stays. Full and broken are real: the kernel refuses the bytes, or SQLite the page.
"""

import resource
import sqlite3
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, NamedTuple

from device.journal.storage import CIPHER

SECTOR = 512
_FULL = 2
_FIRST_PAGE = 4096
_HEADER = 32
"""Bytes of a write-ahead log's header (sqlite.org/fileformat2.html §4.1)."""
_MODULE = CIPHER or sqlite3


class Killed(BaseException):
    """The process is dead; whatever it does from now on is not done."""


class Death(Enum):
    """Where in a commit a process dies."""

    BEFORE = "before"
    AFTER = "after"
    TORN = "torn"


class Illness(Enum):
    """Why the disk takes nothing."""

    FULL = "full"
    """SQLite finds no page."""
    REFUSED = "refused"
    """The kernel refuses what goes beyond the first page (EFBIG, an I/O error to SQLite)."""


class Files(NamedTuple):
    """The two files of a database."""

    main: bytes
    wal: bytes


class Disk:
    """One ledger's files at ``path``. ``module`` is the SQLite module to open them with."""

    def __init__(self, path: Path, chance: Random) -> None:
        self.path, self._chance = path, chance
        self.dead: Files | None = None
        self.ill: Illness | None = None
        self._death: tuple[Death, int] | None = None
        self.commits = 0
        self._synced: Files | None = None
        self.on_death: Callable[[], None] = lambda: None
        disk = self

        class Connection(_MODULE.Connection):  # type: ignore[misc,name-defined] # whichever module there is
            def execute(self, statement: str, *arguments: Any) -> Any:
                return disk.execute(super().execute, statement, *arguments)

        def connect(*arguments: Any, **named: Any) -> Any:
            return _MODULE.connect(*arguments, factory=Connection, **named)

        self.module: Any = SimpleNamespace(connect=connect)

    def arm(self, death: Death, commits: int) -> None:
        """Die at the commit after so many more."""
        self._death, self._synced = (death, self.commits + commits), None

    def die(self) -> None:
        """Die now."""
        self._end(self._files())

    def restart(self) -> None:
        """The machine is on again: the files as they were left, and nothing of what a dead process did since."""
        files, self.dead, self._death = self.dead, None, None
        if files is None:
            return
        self.path.write_bytes(files.main)
        self.path.with_name(self.path.name + "-wal").write_bytes(files.wal)
        self.path.with_name(self.path.name + "-shm").unlink(missing_ok=True)

    def execute(self, execute: Any, statement: str, *arguments: Any) -> Any:
        """Carry out a statement, as far as the disk lets it be."""
        if self.dead is not None:
            if statement == "ROLLBACK":  # the kernel frees a dead process's locks
                return execute(statement)
            raise Killed
        if statement != "COMMIT":
            return self._written(execute, statement, *arguments)
        self.commits += 1
        if self._death is None or self.commits <= self._death[1]:
            result = self._written(execute, statement)
            if self._death is not None and self._death[0] is Death.TORN and self._is_synced(execute):
                self._synced = self._files()
            return result
        before = self._files()
        if self._death[0] is Death.BEFORE:
            self._end(before)
            raise Killed
        self._written(execute, statement)
        after = self._files()
        self._end(after if self._death[0] is Death.AFTER else torn(self._synced or before, after, self._chance))
        raise Killed

    def _is_synced(self, execute: Any) -> bool:
        return bool(execute("PRAGMA synchronous").fetchone()[0] == _FULL)

    def _end(self, files: Files) -> None:
        self.dead = files
        self.on_death()

    def _written(self, execute: Any, statement: str, *arguments: Any) -> Any:
        if self.ill is None:
            return execute(statement, *arguments)
        if self.ill is Illness.FULL:
            execute("PRAGMA max_page_count = 1")
            try:
                return execute(statement, *arguments)
            finally:
                execute("PRAGMA max_page_count = 1073741823")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (_FIRST_PAGE, hard))
        try:
            return execute(statement, *arguments)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    def _files(self) -> Files:
        wal = self.path.with_name(self.path.name + "-wal")
        return Files(self.path.read_bytes(), wal.read_bytes() if wal.exists() else b"")


def torn(before: Files, after: Files, chance: Random) -> Files:
    """What a power cut leaves of what was not synced. A checkpoint writes the main file once the log is synced, and the
    log is begun again, its header first, once the main file is."""
    if before.wal[:_HEADER] != after.wal[:_HEADER]:
        return Files(after.main, _mixed(after.wal[:_HEADER] + before.wal[_HEADER:], after.wal, chance))
    if before.main != after.main:
        return Files(_mixed(before.main, after.main, chance), after.wal)
    return Files(after.main, _mixed(before.wal, after.wal, chance))


def _mixed(old: bytes, new: bytes, chance: Random) -> bytes:
    """Each sector old or new, beyond a random length perhaps nothing."""
    made = bytearray()
    for start in range(0, len(new), SECTOR):
        was, now = old[start : start + SECTOR], new[start : start + SECTOR]
        if was != now and chance.random() < 0.5:
            now = was.ljust(len(now), b"\0")
        made += now
    least = max(_HEADER, min(len(old), len(new)))
    return bytes(made[: chance.randint(least, max(least, len(new)))] if chance.random() < 0.5 else made)
