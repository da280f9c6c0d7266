# SPDX-License-Identifier: Apache-2.0
"""A plain SQLite file becomes an encrypted one: written beside it, made durable, then put in its place at once.

For carts that began without a key. What stood in the plain file may stay in worn-out cells of a flash memory, where
nothing can be overwritten on purpose (docs/encryption.md).
"""

import os
from pathlib import Path
from types import ModuleType

from sqlite_utils import Database

from device.journal.storage import CIPHER, connect, damaged, in_use, newer, translated

PLAIN = b"SQLite format 3\0"
"""How a plain file begins (sqlite.org/fileformat, 1.3); an encrypted one begins with random bytes."""
_BESIDE = "-sealing"


def seal_plain(path: Path, key: bytes, known: int) -> bool:
    """Encrypt the file at ``path`` if it is plain; whether it was. For its only writer, before it opens it.

    Raises JournalError: JRN-04 for a schema newer than ``known``, JRN-07 while another process reads it; the file is
    then as it was.
    """
    if not path.exists() or not is_plain(path):
        return False
    fresh = path.with_name(path.name + _BESIDE)
    database = connect(path, None, read_only=False, engine=_cipher())
    try:
        _refuse_newer(database, known)
        with translated():
            if database.execute("PRAGMA journal_mode = DELETE").fetchone()[0] != "delete":
                raise in_use(path)
            fresh.unlink(missing_ok=True)
            _copy(database, fresh, key)
    finally:
        database.close()
    _check(fresh, key)
    with translated():
        fresh.replace(path)
        _sync(path.parent)
    return True


def is_plain(path: Path) -> bool:
    """Whether the file at ``path`` is a plain SQLite file. Raises JournalError."""
    with translated(), path.open("rb") as file:
        return file.read(len(PLAIN)) == PLAIN


def _cipher() -> ModuleType:
    if CIPHER is None:
        raise damaged("sqlcipher3 is needed to encrypt")
    return CIPHER


def _refuse_newer(database: Database, known: int) -> None:
    with translated():
        found = int(database.execute("PRAGMA user_version").fetchone()[0])
    if found > known:
        raise newer(found, known)


def _copy(database: Database, fresh: Path, key: bytes) -> None:
    os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    version = int(database.execute("PRAGMA user_version").fetchone()[0])
    database.execute("ATTACH DATABASE ? AS sealed KEY ?", (str(fresh), f"x'{key.hex()}'"))
    database.execute("SELECT sqlcipher_export('sealed')").fetchone()
    database.execute(f"PRAGMA sealed.user_version = {version}")
    database.conn.commit()
    database.execute("DETACH DATABASE sealed")
    descriptor = os.open(fresh, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check(fresh: Path, key: bytes) -> None:
    """The copy opens with the key and is whole, before it takes the other's place."""
    database = connect(fresh, key, read_only=True, engine=_cipher())
    try:
        with translated():
            said = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
    finally:
        database.close()
    if said != "ok":
        raise damaged(f"the encrypted copy is not whole: {said}")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
