# SPDX-License-Identifier: Apache-2.0
"""Pictures between processes: a ring of frames in a memory-mapped file; the newest wins and the writer never waits.

The file (mode 0600, meant for a tmpfs) holds a header and ``slots`` frames; all numbers are native 64-bit words::

    header   magic · version · slots · width · height · slot bytes · published (frames written so far)
    slot     lock (odd while it is written) · sequence · monotonic (float64) · I420 bytes

A frame's slot is ``published % slots``, so a reader has ``slots - 1`` frame times to copy the newest one before it is
overwritten; the lock word, read before and after the copy, tells when it was not enough (a seqlock). A new writer or a
new size is a new file renamed over the old one: a reader sees another inode and opens it.
"""

import logging
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from device.errors import CameraError
from device.mapped import Identity, Memory, attach, create, fence, identity, remove

log = logging.getLogger(__name__)

MAGIC = int.from_bytes(b"ChvtRing", "little")
VERSION = 1
MAX_SIDE = 8192
"""Widest and tallest picture accepted, in pixels."""
MAX_SLOTS = 16

_HEADER_BYTES = 4096
_SLOT_HEADER_BYTES = 64
_MAGIC, _VERSION, _SLOTS, _WIDTH, _HEIGHT, _SLOT_BYTES, _PUBLISHED = range(7)
_LOCK, _SEQUENCE, _MONOTONIC = range(3)
_TRIES = 4

_Words = npt.NDArray[np.uint64]
_Bytes = npt.NDArray[np.uint8]


class Picture(NamedTuple):
    """One picture. ``sequence`` grows within its camera, ``monotonic`` is when it was taken (CLOCK_MONOTONIC, seconds).

    ``i420`` is uint8 of shape (height * 3 // 2, width), limited range, BT.601, read-only; width and height are even.
    """

    sequence: int
    monotonic: float
    width: int
    height: int
    i420: npt.NDArray[np.uint8]


class RingWriter:
    """Writes pictures. One thread, one writer for a path; ``OSError`` when the space cannot be had."""

    def __init__(self, path: Path, width: int, height: int, slots: int = 4) -> None:
        self._path = path
        self._slots = slots
        self._map = _create(path, width, height, slots)

    def write(self, picture: Picture) -> None:
        """Publish a picture; of another size than the last, in a new file."""
        if (picture.width, picture.height) != (self._map.width, self._map.height):
            self._map = _create(self._path, picture.width, picture.height, self._slots)
        ring = self._map
        published = int(ring.header[_PUBLISHED]) + 1
        words, frame = ring.slot(published)
        words[_LOCK] += np.uint64(1)
        fence()
        words[_SEQUENCE] = picture.sequence
        words[_MONOTONIC : _MONOTONIC + 1].view(np.float64)[0] = picture.monotonic
        frame[:] = picture.i420
        fence()
        words[_LOCK] += np.uint64(1)
        ring.header[_PUBLISHED] = published

    def close(self) -> None:
        """Take the file away, unless another writer has put its own there."""
        remove(self._path, self._map.identity)


class RingReader:
    """Reads the newest picture, from another process. The file may be missing, replaced or gone at any moment."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._map: _Map | None = None
        self._newest: Picture | None = None
        self._refused: Identity | None = None

    def latest(self) -> Picture | None:
        """The newest picture, a copy of its own (the same object until there is a newer one), or None.

        None when there is no ring, nothing in it yet, or no ring that can be read. How old the picture is, is the
        caller's to judge from ``monotonic``: the file of a process that was killed keeps its last one.
        """
        try:
            now = identity(self._path)
            if self._map is None or now != self._map.identity:
                self._map, self._newest = None, None
                if now == self._refused:
                    return None
                self._map = _open(self._path)
        except FileNotFoundError:
            self._map, self._newest = None, None
            return None
        except CameraError as error:
            self._refused = now
            log.warning("%s %s", error.code, error)
            return None
        return self._read(self._map)

    def _read(self, ring: "_Map") -> Picture | None:
        for _ in range(_TRIES):
            published = int(ring.header[_PUBLISHED])
            if published == 0:
                return None
            words, frame = ring.slot(published)
            lock = int(words[_LOCK])
            sequence = int(words[_SEQUENCE])
            if lock % 2:
                continue
            if self._newest is not None and self._newest.sequence == sequence:
                return self._newest
            fence()
            i420 = frame.copy()
            monotonic = float(words[_MONOTONIC : _MONOTONIC + 1].view(np.float64)[0])
            fence()
            if int(words[_LOCK]) == lock:
                i420.flags.writeable = False
                self._newest = Picture(sequence, monotonic, ring.width, ring.height, i420)
                return self._newest
        return self._newest


class _Map(NamedTuple):
    """A mapped ring; the arrays keep the mapping alive."""

    identity: Identity
    header: _Words
    frames: _Bytes
    slots: int
    width: int
    height: int

    def slot(self, published: int) -> tuple[_Words, _Bytes]:
        """The words and the frame of the ``published``-th picture."""
        row = self.frames[published % self.slots]
        end = _SLOT_HEADER_BYTES + self.width * self.height * 3 // 2
        frame = row[_SLOT_HEADER_BYTES:end].reshape(self.height * 3 // 2, self.width)
        return row[:_SLOT_HEADER_BYTES].view(np.uint64), frame


def _slot_bytes(width: int, height: int) -> int:
    return (_SLOT_HEADER_BYTES + width * height * 3 // 2 + 63) // 64 * 64


def _create(path: Path, width: int, height: int, slots: int) -> _Map:
    _check(path, width, height, slots)
    size = _HEADER_BYTES + slots * _slot_bytes(width, height)
    header = np.array((MAGIC, VERSION, slots, width, height, _slot_bytes(width, height)), np.uint64).tobytes()
    return _arrays(create(path, size, header))


def _open(path: Path) -> _Map:
    """Map a ring for reading. Raises FileNotFoundError, and CameraError if it is not a ring of ours."""
    try:
        memory = attach(path)
    except ValueError as error:
        raise _not_a_ring(path, "empty") from error
    size = len(memory.bytes)
    if size < _HEADER_BYTES:
        raise _not_a_ring(path, f"{size} bytes")
    magic, version, slots, width, height, slot_bytes = map(int, np.frombuffer(memory.bytes, np.uint64, 6))
    if (magic, version) != (MAGIC, VERSION):
        raise _not_a_ring(path, f"magic {magic:#x}, version {version}")
    _check(path, width, height, slots)
    if slot_bytes != _slot_bytes(width, height) or size < _HEADER_BYTES + slots * slot_bytes:
        raise _not_a_ring(path, f"{size} bytes for {slots} frames of {width}x{height}")
    return _arrays(memory)


def _arrays(memory: Memory) -> _Map:
    header = np.frombuffer(memory.bytes, np.uint64, 7)
    slots, width, height, slot_bytes = map(int, header[_SLOTS:_PUBLISHED])
    frames = np.frombuffer(memory.bytes, np.uint8, slots * slot_bytes, _HEADER_BYTES).reshape(slots, slot_bytes)
    return _Map(memory.identity, header, frames, slots, width, height)


def _check(path: Path, width: int, height: int, slots: int) -> None:
    sides = all(0 < side <= MAX_SIDE and side % 2 == 0 for side in (width, height))
    if not sides or not 1 < slots <= MAX_SLOTS:
        raise _not_a_ring(path, f"{slots} frames of {width}x{height}")


def _not_a_ring(path: Path, why: str) -> CameraError:
    return CameraError(9, "L’image ne peut pas être affichée.", f"{path}: not a ring of pictures ({why})")
