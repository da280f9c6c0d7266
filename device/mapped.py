# SPDX-License-Identifier: Apache-2.0
"""A file that two processes have in memory: made whole before it is seen, told from its successor, read while written.

The space is reserved when the file is made, because a store to a full tmpfs would end the process (SIGBUS).
"""

import mmap
import os
import threading
from pathlib import Path
from typing import NamedTuple


class Identity(NamedTuple):
    """Which file a path names now: another writer's is another inode."""

    device: int
    inode: int


class Memory(NamedTuple):
    """A mapped file. What is made of ``bytes`` keeps the mapping alive."""

    identity: Identity
    bytes: mmap.mmap


def create(path: Path, size: int, header: bytes) -> Memory:
    """Make a file of ``size`` bytes, zeros after ``header``, for its owner alone (0600); rename it over what is there.
    ``OSError`` when the space cannot be had."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, size)
        memory = mmap.mmap(descriptor, size)
        memory[: len(header)] = header
        fresh.replace(path)
        return Memory(_of(os.fstat(descriptor)), memory)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def attach(path: Path) -> Memory:
    """Map a file for reading. ``OSError``; ``ValueError`` for an empty one."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return Memory(_of(os.fstat(descriptor)), mmap.mmap(descriptor, 0, prot=mmap.PROT_READ))
    finally:
        os.close(descriptor)


def identity(path: Path) -> Identity:
    """Which file is there now. ``OSError``."""
    return _of(path.stat())


def remove(path: Path, own: Identity) -> None:
    """Take the file away, unless another writer has put its own there."""
    try:
        if identity(path) == own:
            path.unlink()
    except FileNotFoundError:
        return


def fence() -> None:
    """Keep stores and loads on their side: releasing then taking a lock is a full barrier (needed on ARM, not x86)."""
    lock = threading.Lock()
    with lock:
        pass
    with lock:
        pass


def _of(status: os.stat_result) -> Identity:
    return Identity(status.st_dev, status.st_ino)
