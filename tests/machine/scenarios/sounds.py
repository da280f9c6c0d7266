# SPDX-License-Identifier: Apache-2.0
"""The audio bus on ALSA, through PortAudio."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from device.audio import PortAudio, PortAudioLoudspeaker, PortAudioMicrophone, SoundPhase
from device.audio.metered import Metered
from device.audio.room import Room
from device.clock import SystemClock
from device.sound import Trial
from tests.machine.kit.sounds import Loop, sound_loop
from tests.machine.kit.tools import until
from tests.machine.scenario import Times, scenario


class Sound:
    """A microphone, a loudspeaker and the room they make."""

    def __init__(self, loop: Loop) -> None:
        self._changed: Callable[[SoundPhase], None] = lambda _phase: None
        library = PortAudio()
        self.microphone = PortAudioMicrophone(library, loop.microphone, self._change)
        self.loudspeaker = PortAudioLoudspeaker(library, loop.loudspeaker, self._change)
        self.metered = Metered(self.microphone)
        self.room = Room(self.metered, self.loudspeaker, "", SystemClock(trusted=True), lambda _state: None)

    def _change(self, _phase: SoundPhase) -> None:
        self._changed(_phase)

    async def phases(self, phase: SoundPhase, seconds: float = 30.0) -> None:
        """Wait until the microphone is so."""
        await until(lambda: self.microphone.phase is phase, f"the microphone is {phase}", seconds)


@asynccontextmanager
async def sound(loop: Loop) -> AsyncIterator[Sound]:
    made = Sound(loop)
    tasks = [asyncio.ensure_future(one.run()) for one in (made.metered, made.loudspeaker)]
    try:
        await until(lambda: made.loudspeaker.phase is SoundPhase.READY, "the loudspeaker runs")
        yield made
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@scenario()
async def notes_played_are_heard(times: Times) -> None:
    async with sound_loop() as loop, sound(loop) as made:
        with times.of("sound test"):
            assert await made.room.test() is Trial.PASSED


@scenario()
async def a_card_pulled_out_is_noticed_and_back_by_itself(times: Times) -> None:
    async with sound_loop() as loop, sound(loop) as made:
        assert await made.room.test() is Trial.PASSED
        with times.of("noticed", within=3.0):
            loop.pull()
            await made.phases(SoundPhase.ABSENT)
        await loop.plug()
        with times.of("back"):
            await until(lambda: made.microphone.phase is not SoundPhase.ABSENT, "the microphone is back")
            await until(lambda: made.loudspeaker.phase is SoundPhase.READY, "the loudspeaker is back")
        assert await made.room.test() is Trial.PASSED
