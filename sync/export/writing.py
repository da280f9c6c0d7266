# SPDX-License-Identifier: Apache-2.0
"""Writing an export: whole under its name, or not at all. Everything stands under a temporary name in the same folder
until it is on the disk; what is sealed is never on a disk in clear."""

import contextlib
import errno
import io
import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol

from device.errors import ExportError
from sync.export.envelope import Recipient

SUMS = "SHA256SUMS"
_PART = ".part"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Piece(NamedTuple):
    """One file of an export: its name, "/" between folders, and its bytes, made as they are written."""

    name: str
    data: Iterable[bytes]


class Sink(Protocol):
    """Where pieces are put."""

    def put(self, name: str, data: Iterable[bytes]) -> str:
        """Put one file; its SHA-256 in hex."""
        ...


class Written(NamedTuple):
    """What was written: its SHA-256 when it is one file, else ""; how many files, and their bytes together."""

    path: Path
    files: int
    size: int
    sha256: str = ""


def write_folder(target: Path, pieces: Iterable[Piece]) -> Written:
    """Write the folder ``target``, which must not exist. Raises ExportError."""
    with _place(target) as part:
        part.mkdir(mode=0o700)
        sink = _Folder(part)
        count = _all(sink, pieces)
        for folder in {part, *(path for path in part.rglob("*") if path.is_dir())}:
            _sync(folder)
    return Written(target, count, sink.size)


def write_sealed(target: Path, pieces: Iterable[Piece], recipient: Recipient, at: datetime) -> Written:
    """Write the file ``target``, which must not exist: a ZIP of the pieces, in memory, sealed to ``recipient``. Raises
    ExportError."""
    _free(target)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        count = _all(_Zip(archive, target.stem.partition(".")[0], at), pieces)
    sealed = recipient.seal(buffer.getvalue())
    buffer.close()
    with _place(target) as part:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
    return Written(target, count, len(sealed), sha256(sealed).hexdigest())


def _all(sink: Sink, pieces: Iterable[Piece]) -> int:
    """Put every piece, then the sums of all (``sha256sum -c SHA256SUMS``); how many files there are."""
    sums = [f"{sink.put(piece.name, piece.data)}  {piece.name}\n" for piece in pieces]
    sink.put(SUMS, ["".join(sums).encode()])
    return len(sums) + 1


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.size = 0

    def put(self, name: str, data: Iterable[bytes]) -> str:
        path = self._folder / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        digest = sha256()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for some in data:
                digest.update(some)
                file.write(some)
                self.size += len(some)
            file.flush()
            os.fsync(file.fileno())
        return digest.hexdigest()


class _Zip:
    def __init__(self, archive: zipfile.ZipFile, top: str, at: datetime) -> None:
        self._archive, self._top, self._at = archive, top, at

    def put(self, name: str, data: Iterable[bytes]) -> str:
        digest = sha256()
        about = zipfile.ZipInfo(f"{self._top}/{name}", self._at.timetuple()[:6])
        about.compress_type = zipfile.ZIP_DEFLATED
        about.external_attr = 0o600 << 16
        with self._archive.open(about, "w") as file:
            for some in data:
                digest.update(some)
                file.write(some)
        return digest.hexdigest()


@contextmanager
def _place(target: Path) -> Iterator[Path]:
    """A temporary name beside ``target``, which it becomes in the end; removed when anything fails."""
    part = target.with_name(f".{target.name}{_PART}")
    _free(target)
    try:
        _remove(part)
        yield part
        _free(target)
        part.rename(target)
        _sync(target.parent)
    except OSError as error:
        _remove(part)
        raise _not_written(target, error) from error
    except BaseException:
        _remove(part)
        raise


def _free(target: Path) -> None:
    """Raises ExportError when something has that name already (EXP-03), or there is no folder to write in (EXP-04)."""
    if target.exists() or target.is_symlink():
        line = f"« {target} » existe déjà : rien n’est écrasé. Déplacez-le, ou donnez un autre dossier avec --to."
        raise ExportError(3, line, "the target exists")
    if not target.parent.is_dir():
        line = f"Le dossier « {target.parent} » n’existe pas. La clef USB est-elle branchée et montée ?"
        raise ExportError(4, line, "no such folder")


def _remove(part: Path) -> None:
    """Take away what an export that failed, or was killed, left."""
    with contextlib.suppress(OSError):
        if part.is_dir() and not part.is_symlink():
            shutil.rmtree(part)
        else:
            part.unlink()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system without a way to sync a folder: its files are
            raise
    finally:
        os.close(descriptor)


def _not_written(target: Path, error: OSError) -> ExportError:
    detail = f"{type(error).__name__} {error.errno}: {error.strerror}"
    if error.errno in _FULL:
        line = f"Plus de place dans « {target.parent} » : rien n’y est laissé. Libérez de la place, ou donnez --to."
        return ExportError(4, line, detail, retry=True)
    line = f"L’export n’a pas pu être écrit dans « {target.parent} » : rien n’y est laissé. Vérifiez les droits."
    return ExportError(4, line, detail)
