# SPDX-License-Identifier: Apache-2.0
"""Attachments: captures kept as files beside the journal, each named by the SHA-256 of its bytes.

Written before the entry that names them: temporary file, fsync, rename, fsync of the folder.
"""

import contextlib
import errno
import os
import re
import tempfile
from hashlib import sha256
from pathlib import Path

from device.errors import JournalError

MAX_BYTES = 64 << 20
"""Largest attachment: a 4K still is under 10 MiB, half a minute of stethoscope sound under 6."""

_TEMPORARY = ".new-"
_NAME = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Attachments:
    """The files of one folder, which is created for its owner alone. Every method raises JournalError."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def put(self, data: bytes) -> str:
        """Keep ``data`` and return its SHA-256 in hex; when this returns, it is on the disk. Twice is once."""
        if len(data) > self._max_bytes:
            raise JournalError(13, "Cette image est trop grande pour être gardée.", f"{len(data)} bytes")
        name = sha256(data).hexdigest()
        try:
            self._write(name, data)
        except OSError as error:
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            line = "La place manque : image non enregistrée." if full else "L’image n’a pas pu être enregistrée."
            raise JournalError(14, line, f"{type(error).__name__} {error.errno}", retry=True) from error
        return name

    def get(self, name: str) -> bytes:
        """The bytes of that SHA-256, checked against it."""
        try:
            with self.path(name).open("rb") as file:
                data = file.read(self._max_bytes + 1)
        except OSError as error:
            raise JournalError(15, "Cette image est introuvable.", f"{name}: {type(error).__name__}") from error
        if sha256(data).hexdigest() != name:
            raise JournalError(16, "Cette image est abîmée.", f"{name} does not agree with its digest")
        return data

    def path(self, name: str) -> Path:
        """Where the bytes of that SHA-256 stand, whether they do or not."""
        if not _NAME.fullmatch(name):
            raise JournalError(15, "Cette image est introuvable.", "an attachment's name is 64 hexadecimal digits")
        return self._folder / name[:2] / name

    def sweep(self) -> int:
        """Remove what an interrupted ``put`` left; for the writer alone, before its first ``put``."""
        left = list(self._folder.glob(f"*/{_TEMPORARY}*"))
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def _write(self, name: str, data: bytes) -> None:
        path = self.path(name)
        for folder in (self._folder, path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        if not path.exists() or path.read_bytes() != data:
            self._replace(path, data)
        for folder in (path.parent, self._folder, self._folder.parent):
            _sync(folder)

    def _replace(self, path: Path, data: bytes) -> None:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=_TEMPORARY)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).rename(path)
        except OSError:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise


def _sync(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
