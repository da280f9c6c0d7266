# SPDX-License-Identifier: Apache-2.0
"""f19: a microphone that is missing or hears nothing is said before the call; silence never stands in for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest

from device.audio import BLOCK, PortAudio, PortAudioLoudspeaker, PortAudioMicrophone, SoundPhase
from device.errors import AudioError
from tests.device.audio.machine import Machine


class News:
    def __init__(self) -> None:
        self.phases: list[SoundPhase] = []
        self._changed = asyncio.Event()

    def note(self, phase: SoundPhase) -> None:
        self.phases.append(phase)
        self._changed.set()

    async def until(self, phase: SoundPhase, seconds: float = 5) -> None:
        async with asyncio.timeout(seconds):
            while not self.phases or self.phases[-1] is not phase:
                self._changed.clear()
                await self._changed.wait()


@contextlib.asynccontextmanager
async def running(device: PortAudioMicrophone | PortAudioLoudspeaker) -> AsyncIterator[None]:
    task = asyncio.create_task(device.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def noise(number: int) -> bytes:
    return np.random.default_rng(number).integers(-50, 50, BLOCK, np.int16).tobytes()


async def test_f19_missing_microphone_is_said_without_being_asked() -> None:
    machine, news = Machine("output"), News()
    microphone = PortAudioMicrophone(PortAudio(machine), None, news.note)
    async with running(microphone):
        await news.until(SoundPhase.ABSENT)
        assert "débranché" in microphone.phase.line
        with pytest.raises(AudioError) as caught:
            await microphone.read()
        assert caught.value.code == "AUD-01"
        assert "ne vous entendra pas" in caught.value.line


async def test_f19_microphone_plugged_in_later_is_found() -> None:
    machine, news = Machine(), News()
    microphone = PortAudioMicrophone(PortAudio(machine), None, news.note)
    async with running(microphone):
        await news.until(SoundPhase.ABSENT)
        machine.plugged.add("input")
        async with asyncio.timeout(5):
            while not machine.streams:
                await asyncio.sleep(0.02)
        await feed_until(machine, news, SoundPhase.READY)
        assert (await microphone.read()).shape == (BLOCK,)


async def test_f19_microphone_unplugged_in_the_call_is_said_and_comes_back() -> None:
    machine, news = Machine("input"), News()
    microphone = PortAudioMicrophone(PortAudio(machine), None, news.note)
    async with running(microphone):
        await feed_until(machine, news, SoundPhase.READY)
        machine.plugged.clear()
        await news.until(SoundPhase.ABSENT)
        machine.plugged.add("input")
        await feed_until(machine, news, SoundPhase.READY)


async def test_f19_microphone_muted_by_its_button_is_said() -> None:
    machine, news = Machine("input"), News()
    microphone = PortAudioMicrophone(PortAudio(machine), None, news.note)
    async with running(microphone):
        await feed_until(machine, news, SoundPhase.READY)
        await feed_until(machine, news, SoundPhase.SILENT, lambda _: bytes(2 * BLOCK))
        assert "muet" in microphone.phase.line
        await feed_until(machine, news, SoundPhase.READY)


async def test_f19_missing_loudspeaker_is_said_and_writing_to_it_harms_nothing() -> None:
    machine, news = Machine("input"), News()
    loudspeaker = PortAudioLoudspeaker(PortAudio(machine), None, news.note)
    async with running(loudspeaker):
        await news.until(SoundPhase.ABSENT)
        for _ in range(1000):
            loudspeaker.write(np.zeros(BLOCK, np.int16))
        assert len(loudspeaker._blocks) == 10


async def test_f19_loudspeaker_does_not_take_the_microphones_stream_away() -> None:
    """PortAudio is only started again, to look for devices, while no stream runs (the machine asserts it)."""
    machine, heard, said = Machine("input"), News(), News()
    portaudio = PortAudio(machine)
    microphone = PortAudioMicrophone(portaudio, None, heard.note)
    loudspeaker = PortAudioLoudspeaker(portaudio, None, said.note)
    async with running(microphone):
        await feed_until(machine, heard, SoundPhase.READY)
        async with running(loudspeaker):
            await said.until(SoundPhase.ABSENT)
            assert machine.stream("input").running


async def test_f19_microphone_plugged_in_while_the_loudspeaker_plays_is_found() -> None:
    """The loudspeaker's stream is let go for a moment, so that PortAudio may look for devices again."""
    machine, heard, said = Machine("output"), News(), News()
    portaudio = PortAudio(machine, machine.cards)
    loudspeaker = PortAudioLoudspeaker(portaudio, None, said.note)
    async with running(loudspeaker):
        await said.until(SoundPhase.READY)
        async with running(PortAudioMicrophone(portaudio, None, heard.note)), playing(machine):
            await heard.until(SoundPhase.ABSENT)
            machine.plugged.add("input")
            await feed_until(machine, heard, SoundPhase.READY)
            assert loudspeaker.phase is SoundPhase.READY
            assert machine.stream("output").running
    assert said.phases == [SoundPhase.READY], "nobody is told of a moment's pause"


@contextlib.asynccontextmanager
async def playing(machine: Machine) -> AsyncIterator[None]:
    """The card asks for a block every 20 ms."""

    async def ask() -> None:
        while True:
            with contextlib.suppress(StopIteration):
                await asyncio.to_thread(machine.stream("output").callback, bytearray(2 * BLOCK), BLOCK, None, None)
            await asyncio.sleep(0.02)

    task = asyncio.create_task(ask())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def feed_until(machine: Machine, news: News, phase: SoundPhase, block: Callable[[int], bytes] = noise) -> None:
    """Give blocks from another thread, as PortAudio does, every 20 ms until the microphone is so."""
    done = asyncio.Event()

    async def give() -> None:
        number = 0
        while not done.is_set():
            number += 1
            with contextlib.suppress(StopIteration):
                stream = machine.stream("input")
                await asyncio.to_thread(stream.callback, block(number), BLOCK, None, None)
            await asyncio.sleep(0.02)

    async with asyncio.TaskGroup() as group:
        group.create_task(give())
        await news.until(phase)
        done.set()
