# SPDX-License-Identifier: Apache-2.0
"""The stethoscope on ALSA, through PortAudio: what its card gives is kept, and pulling it out loses nothing of it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from device.attachments import Attachments
from device.audio import BLOCK, RATE, SECONDS, PortAudio, PortAudioLoudspeaker, PortAudioMicrophone, SoundPhase
from device.audio.auscultation import Auscultation
from device.clock import SystemClock
from device.codes import Position
from device.entry import SoundRecorded
from device.levels import LevelReader
from device.sound import ListeningPhase
from tests.machine.kit.sounds import Loop, sound_loop
from tests.machine.kit.tools import until
from tests.machine.scenario import Times, scenario
from virtual.auscultation import chest

Samples = npt.NDArray[np.int16]
WINDOW = 480
"""Samples looked for at once: ten milliseconds, which the hiss of the instrument makes like no others."""


class Bed:
    """A loudspeaker that stands for a chest, and a stethoscope on it."""

    def __init__(self, loop: Loop, folder: Path) -> None:
        library = PortAudio()
        self.attachments = Attachments(folder / "captures")
        self.ring = folder / "stethoscope.levels"
        self.chest = PortAudioLoudspeaker(library, loop.loudspeaker, lambda _phase: None)
        self.ears = Auscultation(
            lambda told: PortAudioMicrophone(library, loop.microphone, told, 150),
            label="Loop",
            clock=SystemClock(trusted=True),
            attachments=self.attachments,
            folder=folder / "recordings",
            ring=self.ring,
            on_change=lambda _state: None,
        )

    async def beat(self) -> None:
        """Sound until cancelled, at the pace of the wall."""
        loop, number = asyncio.get_running_loop(), 0
        start, blocks = loop.time(), chest().reshape(-1, BLOCK)
        while True:
            await asyncio.sleep(max(0.0, start + number * SECONDS - loop.time()))
            self.chest.write(blocks[number % len(blocks)])
            number += 1

    async def phase(self, phase: ListeningPhase, seconds: float = 30.0) -> None:
        """Wait until the stethoscope is so."""
        await until(lambda: self.ears.state.phase is phase, f"the stethoscope is {phase}", seconds)

    def heard(self, kept: SoundRecorded) -> Samples:
        """A recording, decoded."""
        with av.open(str(self.attachments.path(kept.sha256))) as file:
            assert dict(file.metadata) == {"POSITION": kept.position.value}
            return np.concatenate([frame.to_ndarray().reshape(-1) for frame in file.decode(audio=0)])


@asynccontextmanager
async def bed(loop: Loop) -> AsyncIterator[Bed]:
    with tempfile.TemporaryDirectory() as folder:
        made = Bed(loop, Path(folder))
        tasks = [asyncio.ensure_future(one()) for one in (made.ears.run, made.chest.run, made.beat)]
        try:
            await until(lambda: made.chest.phase is SoundPhase.READY, "the chest sounds")
            await made.phase(ListeningPhase.READY)
            yield made
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def unbroken(heard: Samples) -> float:
    """The longest stretch of the chest's sound that was heard bit for bit, in seconds: a guest this slow may run out of
    blocks to play, which is a gap in what sounded and none of what is kept."""
    sent = np.tile(chest(), 2)
    bytes_, best, place = sent.tobytes(), 0, 0
    while place + WINDOW < len(heard):
        found = bytes_.find(heard[place : place + WINDOW].tobytes())
        if found < 0 or found % 2 or heard[place : place + WINDOW].min() == heard[place : place + WINDOW].max():
            place += WINDOW
            continue
        length = min(len(heard) - place, len(sent) - found // 2)
        same = heard[place : place + length] == sent[found // 2 : found // 2 + length]
        run = length if same.all() else int(np.argmin(same))
        best, place = max(best, run), place + max(run, WINDOW)
    return best / RATE


@scenario()
async def what_the_card_gives_is_what_is_kept(times: Times) -> None:
    async with sound_loop() as loop, bed(loop) as made:
        await made.ears.start(Position.MITRAL)
        with times.of("four seconds of a heart"):
            await asyncio.sleep(4.0)
        newest = LevelReader(made.ring).latest()
        assert newest is not None
        assert np.abs(newest.envelope.astype(int)).max() > 1000  # a beat; between two there is next to nothing
        with times.of("stopped and safe on the disk"):
            kept = await made.ears.stop(keep=True)
        assert kept is not None
        assert kept.seconds > 2.0
        assert unbroken(made.heard(kept)) > 0.2


@scenario()
async def a_stethoscope_pulled_out_keeps_what_it_heard(times: Times) -> None:
    async with sound_loop() as loop, bed(loop) as made:
        await made.ears.start(Position.ERB)
        await asyncio.sleep(2.0)
        with times.of("noticed", within=3.0):
            loop.pull()
            await made.phase(ListeningPhase.ABSENT)
        await until(lambda: not made.ears.state.recording, "the recording ended")
        kept = await made.ears.stop(keep=True)
        assert kept is not None
        assert kept.seconds > 0.5
        await loop.plug()
        with times.of("back"):
            await made.phase(ListeningPhase.READY, 60.0)
        await made.ears.start(Position.AORTIC)
        await until(lambda: made.ears.state.recording, "it records again")
        await made.ears.stop(keep=False)
