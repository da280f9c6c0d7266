# SPDX-License-Identifier: Apache-2.0
"""The room's sound: how the microphone and the loudspeaker are, and a test that plays a few notes and hears them."""

import asyncio
import logging
from collections.abc import Callable

import msgspec
import numpy as np

from device.audio.chirp import chirp, judge
from device.audio.metered import Metered, Tap
from device.audio.sound import BLOCK, SECONDS, Block, Loudspeaker, Microphone, SoundPhase
from device.clock import Clock
from device.sound import SoundState, Trial

log = logging.getLogger(__name__)

BEFORE = 0.2
"""Seconds heard before the notes."""
AFTER = 0.8
"""Seconds heard after them: the longest way through buffers, air and buffers."""
DEADLINE = 4.0
_PHASES = {SoundPhase.ABSENT, SoundPhase.SILENT}


class Room:
    """Microphone and loudspeaker, which both have to run. ``ring`` is the path of the microphone's level ring;
    ``on_change`` is told each new state."""

    def __init__(
        self,
        microphone: Metered,
        loudspeaker: Loudspeaker,
        ring: str,
        clock: Clock,
        on_change: Callable[[SoundState], None],
    ) -> None:
        self._microphone = microphone
        self._loudspeaker = loudspeaker
        self._clock = clock
        self._on_change = on_change
        self._turn = asyncio.Lock()
        self.state = SoundState(ring)

    def changed(self) -> None:
        """A phase changed."""
        self._become(microphone=_line(self._microphone.phase), loudspeaker=_line(self._loudspeaker.phase))

    async def test(self) -> Trial:
        """Play and hear, within four seconds; while a test runs, a second one is that one. The answer is in ``state``,
        too."""
        if self._turn.locked():
            async with self._turn:
                return self.state.trial
        async with self._turn:
            self._become(trial=Trial.RUNNING, tested=None)
            found = Trial.UNKNOWN
            try:
                found = await self._try()
            finally:
                self._become(trial=found, tested=self._clock.now())
            log.info("sound test: %s", found.value)
            return found

    async def _try(self) -> Trial:
        heard: list[Block] = []
        if self._gone(self._loudspeaker):
            return Trial.NO_LOUDSPEAKER
        try:
            async with asyncio.timeout(DEADLINE):
                with self._microphone.tap(round(DEADLINE / SECONDS)) as tap:
                    await self._play(tap, heard)
        except TimeoutError:
            log.info("sound test: not over after %s s", DEADLINE)
        if self._gone(self._microphone) or not heard:
            return Trial.NO_MICROPHONE
        if self._gone(self._loudspeaker):
            return Trial.NO_LOUDSPEAKER
        return await asyncio.to_thread(judge, np.concatenate(heard))

    async def _play(self, tap: Tap, heard: list[Block]) -> None:
        """The notes at their pace, a block at a time: no more than 200 ms may wait in the loudspeaker."""
        loop = asyncio.get_running_loop()
        notes = np.concatenate((chirp(), np.zeros(-len(chirp()) % BLOCK, np.int16))).reshape(-1, BLOCK)
        start = loop.time() + BEFORE
        for number, block in enumerate(notes):
            await asyncio.sleep(start + number * SECONDS - loop.time())
            self._loudspeaker.write(block)
        await asyncio.sleep(AFTER)
        heard.extend(tap.take())

    @staticmethod
    def _gone(device: Microphone | Loudspeaker) -> bool:
        return device.phase is SoundPhase.ABSENT

    def _become(self, **changes: object) -> None:
        state = msgspec.structs.replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self._on_change(state)


def _line(phase: SoundPhase) -> str:
    return phase.line if phase in _PHASES else ""
