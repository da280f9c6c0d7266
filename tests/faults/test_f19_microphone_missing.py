# SPDX-License-Identifier: Apache-2.0
"""f19: a microphone that is missing or hears nothing is said before the call; silence never stands in for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest

from device.audio import BLOCK, PortAudio, PortAudioLoudspeaker, PortAudioMicrophone, SoundPhase
from device.errors import AudioError


class PortAudioError(Exception):
    pass


class Machine:
    """A sounddevice whose machine has the devices that it is told to have; they are listed when it starts."""

    PortAudioError = PortAudioError

    def __init__(self, *kinds: str) -> None:
        self.plugged = set(kinds)
        self.listed: set[str] = set()
        self.streams: list[Stream] = []

    def _terminate(self) -> None:
        assert not [stream for stream in self.streams if stream.running], "PortAudio ended under a running stream"

    def _initialize(self) -> None:
        self.listed = set(self.plugged)

    def RawInputStream(self, **options: Any) -> "Stream":  # noqa: N802 - sounddevice's name
        return self._stream("input", **options)

    def RawOutputStream(self, **options: Any) -> "Stream":  # noqa: N802 - sounddevice's name
        return self._stream("output", **options)

    def _stream(self, kind: str, **options: Any) -> "Stream":
        if kind not in self.listed:
            raise PortAudioError(f"Error querying device -1 ({kind})")
        assert (options["samplerate"], options["blocksize"], options["channels"]) == (48000, BLOCK, 1)
        self.streams.append(Stream(kind, options["callback"]))
        return self.streams[-1]

    def stream(self, kind: str) -> "Stream":
        return next(stream for stream in reversed(self.streams) if stream.kind == kind and stream.running)


class Stream:
    def __init__(self, kind: str, callback: Callable[..., None]) -> None:
        self.kind, self.callback, self.running = kind, callback, False

    def start(self) -> None:
        self.running = True

    def close(self, ignore_errors: bool) -> None:
        assert ignore_errors
        self.running = False


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
