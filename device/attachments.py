# SPDX-License-Identifier: Apache-2.0
"""Attachments: captures, sounds and documents kept as files beside the journal, known by the SHA-256 of their bytes.

Each is sealed with a key of its own (``device.sealed``), which the encrypted journal keeps: without that key, or once
it is dropped, nobody can read the file again, and its name says nothing. Written before the entry that names it:
temporary file, fsync, rename, fsync of the folders, then the key. Files of before, plain and named by their SHA-256,
stay readable until ``seal_older`` has sealed them.
"""

import contextlib
import errno
import logging
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Self

from device.errors import JournalError
from device.keys import FileKey, FileKeys, KeepsFileKeys
from device.sealed import CHUNK, TAG, seal, spoilt, unseal

MAX_BYTES = 64 << 20
"""Largest attachment: a 4K still is under 10 MiB, half a minute of stethoscope sound under 6."""
SPARE = 32 << 20
"""Bytes that stay free beside them: pictures are refused long before an entry is."""

_TEMPORARY = ".new-"
_NAME = re.compile(r"[0-9a-f]{64}", re.ASCII)
_log = logging.getLogger(__name__)


class Attachments:
    """The files of one folder, which is created for its owner alone. Every method raises JournalError.

    ``keys`` keeps the key of each; without it, they are plain, as before. ``spare``: bytes that must stay free on the
    disk.
    """

    def __init__(
        self, folder: Path, keys: KeepsFileKeys | None = None, max_bytes: int = MAX_BYTES, spare: int = 0
    ) -> None:
        self._folder = folder
        self._keeper = keys
        self._keys: FileKeys | None = keys
        self._max_bytes = max_bytes
        self._spare = spare

    @classmethod
    def reading(cls, folder: Path, keys: FileKeys) -> Self:
        """The files that another process keeps: ``get`` and ``path`` alone."""
        attachments = cls(folder)
        attachments._keys = keys
        return attachments

    def put(self, data: bytes) -> str:
        """Keep ``data`` and return its SHA-256 in hex; when this returns, it is on the disk. Twice is once."""
        if self._keys is not self._keeper:
            raise RuntimeError("opened for reading")
        if len(data) > self._max_bytes:
            raise JournalError(13, "Cette image est trop grande pour être gardée.", f"{len(data)} bytes")
        name = sha256(data).hexdigest()
        try:
            self._make_room(len(data))
            if self._kept(name, data):
                self._sync_names(self.path(name))
            else:
                self._keep(name, data)
        except OSError as error:
            raise _not_kept(error) from error
        return name

    def get(self, name: str) -> bytes:
        """The bytes of that SHA-256 (hex), checked against it."""
        data = self._read(self.path(name))
        key = self._key(name)
        if key is not None:
            data = unseal(data, key.key, bytes.fromhex(name))
        if sha256(data).hexdigest() != name:
            raise spoilt(f"{name} does not agree with its digest")
        return data

    def path(self, name: str) -> Path:
        """Where the file of that SHA-256 stands, whether it does or not."""
        if not _NAME.fullmatch(name):
            raise _absent("an attachment's name is 64 hexadecimal digits")
        key = self._key(name)
        return self._place(key.name if key is not None else name)

    def sweep(self) -> int:
        """Remove what an interrupted ``put`` or purge left; for the writer alone, before its first ``put``."""
        left = list(self._folder.glob(f"*/{_TEMPORARY}*"))
        if self._keeper is not None:
            known = self._keeper.file_names()
            left += [path for path in self._folder.glob("*/*") if len(path.name) == _SEALED and path.name not in known]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def erase(self, names: Iterable[str]) -> None:
        """Remove files whose keys were dropped (``Journal.purge`` gives their names)."""
        for name in names:
            with contextlib.suppress(OSError):  # without its key it is noise; the next sweep removes it
                self._place(name).unlink(missing_ok=True)

    def seal_older(self) -> Iterator[str]:
        """Seal the plain files of before, one at each step; those that are damaged stay as they are."""
        if self._keeper is None:
            return
        for path in [path for path in self._folder.glob("*/*") if _NAME.fullmatch(path.name)]:
            data = self._read(path)
            if sha256(data).hexdigest() != path.name:
                _log.error("JRN-16 %s does not agree with its digest: it is left as it is", path.name)
                continue
            self.put(data)
            path.unlink(missing_ok=True)
            _sync(path.parent)
            yield path.name

    def _key(self, name: str) -> FileKey | None:
        return self._keys.file_key(name) if self._keys is not None else None

    def _place(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _read(self, path: Path) -> bytes:
        most = self._max_bytes + TAG * (2 + self._max_bytes // CHUNK)
        try:
            with path.open("rb") as file:
                return file.read(most)
        except OSError as error:
            raise _absent(f"{path.name}: {type(error).__name__}") from error

    def _make_room(self, size: int) -> None:
        for folder in (self._folder, self._folder.parent):
            if folder.exists():
                space = os.statvfs(folder)
                if space.f_bavail * space.f_frsize < size + self._spare:
                    raise OSError(errno.ENOSPC, "less than what must stay free")
                return

    def _kept(self, name: str, data: bytes) -> bool:
        """Whether it is there already, whole."""
        if self._keeper is not None and self._key(name) is None:
            return False
        try:
            return self.get(name) == data
        except JournalError:
            return False

    def _keep(self, name: str, data: bytes) -> None:
        if self._keeper is None:
            self._write(self._place(name), [data])
            return
        old, new = self._key(name), FileKey.new()
        self._write(self._place(new.name), seal(data, new.key, bytes.fromhex(name)))
        try:
            self._keeper.keep_file_key(name, new)
        except JournalError as error:
            self.erase([new.name])
            raise JournalError(14, error.line, f"{error.code}: {error}", retry=error.retry) from error
        if old is not None:
            self.erase([old.name])

    def _write(self, path: Path, pieces: Iterable[bytes]) -> None:
        for folder in (self._folder, path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=_TEMPORARY)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).rename(path)
        except OSError:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
        self._sync_names(path)

    def _sync_names(self, path: Path) -> None:
        """Make the names of a file and of its folders durable."""
        for folder in (path.parent, self._folder, self._folder.parent):
            _sync(folder)


_SEALED = len(FileKey.new().name)


def _absent(detail: str) -> JournalError:
    return JournalError(15, "Cette image est introuvable.", detail)


def _not_kept(error: OSError) -> JournalError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    line = "La place manque : image non enregistrée." if full else "L’image n’a pas pu être enregistrée."
    return JournalError(14, line, f"{type(error).__name__} {error.errno}", retry=True)


def _sync(folder: Path) -> None:
    """Make the names in ``folder`` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
