# SPDX-License-Identifier: Apache-2.0
"""The stethoscope, from PortAudio's callback to the file that is kept: the fake is sounddevice itself."""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest

from device.attachments import Attachments
from device.audio import BLOCK, RATE, PortAudio, PortAudioMicrophone
from device.audio.auscultation import LEFT, Auscultation
from device.clock import SystemClock
from device.codes import Position
from device.errors import AudioError, JournalError
from device.levels import LevelReader
from device.sound import ListeningPhase, ListeningState
from tests.device.audio.machine import Machine

NAME = "Stethoscope"
MOST = 32.0


class Bed:
    """A stethoscope on a machine, and what it told."""

    def __init__(self, folder: Path, *devices: str, seconds: float = MOST) -> None:
        self.folder = folder
        self.machine = Machine(*devices)
        self.attachments = Attachments(folder / "captures")
        self.states: list[ListeningState] = []
        self.full: list[bool] = []
        self.given: list[np.ndarray] = []
        self._came = asyncio.Event()
        portaudio = PortAudio(self.machine, self.machine.cards)
        self.ears = Auscultation(
            lambda told: PortAudioMicrophone(portaudio, NAME, told, kept=150),
            label="Littmann CORE",
            clock=SystemClock(trusted=True),
            attachments=self.attachments,
            folder=folder / "recordings",
            ring=folder / "stethoscope.levels",
            on_change=self._note,
            on_full=self.full.append,
            seconds=seconds,
        )

    def _note(self, state: ListeningState) -> None:
        self.states.append(state)
        self._came.set()

    async def until(self, phase: ListeningPhase, *, recording: bool | None = None) -> ListeningState:
        async with asyncio.timeout(10):
            while self.ears.state.phase is not phase or recording not in {None, self.ears.state.recording}:
                self._came.clear()
                await self._came.wait()
        return self.ears.state

    async def give(self, samples: np.ndarray, status: object = None) -> None:
        """Blocks from the card's thread, as fast as the cart takes them."""
        for number, block in enumerate(samples.reshape(-1, BLOCK)):
            if await asyncio.to_thread(self.machine.give, NAME, block.astype("<i2").tobytes(), status):
                self.given.append(block)
            if number % 100 == 99:
                await asyncio.sleep(0.11)

    async def ready(self) -> None:
        async with asyncio.timeout(10):
            while self.ears.state.phase is not ListeningPhase.READY:
                await self.give(noise(5))
                await asyncio.sleep(0.05)
        self.given.clear()

    def kept(self, sha256: str) -> tuple[np.ndarray, dict[str, str], int]:
        with av.open(str(self.attachments.path(sha256))) as file:
            frames = [frame.to_ndarray().reshape(-1) for frame in file.decode(audio=0)]
            return np.concatenate(frames), dict(file.metadata), file.streams.audio[0].rate


@contextlib.asynccontextmanager
async def bed(folder: Path, *devices: str, seconds: float = MOST) -> AsyncIterator[Bed]:
    made = Bed(folder, *devices, seconds=seconds)
    task = asyncio.create_task(made.ears.run())
    try:
        yield made
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def noise(blocks: int, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).integers(-2000, 2000, blocks * BLOCK, np.int16)


def tones(seconds: int) -> tuple[np.ndarray, list[int]]:
    """20 Hz to 1 kHz at once, whole periods in a second, each of the same loudness."""
    hertz = [20, 31, 50, 80, 125, 200, 315, 500, 800, 1000]
    time = np.arange(RATE) / RATE
    second = sum(np.sin(2 * np.pi * one * time + one) for one in hertz) * 2500
    return np.tile(np.round(second).astype(np.int16), seconds), hertz


async def test_recording_is_what_the_card_gave_bit_for_bit_and_flat_from_20_hz_to_1_khz_after_30_s(
    tmp_path: Path,
) -> None:
    async with bed(tmp_path, NAME) as cart:
        await cart.ready()
        await cart.ears.start(Position.MITRAL)
        sent, hertz = tones(31)
        await cart.give(sent)
        told = await cart.ears.stop(keep=True)
    assert told is not None
    assert (told.position, told.media_type, told.rate, told.gaps) == (Position.MITRAL, "audio/flac", 48_000, 0)
    heard, tags, rate = cart.kept(told.sha256)
    assert np.array_equal(heard, sent)
    assert (rate, tags) == (48_000, {"POSITION": "mitral"})
    assert math.isclose(told.seconds, 31.0)
    assert told.size == len(cart.attachments.get(told.sha256))
    last = np.abs(np.fft.rfft(heard[-RATE:].astype(np.float64)))[hertz]
    assert 20 * np.log10(last.max() / last.min()) < 0.1


