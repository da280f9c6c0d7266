# SPDX-License-Identifier: Apache-2.0
"""The import folder: what lies in it, whole and closed; reading it; putting it away. Blocks; for a thread.

Files come over a network share or from an instrument, and whoever writes there is not trusted: only plain files are
seen, links are not followed, and what is put away is moved within the folder, never out of it.
"""

import errno
import fcntl
import logging
import os
import signal
import stat
import time
from pathlib import Path
from typing import NamedTuple

from device.documents.examine import sized
from device.documents.kinds import MAX_BYTES
from device.errors import DocumentError

log = logging.getLogger(__name__)

REFUSED, DISCARDED = "refused", "discarded"
MOST = 200
"""Files looked at in the folder, and files kept of those put away; the oldest of these go first."""
UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart")
"""Endings that programs give to what they still write."""


class Seen(NamedTuple):
    """A file as it was seen; another ``changed``, ``size`` or ``inode`` is another content."""

    name: str
    size: int
    changed: int
    inode: int


class Folder:
    """The folder at ``path``, made if it is missing. Methods raise DocumentError (DOC-11) when it cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def seen(self) -> tuple[Seen, ...]:
        """The plain files there, the oldest first."""
        try:
            for folder in (self._path, self._path / REFUSED, self._path / DISCARDED):
                folder.mkdir(mode=0o770, parents=True, exist_ok=True)
            with os.scandir(self._path) as entries:
                found = [
                    (entry, entry.stat(follow_symlinks=False))
                    for entry in entries
                    if not entry.name.startswith(".") and not entry.name.lower().endswith(UNFINISHED)
                ]
        except OSError as error:
            raise unusable(error) from error
        plain = [Seen(one.name, at.st_size, at.st_mtime_ns, at.st_ino) for one, at in found if stat.S_ISREG(at.st_mode)]
        return tuple(sorted(plain, key=lambda one: (one.changed, one.name))[:MOST])

    def read(self, seen: Seen) -> bytes | None:
        """Its bytes; None while somebody writes it, or when it is no longer what was seen."""
        try:
            descriptor = os.open(self._path / seen.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                return None
            raise unusable(error) from error
        with os.fdopen(descriptor, "rb") as file:
            now = os.fstat(descriptor)
            same = (now.st_size, now.st_mtime_ns, now.st_ino) == seen[1:] and stat.S_ISREG(now.st_mode)
            if not same or _being_written(descriptor):
                return None
            sized(seen.size)
            try:
                data = file.read(MAX_BYTES + 1)
            except OSError as error:
                raise unusable(error) from error
        return data if len(data) == seen.size else None

    def put_away(self, name: str, where: str) -> None:
        """Move a file into a folder beside; nothing there is overwritten. One that is gone is no error."""
        folder = self._path / where
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        try:
            short = os.fsdecode(os.fsencode(name)[-150:])
            target = folder / f"{stamp}-{time.monotonic_ns() % 10**6:06}-{short}"
            (self._path / name).rename(target)
            kept = sorted(one for one in folder.iterdir() if one.is_file())
            for old in kept[:-MOST]:
                log.info("the oldest of %d files put away goes", len(kept))
                old.unlink(missing_ok=True)
        except FileNotFoundError:
            return
        except OSError as error:
            raise unusable(error) from error

    def remove(self, name: str) -> None:
        """Take a file away for good. One that is gone is no error."""
        try:
            (self._path / name).unlink(missing_ok=True)
        except OSError as error:
            raise unusable(error) from error


def _being_written(descriptor: int) -> bool:
    """Whether somebody has it open for writing, where the kernel tells: a read lease is refused then (fcntl(2)).

    Who opens it while we hold the lease makes the kernel signal us: by one that is ignored, not by SIGIO, which kills.
    """
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False


def unusable(error: OSError) -> DocumentError:
    """DOC-11."""
    line = "Le dossier des fichiers reçus ne répond pas. Prévenez le technicien."
    return DocumentError(11, line, f"{type(error).__name__} {error.errno}", retry=True)
