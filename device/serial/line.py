# SPDX-License-Identifier: Apache-2.0
"""From a line's bytes to frames that may be believed; hostile or broken lines are told apart from silent ones. Pure."""

from collections.abc import Iterator

from device.driver import Framed
from device.framing import Framing
from device.registry import Model

BURST = 16 * 1024
"""Bytes that a line may bring at once, after a pause of ours or of its own."""
SLACK = 1.5
"""How much faster than its speed a line may be for long (a USB port has no speed of its own)."""
NOISE = 2048
"""Bytes that fit no frame, those that do taken off, from which a line babbles."""
BELIEVED = 40
"""Bytes that must have fitted in a row before a stream is believed: some formats have no checksum."""


class Allowance:
    """Whether a line brings more than it can carry: a bucket that fills at the line's speed."""

    def __init__(self, baud: int) -> None:
        self._rate = baud / 10 * SLACK
        self._left = float(BURST)
        self._at: float | None = None

    def admits(self, size: int, at: float) -> bool:
        """Take ``size`` bytes that came at ``at`` (monotonic seconds); False when they are too many."""
        if self._at is not None:
            self._left = min(BURST, self._left + (at - self._at) * self._rate)
        self._at = at
        self._left -= size
        return self._left >= 0


class Line:
    """One opening of a port. ``frames`` and ``dropped`` count frames, and bytes that belonged to none."""

    def __init__(self, driver: Framed, model: Model) -> None:
        self.frames = 0
        self.dropped = 0
        self._driver = driver
        self._allowance = Allowance(model.baud)
        self._framing = Framing(driver)
        self._pending = 0
        self._noise = 0
        self._row = 0

    @property
    def babbling(self) -> bool:
        """Whether next to nothing of it fits."""
        return self._noise > NOISE

    @property
    def believed(self) -> bool:
        """Whether what a frame says now may be more than chance."""
        return self._row >= BELIEVED

    @property
    def pending(self) -> bool:
        """Whether a frame has begun and not ended."""
        return self._pending > 0

    def admits(self, data: bytes, at: float) -> bool:
        """Whether the line may bring so much."""
        return self._allowance.admits(len(data), at)

    def frames_of(self, data: bytes) -> Iterator[bytes]:
        """The frames that ``data`` completes. To be used up before the next call."""
        self._pending += len(data)
        for frame in self._framing.feed(data):
            self._count()
            self.frames += 1
            self._pending -= len(frame)
            self._noise = max(0, self._noise - len(frame))
            self._row += len(frame)
            yield frame
        self._count()

    def reject(self, frame: bytes) -> None:
        """A frame that its driver could not read."""
        self._noise += 2 * len(frame)
        self._row = 0

    def give_up(self) -> None:
        """Forget what began and did not end."""
        self._lose(self._pending)
        self._framing = Framing(self._driver)
        self._pending = 0

    def _count(self) -> None:
        lost, self._framing.dropped = self._framing.dropped, 0
        self._pending -= lost
        self._lose(lost)

    def _lose(self, size: int) -> None:
        if size:
            self.dropped += size
            self._noise += size
            self._row = 0
