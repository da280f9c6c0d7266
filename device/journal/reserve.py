# SPDX-License-Identifier: Apache-2.0
"""The reserve: a file that holds space beside the journal, given up first when the disk is full.

A full SQLite can neither delete nor checkpoint, so room cannot be made by removing rows.
"""

import contextlib
import os
from pathlib import Path

SIZE = 8 << 20
"""Bytes: about 300 commits of 25 kB, more than the rest of any encounter."""


class Reserve:
    """The file at ``path``; ``held`` tells that it stands whole."""

    def __init__(self, path: Path, size: int = SIZE) -> None:
        self._path = path
        self._size = size

    @property
    def held(self) -> bool:
        """Whether the space is kept."""
        try:
            return self._path.stat().st_size >= self._size
        except OSError:
            return False

    @property
    def roomy(self) -> bool:
        """Whether as much again is free beside it."""
        try:
            space = os.statvfs(self._path.parent)
        except OSError:
            return False
        return space.f_bavail * space.f_frsize >= self._size

    def hold(self) -> bool:
        """Take the space if it is not taken yet; False when there is not enough room."""
        if self.held:
            return True
        try:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, self._size)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError:
            self.release()
            return False
        return True

    def release(self) -> bool:
        """Give the space up; True when there was any."""
        had = self._path.exists()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
        return had
