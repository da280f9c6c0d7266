# SPDX-License-Identifier: Apache-2.0
"""The storage seam: a connection to a journal file, encrypted or not, and SQLite's failures as JournalError.

SQLCipher's bundled SQLite is used whenever it is installed, with or without a key: it is newer than the WAL-reset
fault of SQLite 3.7.0 to 3.51.2. The interpreter's own sqlite3 is the fallback for unencrypted journals. Only one of the
two ever opens a file in a process: two libraries would drop each other's POSIX locks.
"""

import errno
import importlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from sqlite_utils import Database

from device.errors import JournalError
from device.keys import KEY_BYTES

BUSY_SECONDS = 5.0
"""How long a statement waits for another process's lock before it fails."""

_FULL = "L’espace de stockage du chariot est plein. Prévenez la maintenance."
READ_ONLY_LINE = "Le stockage du chariot n’accepte plus d’écriture : rien n’est enregistré. Prévenez la maintenance."
_DAMAGED = "Le fichier des téléconsultations est abîmé. Prévenez la maintenance."
_NEWER = "Les données de ce chariot viennent d’une version plus récente du logiciel. Prévenez la maintenance."
_ABSENT = "Le fichier des téléconsultations est absent ou inaccessible. Prévenez la maintenance."
_IO = "Le stockage du chariot ne répond plus : rien n’est enregistré. Prévenez la maintenance."
_BUSY = "Le fichier des téléconsultations est déjà utilisé par un autre programme. Prévenez la maintenance."
_KEY = "La clef de ce chariot n’ouvre pas ses données. Prévenez la maintenance."

_KINDS: dict[str, tuple[int, str, bool]] = {
    "SQLITE_FULL": (1, _FULL, True),
    "SQLITE_READONLY": (2, READ_ONLY_LINE, False),
    "SQLITE_CORRUPT": (3, _DAMAGED, False),
    "SQLITE_CANTOPEN": (5, _ABSENT, False),
    "SQLITE_IOERR": (6, _IO, True),
    "SQLITE_BUSY": (7, _BUSY, True),
    "SQLITE_LOCKED": (7, _BUSY, True),
    "SQLITE_NOTADB": (8, _KEY, False),
}
_SYSTEM: dict[int, tuple[int, str, bool]] = {
    errno.ENOSPC: (1, _FULL, True),
    errno.EDQUOT: (1, _FULL, True),
    errno.EROFS: (2, READ_ONLY_LINE, False),
}
FULL, READ_ONLY, CORRUPT, NEWER, UNSETTLED = "JRN-01", "JRN-02", "JRN-03", "JRN-04", "JRN-05"


def _cipher() -> ModuleType | None:
    """sqlcipher3's DB-API module, or None where it is not installed."""
    try:
        return importlib.import_module("sqlcipher3.dbapi2")
    except ImportError:
        return None


CIPHER = _cipher()
ERRORS: tuple[type[Exception], ...] = (sqlite3.Error, *([CIPHER.Error] if CIPHER else []))
"""What the engines raise: sqlcipher3's classes do not descend from sqlite3's."""

_UNREADABLE: tuple[type[Exception], ...] = (*ERRORS, UnicodeDecodeError)
"""Likewise, and what a damaged schema raises: SQLite's own message about it is then no text."""


def journal_error(error: Exception) -> JournalError:
    """An engine's error as ours, by its SQLite result code."""
    name = str(getattr(error, "sqlite_errorname", None) or "")
    for kind, (number, line, retry) in _KINDS.items():
        if name.startswith(kind):
            return JournalError(number, line, f"{name}: {error}", retry=retry)
    return JournalError(3, _DAMAGED, f"{name or type(error).__name__}: {error}")


def system_error(error: OSError) -> JournalError:
    """A file system's error as ours."""
    number, line, retry = _SYSTEM.get(error.errno or 0, (6, _IO, True))
    return JournalError(number, line, f"{type(error).__name__} {error.errno}", retry=retry)


def newer(found: int, known: int) -> JournalError:
    """A file written by a newer version."""
    return JournalError(4, _NEWER, f"schema {found} is newer than {known}")


def absent(path: Path) -> JournalError:
    """No journal at ``path``."""
    return JournalError(5, _ABSENT, f"no journal at {path.name}", retry=True)


def unsettled(path: Path) -> JournalError:
    """A journal that its writer left half way: only a writer may put it right."""
    return JournalError(5, _ABSENT, f"{path.name} waits for its writer", retry=True)


def in_use(path: Path) -> JournalError:
    """Another process writes at ``path``."""
    return JournalError(7, _BUSY, f"{path.name} has another writer", retry=True)


def damaged(detail: str) -> JournalError:
    """A journal that is not one, or is beyond use."""
    return JournalError(3, _DAMAGED, detail)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the engine and the file system raise into JournalError."""
    try:
        yield
    except ERRORS as error:
        raise journal_error(error) from error
    except UnicodeDecodeError as error:
        raise damaged("the schema is not text") from error
    except OSError as error:
        raise system_error(error) from error


def connect(path: Path, key: bytes | None, *, read_only: bool, engine: ModuleType | None = None) -> Database:
    """Open a file that exists. ``key``: 32 raw bytes, or None for a plain file. Raises JournalError.

    Read-only, a file that was left half way (a rollback journal beside it) is refused with ``retry``.
    """
    module = engine or CIPHER or sqlite3
    if key is not None and (len(key) != KEY_BYTES or module is sqlite3):
        raise JournalError(9, _KEY, "an encrypted journal needs sqlcipher3 and a key of 32 bytes")
    mode = "ro" if read_only else "rw"
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
    try:
        return _connect(module, uri, key)
    except JournalError as error:
        if read_only and error.code == READ_ONLY:
            raise unsettled(path) from error
        raise


def _connect(module: ModuleType, uri: str, key: bytes | None) -> Database:
    with translated():
        connection: Any = module.connect(uri, uri=True, check_same_thread=False, timeout=BUSY_SECONDS)
        try:
            if key is not None:
                connection.execute("PRAGMA cipher_log_level = NONE")  # what it meets is raised: stderr is no place
                connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            connection.execute("PRAGMA temp_store = MEMORY")  # nothing of ours in a temporary file
            connection.execute("PRAGMA secure_delete = ON")  # what is removed is overwritten, too
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except _UNREADABLE:
            connection.close()
            raise
    return Database(connection, execute_plugins=False)
