# SPDX-License-Identifier: Apache-2.0
"""A sound's waveform between processes: its envelope and its level in a memory-mapped file; the newest wins.

The file (mode 0600, meant for a tmpfs) holds native 64-bit words, then the envelope::

    header    magic · version · capacity · points a second · lock (odd while it is written) · points written so far ·
              level (float64, dB of full scale) · monotonic (float64, when the newest point was heard)
    envelope  ``capacity`` pairs of int16: the lowest and the highest sample of each point; point n at n % capacity

The writer never waits. A reader copies everything, and reads the lock before and after (a seqlock). A new writer is a
new file renamed over the old one: a reader sees another inode and opens it.
"""

import logging
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from device.errors import AudioError
from device.mapped import Identity, attach, create, fence, identity, remove

log = logging.getLogger(__name__)

MAGIC = int.from_bytes(b"ChvtLvls", "little")
VERSION = 1
POINTS_A_SECOND = 200
CAPACITY = 2000
"""Points kept: ten seconds."""
MAX_CAPACITY = 1 << 16

_WORDS = 8
_MAGIC, _VERSION, _CAPACITY, _RATE, _LOCK, _WRITTEN, _LEVEL, _MONOTONIC = range(_WORDS)
_HEADER_BYTES = 64
_TRIES = 4

Envelope = npt.NDArray[np.int16]
"""Of shape (points, 2): the lowest and the highest sample of each."""


class Heard(NamedTuple):
    """What was heard last. ``written`` counts the points since the sound began, ``rate`` is points a second, ``level``
    is dB of full scale, and ``monotonic`` (CLOCK_MONOTONIC, seconds) is when the newest point was heard.

    How old that is, is the caller's to judge: the file of a process that was killed keeps its last points.
    """

    written: int
    rate: int
    level: float
    monotonic: float
    envelope: Envelope


class LevelWriter:
    """Writes points. One thread, one writer for a path; ``OSError`` when the space cannot be had."""

    def __init__(self, path: Path, capacity: int = CAPACITY) -> None:
        self._path = path
        header = np.array((MAGIC, VERSION, capacity, POINTS_A_SECOND), np.uint64).tobytes()
        self._identity, memory = create(path, _HEADER_BYTES + capacity * 4, header)
        self._words = np.frombuffer(memory, np.uint64, _WORDS)
        self._floats = np.frombuffer(memory, np.float64, _WORDS)
        self._points = np.frombuffer(memory, np.int16, capacity * 2, _HEADER_BYTES).reshape(capacity, 2)

    def write(self, envelope: Envelope, level: float, monotonic: float) -> None:
        """Publish the next points, the newest last."""
        words, capacity = self._words, len(self._points)
        written = int(words[_WRITTEN])
        kept = envelope[-capacity:]
        written += len(envelope) - len(kept)
        words[_LOCK] += np.uint64(1)
        fence()
        self._points[np.arange(written, written + len(kept)) % capacity] = kept
        words[_WRITTEN] = written + len(kept)
        self._floats[_LEVEL] = level
        self._floats[_MONOTONIC] = monotonic
        fence()
        words[_LOCK] += np.uint64(1)

    def close(self) -> None:
        """Take the file away, unless another writer has put its own there."""
        remove(self._path, self._identity)


class LevelReader:
    """Reads the newest points, from another process. The file may be missing, replaced or gone at any moment."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity: Identity | None = None
        self._words = np.zeros(_WORDS, np.uint64)
        self._points: Envelope = np.zeros((0, 2), np.int16)
        self._newest: Heard | None = None

    def latest(self, points: int = CAPACITY) -> Heard | None:
        """The newest points, at most ``points`` of them and the oldest first, in an array of their own; None when there
        is no ring, nothing in it yet, or no ring that can be read."""
        try:
            now = identity(self._path)
            if now != self._identity:
                self._identity, self._newest = now, None
                self._points = np.zeros((0, 2), np.int16)
                self._open()
        except FileNotFoundError:
            self._identity, self._newest = None, None
            return None
        except AudioError as error:
            log.warning("%s %s", error.code, error)
        if len(self._points):
            self._newest = self._read() or self._newest
        newest = self._newest
        return newest and newest._replace(envelope=newest.envelope[max(0, len(newest.envelope) - points) :])

    def _open(self) -> None:
        """Map the ring. Raises FileNotFoundError, and AudioError if it is not a ring of ours."""
        try:
            self._identity, memory = attach(self._path)
        except ValueError as error:
            raise _not_levels(self._path, "empty") from error
        if len(memory) < _HEADER_BYTES:
            raise _not_levels(self._path, f"{len(memory)} bytes")
        words = np.frombuffer(memory, np.uint64, _WORDS)
        magic, version, capacity = (int(word) for word in words[:_RATE])
        if (magic, version) != (MAGIC, VERSION):
            raise _not_levels(self._path, f"magic {magic:#x}, version {version}")
        if not 0 < capacity <= MAX_CAPACITY or len(memory) != _HEADER_BYTES + capacity * 4:
            raise _not_levels(self._path, f"{len(memory)} bytes for {capacity} points")
        self._words = words
        self._points = np.frombuffer(memory, np.int16, capacity * 2, _HEADER_BYTES).reshape(capacity, 2)

    def _read(self) -> Heard | None:
        for _ in range(_TRIES):
            lock = int(self._words[_LOCK])
            if lock % 2:
                continue
            fence()
            words, points = self._words.copy(), self._points.copy()
            fence()
            written = int(words[_WRITTEN])
            if int(self._words[_LOCK]) == lock and written:
                level, monotonic = (float(value) for value in words[_LEVEL:].view(np.float64))
                start = max(0, written - len(points))
                ordered = points[np.arange(start, written) % len(points)]
                return Heard(written, int(words[_RATE]), level, monotonic, ordered)
        return None


def _not_levels(path: Path, why: str) -> AudioError:
    return AudioError(9, "L’onde du son ne peut pas être affichée.", f"{path}: not a ring of levels ({why})")
