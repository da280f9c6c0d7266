# SPDX-License-Identifier: Apache-2.0
"""What to play of a voice that comes over a network: packets in order, a short wait for those that are late, and a
word of what to do about those that never come. Pure: ``put`` when a packet is here, ``take`` every 20 ms.

The wait is as long as the network needs: a packet that came too late, or none at all, makes it longer at once; ten calm
seconds make it shorter. What is too much is folded away: a block in two seconds, or every
other one while it is far too much.
"""

from enum import Enum
from typing import NamedTuple

FEWEST, FIRST, MOST = 2, 3, 10
"""Packets (20 ms) that wait before the first is played: at least, to begin with, at most."""
KEPT = 25
"""Packets beyond which the oldest are dropped: after a gap the network delivers them all at once."""
FADED = 5
"""Blocks made up one after the other after which it is silent, and waits again."""
WINDOW = 100
"""Blocks over which too much is too much."""
HURRY = 5
"""Packets more than the wait that are too many at once: then two are folded into one each time."""
CALM = 500
"""Blocks without a late one after which a shorter wait is tried."""
STRANGE = 1_000
"""A jump in sequence numbers that means another stream."""


class Do(Enum):
    """What to do for the next block."""

    PLAY = "play"
    MERGE = "merge"
    """Fold ``packet`` and ``following`` into one block."""
    RECOVER = "recover"
    """It is lost; ``packet`` is the one after it, which may carry a copy."""
    CONCEAL = "conceal"
    """It is lost, or late."""
    WAIT = "wait"
    """Nothing is to be heard."""


class Step(NamedTuple):
    """One block's."""

    do: Do
    packet: bytes = b""
    following: bytes = b""


class Jitter:
    """The packets of one stream. The counts are of blocks: ``taken`` of all but silence, ``recovered`` and
    ``concealed`` of those that were lost or late, ``merged`` of those that went to catch up; ``late`` is of packets."""

    def __init__(self) -> None:
        self.wait = FIRST
        self.taken = self.recovered = self.concealed = self.merged = self.late = 0
        self._packets: dict[int, bytes] = {}
        self._next: int | None = None
        self._highest: int | None = None
        self._faded = 0
        self._calm = 0
        self._least = KEPT
        self._seen = 0

    def put(self, sequence: int, packet: bytes) -> None:
        """A packet is here; ``sequence`` as in RTP, 16 bits."""
        index = self._place(sequence)
        if self._next is not None and index < self._next:
            self.late += 1
            self._longer()
            return
        self._packets[index] = packet
        if self._depth() > KEPT:
            self._begin(max(self._packets) - self.wait + 1)

    def take(self) -> Step:
        """What the next 20 ms are made of."""
        if self._next is None:
            if self._depth() < self.wait:
                return Step(Do.WAIT)
            self._begin(min(self._packets))
        self.taken += 1
        return self._starved() if not self._packets else self._step()

    def _step(self) -> Step:
        present = self._next or 0
        self._faded = 0
        self._watch()
        self._next = present + 1
        packet, following = self._packets.pop(present, None), self._packets.get(present + 1)
        if packet is not None:
            long = self._least > self.wait and self._seen >= WINDOW
            if following is not None and (long or self._depth() > self.wait + HURRY):
                return self._merge(packet, present + 1)
            return Step(Do.PLAY, packet)
        if following is not None:
            self.recovered += 1
            return Step(Do.RECOVER, following)
        self.concealed += 1
        return Step(Do.CONCEAL)

    def _merge(self, packet: bytes, following: int) -> Step:
        self.merged += 1
        self._next = following + 1
        self._least, self._seen = KEPT, 0
        return Step(Do.MERGE, packet, self._packets.pop(following))

    def _starved(self) -> Step:
        """Nothing is there: what comes next is late, not lost, and is not skipped."""
        self._faded += 1
        if self._faded == 1:
            self._longer()
        if self._faded > FADED:
            self._next = None
            self.taken -= 1
            return Step(Do.WAIT)
        self.concealed += 1
        return Step(Do.CONCEAL)

    def _watch(self) -> None:
        depth = self._depth()
        self._least = depth if self._seen == 0 else min(self._least, depth)
        self._seen += 1
        if self._seen > WINDOW:
            self._least, self._seen = depth, 1
        self._calm += 1
        if self._calm >= CALM:
            self._calm = 0
            self.wait = max(FEWEST, self.wait - 1)

    def _longer(self) -> None:
        self._calm = 0
        self.wait = min(MOST, self.wait + 1)

    def _begin(self, index: int) -> None:
        self._next = index
        self._faded = 0
        self._least, self._seen = KEPT, 0
        self._packets = {key: value for key, value in self._packets.items() if key >= index}

    def _depth(self) -> int:
        """Packets from the next one to the newest, those that are missing in between too."""
        if not self._packets:
            return 0
        return max(self._packets) - (min(self._packets) if self._next is None else self._next) + 1

    def _place(self, sequence: int) -> int:
        """The number without its wrapping."""
        if self._highest is None:
            self._highest = sequence
        step = (sequence - self._highest + 0x8000) % 0x10000 - 0x8000
        if abs(step) > STRANGE:
            self._packets, self._next = {}, None
        index = self._highest + step
        self._highest = index if abs(step) > STRANGE else max(self._highest, index)
        return index
