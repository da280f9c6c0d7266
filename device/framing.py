# SPDX-License-Identifier: Apache-2.0
"""Frames out of a stream of bytes, and a stream of samples thinned to what changes. Pure: no clock, no I/O.

A notification or a read of a serial line holds half a frame, one or many, and begins anywhere.
"""

from collections.abc import Iterator, Sequence

from device.driver import Framed
from device.measurement import Measurement

ROOM = 1024
"""Bytes kept while a frame is not whole; the longest frame of a vital-signs instrument is some 130."""
PIECE = 256
"""Bytes taken in at a time, so that a long read costs no more for each byte than a short one."""
REPEAT = 0.8
"""Seconds after which a sample goes on: as often as a stream of 1 Hz, with room for its jitter."""
LEAST = 0.1
"""Seconds between a sample that goes on and the next, even when numbers come or go."""


class Framing:
    """One stream of one connection: whole frames as ``driver.split`` finds them.

    ``dropped`` counts the bytes that belonged to no frame; ``astray`` those since the last whole frame. A buffer that
    fills without a frame is dropped whole, and the search begins again with what comes next.
    """

    def __init__(self, driver: Framed, room: int = ROOM) -> None:
        self.dropped = 0
        self.astray = 0
        self._driver = driver
        self._room = room
        self._buffer = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take ``data`` in and give the frames that it completes, oldest first. To be used up before the next call."""
        for start in range(0, len(data), PIECE):
            self._buffer += data[start : start + PIECE]
            yield from self._frames()
            if len(self._buffer) > self._room:
                self._lose(len(self._buffer))

    def _frames(self) -> Iterator[bytes]:
        while self._buffer:
            frame, size = self._driver.split(self._buffer)
            if frame is None:
                self._lose(size)
                if not size:
                    return
            else:
                self._lose(size - len(frame))
                self._buffer = self._buffer[len(frame) :]
                self.astray = 0
                yield frame

    def _lose(self, size: int) -> None:
        self._buffer = self._buffer[size:]
        self.dropped += size
        self.astray += size


class Thinning:
    """Whether a sample of one connection's stream goes on to the station.

    An oximeter that draws its pulse wave says its numbers sixty to a hundred times a second. All that looks at streams
    (what is steady, what is drawn, what is kept) is made for one a second, and more of them would look steady too soon.
    So a sample goes on after ``REPEAT``, and before that only when numbers came or went: a finger taken out shows at
    once. Measurements that are no samples of a stream always go on.
    """

    def __init__(self) -> None:
        self._there: tuple[bool, ...] = ()
        self._at = float("-inf")

    def passes(self, measurements: Sequence[Measurement], at: float) -> bool:
        """Judge the measurements of one frame that came at ``at`` (monotonic seconds)."""
        if not all(one.continuous for one in measurements):
            return True
        there = tuple(one.value is not None for one in measurements)
        if at - self._at < (REPEAT if there == self._there else LEAST):
            return False
        self._there, self._at = there, at
        return True
