# SPDX-License-Identifier: Apache-2.0
"""Several doctors who hear each other: their voices added for the loudspeaker, and for each the others' alone.

What the loudspeaker plays is the sum, and it is what the echo canceller is told of, so that the room's microphone is
rid of all of them; only then the others' voices are added to it (``call.voice``). One doctor alone goes through as is.
No clock of its own: whoever speaks leads, the others' blocks are added to theirs as they come.
"""

from collections import deque

import numpy as np

from call.ports import Block, Loudspeaker

AHEAD = 8
"""Blocks (20 ms) that wait for the one who leads; with more, that one has fallen silent, and another leads. A voice
that begins, or makes good what it is behind (``call.hearing``), brings several at once."""
FEWEST, MOST = 2, 6
"""Blocks that wait before the first goes on to another doctor, and at most."""


class Mixer:
    """``loudspeaker`` plays the sum."""

    def __init__(self, loudspeaker: Loudspeaker) -> None:
        self._loudspeaker = loudspeaker
        self._voices: list[Voice] = []
        self._leader: Voice | None = None

    def voice(self) -> "Voice":
        """One more doctor."""
        voice = Voice(self)
        self._voices.append(voice)
        return voice

    def leave(self, voice: "Voice") -> None:
        """That doctor is gone; what still waited of theirs is not played."""
        self._voices = [other for other in self._voices if other is not voice]
        for other in self._voices:
            other.heard.pop(voice, None)
        if self._leader is voice:
            self._leader = None

    def spoke(self, voice: "Voice", block: Block) -> None:
        """A doctor said ``block``. Raises AudioError of the loudspeaker's."""
        if voice not in self._voices:
            return
        for other in self._voices:
            if other is not voice:
                other.hear(voice, block)
        voice.waiting.append(block)
        if self._leader is None or len(voice.waiting) > AHEAD:
            self._leader = voice
        while self._leader is voice and voice.waiting:
            ready = [other.waiting.popleft() for other in self._voices if other.waiting]
            self._loudspeaker.write(added(ready))


class Voice:
    """One doctor's: a ``call.ports.Loudspeaker`` for what they say."""

    def __init__(self, mixer: Mixer) -> None:
        self._mixer = mixer
        self.waiting: deque[Block] = deque()
        self.heard: dict[Voice, Heard] = {}

    def write(self, block: Block) -> None:
        """They say ``block``."""
        self._mixer.spoke(self, block)

    def hear(self, voice: "Voice", block: Block) -> None:
        """Another doctor says ``block``."""
        if voice not in self.heard:
            self.heard[voice] = Heard()
        self.heard[voice].put(block)

    def others(self) -> Block | None:
        """The next 20 ms of all the others; None while nobody of them is heard."""
        blocks = [block for heard in self.heard.values() if (block := heard.take()) is not None]
        return added(blocks) if blocks else None

    def leave(self) -> None:
        """They are gone."""
        self._mixer.leave(self)


class Heard:
    """What one doctor says on its way to another, whose blocks are asked for by the microphone's clock."""

    def __init__(self) -> None:
        self._blocks: deque[Block] = deque()
        self._flows = False

    def put(self, block: Block) -> None:
        """One more; too many lose the oldest."""
        self._blocks.append(block)
        if len(self._blocks) > MOST:
            while len(self._blocks) > FEWEST:
                self._blocks.popleft()

    def take(self) -> Block | None:
        """The next; None until a few wait, and once none do."""
        self._flows = bool(self._blocks) and (self._flows or len(self._blocks) >= FEWEST)
        return self._blocks.popleft() if self._flows else None


def added(blocks: list[Block]) -> Block:
    """Their sum, as loud as can be."""
    if len(blocks) == 1:
        return blocks[0]
    total = np.sum(blocks, axis=0, dtype=np.int32)
    return np.clip(total, -32_768, 32_767).astype(np.int16)