async def test_it_says_what_it_does_and_shows_its_waveform(tmp_path: Path) -> None:
    async with bed(tmp_path, NAME) as cart:
        await cart.ready()
        assert cart.ears.state.label == "Littmann CORE"
        await cart.ears.start(Position.AORTIC)
        state = await cart.until(ListeningPhase.LISTENING)
        assert (state.position, state.recording) == (Position.AORTIC, True)
        assert state.since is not None
        await cart.ears.start(Position.TRICUSPID)
        assert cart.ears.state.position is Position.AORTIC, "started again, nothing changes"
        loud = np.tile(np.array([12000, -9000], np.int16), BLOCK // 2)
        await cart.give(loud)
        heard = LevelReader(Path(state.ring)).latest(4)
        async with asyncio.timeout(5):
            while heard is None or heard.level < -12:
                await asyncio.sleep(0.01)
                heard = LevelReader(Path(state.ring)).latest(4)
        assert heard.envelope.tolist() == [[-9000, 12000]] * 4
        assert math.isclose(heard.level, -9.8, abs_tol=0.1)
        await cart.ears.stop(keep=True)
        assert cart.ears.state.position is None
        assert cart.ears.state.phase is ListeningPhase.READY
    assert list((tmp_path / "recordings").iterdir()) == []


async def test_thrown_away_it_leaves_nothing(tmp_path: Path) -> None:
    async with bed(tmp_path, NAME) as cart:
        await cart.ready()
        await cart.ears.start(Position.TRACHEA)
        await cart.give(noise(20))
        assert await cart.ears.stop(keep=False) is None
        assert await cart.ears.stop(keep=True) is None
    assert list((tmp_path / "recordings").iterdir()) == []
    assert not list((tmp_path / "captures").rglob("*")) if (tmp_path / "captures").exists() else True


async def test_unplugged_what_was_heard_before_is_kept_and_it_comes_back_by_itself(tmp_path: Path) -> None:
    async with bed(tmp_path, NAME) as cart:
        await cart.ready()
        await cart.ears.start(Position.ERB)
        sent = noise(30)
        await cart.give(sent)
        cart.machine.plugged.clear()
        state = await cart.until(ListeningPhase.ABSENT, recording=False)
        assert state.position is Position.ERB, "it waits to be kept"
        assert "rebranchez" in state.phase.line
        cart.machine.plugged.add(NAME)
        await cart.ready()
        assert cart.ears.state.position is Position.ERB
        with pytest.raises(AudioError) as caught:
            await cart.ears.start(Position.MITRAL)
        assert caught.value.code == "AUD-06"
        told = await cart.ears.stop(keep=True)
        assert told is not None
        assert np.array_equal(cart.kept(told.sha256)[0], sent)
        await cart.ears.start(Position.MITRAL)
        assert cart.ears.state.recording


async def test_absent_it_cannot_listen_and_says_so(tmp_path: Path) -> None:
    async with bed(tmp_path, "input") as cart:
        await asyncio.sleep(0)
        with pytest.raises(AudioError) as caught:
            await cart.ears.start(Position.MITRAL)
        assert caught.value.code == "AUD-04"
        assert cart.ears.state.phase is ListeningPhase.ABSENT


async def test_a_stethoscope_that_is_off_is_said_even_while_it_records(tmp_path: Path) -> None:
    """A wireless one whose receiver is there and gives zeros."""
    async with bed(tmp_path, NAME) as cart:
        await cart.ready()
        await cart.ears.start(Position.MITRAL)
        async with asyncio.timeout(10):
            while cart.ears.state.phase is not ListeningPhase.SILENT:
                await cart.give(np.zeros(BLOCK, np.int16))
                await asyncio.sleep(0.02)
        assert cart.ears.state.recording


async def test_no_recording_is_longer_than_it_may_be_and_that_is_said(tmp_path: Path) -> None:
    async with bed(tmp_path, NAME, seconds=2.0) as cart:
        await cart.ready()
        await cart.ears.start(Position.BACK_LOWER_LEFT)
        sent = noise(160)
        await cart.give(sent)
        state = await cart.until(ListeningPhase.READY, recording=False)
        assert state.position is Position.BACK_LOWER_LEFT
        assert cart.full == [True]
        told = await cart.ears.stop(keep=True)
        assert told is not None
        assert told.seconds == 2.0
        assert np.array_equal(cart.kept(told.sha256)[0], sent[: 2 * RATE])
        assert cart.full == [True, False]


async def test_what_the_card_lost_is_counted(tmp_path: Path) -> None:
    async with bed(tmp_path, NAME) as cart:
        await cart.ready()
        await cart.ears.start(Position.MITRAL)
        await cart.give(noise(5))
        await cart.give(noise(3), status=SimpleNamespace(input_overflow=True))
        told = await cart.ears.stop(keep=True)
    assert told is not None
    assert told.gaps == 3


async def test_a_sound_that_cannot_be_kept_does_not_wait_for_the_next_patient(tmp_path: Path) -> None:
    async with bed(tmp_path, NAME) as cart:
        await cart.ready()
        await cart.ears.start(Position.MITRAL)
        await cart.give(noise(20))
        cart.attachments._max_bytes = 10
        with pytest.raises(JournalError):
            await cart.ears.stop(keep=True)
        assert cart.ears.state.position is None
        assert len(list((tmp_path / "recordings").iterdir())) == 1, "its bytes stay, nobody's"
        assert await cart.ears.stop(keep=True) is None


async def test_disk_that_refuses_is_said_and_listening_ends(tmp_path: Path) -> None:
    async with bed(tmp_path, NAME) as cart:
        await cart.ready()
        (tmp_path / "recordings").rmdir()
        await cart.ears.start(Position.MITRAL)
        await cart.until(ListeningPhase.READY, recording=False)
        with pytest.raises(AudioError) as caught:
            await cart.ears.stop(keep=True)
        assert caught.value.code == "AUD-05"
        assert cart.ears.state.position is None


async def test_the_call_hears_the_same_blocks_beside_the_recording(tmp_path: Path) -> None:
    async with bed(tmp_path, NAME) as cart:
        await cart.ready()
        async with cart.ears.heard() as tap:
            sent = noise(5, seed=9)
            await cart.give(sent)
            assert np.array_equal(np.concatenate([await tap.read() for _ in range(5)]), sent)


async def test_stopping_the_cart_leaves_a_whole_file(tmp_path: Path) -> None:
    async with bed(tmp_path, NAME) as cart:
        await cart.ready()
        await cart.ears.start(Position.MITRAL)
        sent = noise(50)
        await cart.give(sent)
    (left,) = (tmp_path / "recordings").iterdir()
    with av.open(str(left)) as file:
        heard = np.concatenate([frame.to_ndarray().reshape(-1) for frame in file.decode(audio=0)])
    assert np.array_equal(heard, sent)


async def test_what_a_killed_process_left_can_be_decoded_and_is_bounded(tmp_path: Path) -> None:
    """The file as it stands in mid-recording is what a kill leaves."""
    async with bed(tmp_path, NAME) as cart:
        await cart.ready()
        await cart.ears.start(Position.MITRAL)
        sent = noise(200)
        await cart.give(sent)
        (growing,) = (tmp_path / "recordings").iterdir()
        async with asyncio.timeout(5):
            while growing.stat().st_size < 100_000:
                await asyncio.sleep(0.02)
        left = growing.read_bytes()
    other = tmp_path / "other"
    (other / "recordings").mkdir(parents=True)
    for number in range(9):
        (other / "recordings" / f"{number}.flac").write_bytes(left)
    made = Bed(other, NAME)
    assert made.ears.swept == LEFT
    paths = list((other / "recordings").iterdir())
    assert len(paths) == LEFT
    with av.open(str(paths[0])) as file:
        heard = np.concatenate([frame.to_ndarray().reshape(-1) for frame in file.decode(audio=0)])
    assert len(heard) > RATE
    assert np.array_equal(heard, sent[: len(heard)])
