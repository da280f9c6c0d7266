# SPDX-License-Identifier: Apache-2.0
"""Whose picture the cart's screen shows, when there are several doctors: whoever speaks while the one shown is quiet.

A doctor without a picture is not brought in for their voice. Nothing here is of one doctor alone.
"""

import time
from collections.abc import Callable

import msgspec
import numpy as np

from call.ports import Block

LOUD = 400.0
"""Root of the mean square of a block (int16) that counts as speech: -38 dB of full scale."""
SHARE, MEMORY = 0.5, 0.04
"""Of the last half second or so (blocks weigh ``MEMORY`` each) that must be loud for somebody to be speaking."""
QUIET = 1.5
"""Seconds that the one shown must have been quiet."""
SEEN = 1.0
"""Seconds since a doctor's last picture after which they have none."""


class Speech(msgspec.Struct, frozen=True):
    """One doctor's: the share of late that was loud, and when they last spoke (monotonic seconds)."""

    share: float = 0.0
    spoke: float = float("-inf")

    def after(self, block: Block, now: float) -> "Speech":
        """With one more block."""
        loud = float(np.sqrt(np.mean(np.square(block, dtype=np.float64)))) > LOUD
        share = self.share + (loud - self.share) * MEMORY
        return Speech(share, now if share > SHARE else self.spoke)


class Stage:
    """``on_change`` is called when another doctor should be shown."""

    def __init__(self, on_change: Callable[[], None], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._on_change = on_change
        self._monotonic = monotonic
        self._speech: dict[str, Speech] = {}
        self._seen: dict[str, float] = {}
        self.chosen = ""
        """Who took the screen by speaking; "" while nobody has."""

    def enter(self, peer: str) -> None:
        """A doctor comes."""
        self._speech[peer] = Speech()

    def leave(self, peer: str) -> None:
        """A doctor is gone."""
        self._speech.pop(peer, None)
        self._seen.pop(peer, None)
        if self.chosen == peer:
            self.chosen = ""

    def seen(self, peer: str) -> None:
        """A picture of theirs came."""
        self._seen[peer] = self._monotonic()

    def sees(self, peer: str) -> bool:
        """Whether they have a picture."""
        return self._monotonic() - self._seen.get(peer, float("-inf")) <= SEEN

    def heard(self, peer: str, block: Block, shown: str) -> None:
        """They said ``block``, while ``shown`` is on the screen."""
        if len(self._speech) < 2 or peer not in self._speech:  # noqa: PLR2004 - nobody to choose from
            return
        now = self._monotonic()
        self._speech[peer] = speech = self._speech[peer].after(block, now)
        if peer == shown or speech.spoke < now or not self.sees(peer):
            return
        if now - self._speech.get(shown, Speech()).spoke >= QUIET:
            self.chosen = peer
            self._on_change()
