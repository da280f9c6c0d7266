# SPDX-License-Identifier: Apache-2.0
import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest

from device.audio import BLOCK, RATE, SoundPhase, level
from device.errors import AudioError
from virtual.sounds import VirtualLoudspeaker, VirtualMicrophone, tone, voice


@contextlib.asynccontextmanager
async def running(device: VirtualMicrophone | VirtualLoudspeaker) -> AsyncIterator[None]:
    task = asyncio.create_task(device.run())
    await asyncio.sleep(0)
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def test_tone_has_its_pitch_and_loudness() -> None:
    samples = tone(440, -20)
    assert abs(level(samples) + 20) < 0.05
    assert int(np.argmax(np.abs(np.fft.rfft(samples)))) == 440


def test_voice_is_voice_like() -> None:
    """Harmonics of a pitch of 150 to 230 Hz, most energy under 4 kHz, with pauses, whole blocks, never clipped."""
    samples = voice()
    assert len(samples) % BLOCK == 0
    assert 3 * RATE < len(samples) < 6 * RATE
    assert abs(level(samples) + 24) < 4
    assert np.abs(samples.astype(int)).max() < 32767
    spectrum = np.abs(np.fft.rfft(samples[: RATE // 4])) ** 2
    hertz = np.fft.rfftfreq(RATE // 4, 1 / RATE)
    assert spectrum[hertz < 4000].sum() > 0.95 * spectrum.sum()
    correlation = np.fft.irfft(spectrum)[: RATE // 4 // 2]
    lags = slice(RATE // 230, RATE // 150)
    assert correlation[lags].max() > 0.5 * correlation[0]
    levels = [level(block) for block in samples.reshape(-1, BLOCK)]
    assert min(levels) < max(levels) - 25


async def test_microphone_keeps_its_pace_and_goes_round() -> None:
    samples = tone(440)[: BLOCK * 5]
    microphone = VirtualMicrophone(samples)
    async with running(microphone):
        assert microphone.phase is SoundPhase.READY
        await microphone.read()
        begin = time.monotonic()
        blocks = [await microphone.read() for _ in range(25)]
        taken = time.monotonic() - begin
    assert taken > 0.45
    assert all(np.array_equal(blocks[number], blocks[number + 5]) for number in range(20))


async def test_late_reader_does_not_get_the_past_at_once() -> None:
    microphone = VirtualMicrophone(tone(440))
    await microphone.read()
    await asyncio.sleep(0.6)
    begin = time.monotonic()
    for _ in range(20):
        await microphone.read()
    assert time.monotonic() - begin > 0.15


async def test_unplugged_microphone_is_an_error_and_never_silence() -> None:
    phases: list[SoundPhase] = []
    microphone = VirtualMicrophone(voice(), phases.append)
    async with running(microphone):
        microphone.unplug()
        with pytest.raises(AudioError):
            await microphone.read()
        microphone.recover()
        assert (await microphone.read()).shape == (BLOCK,)
        microphone.mute()
        assert not (await microphone.read()).any()
    assert phases == [SoundPhase.READY, SoundPhase.ABSENT, SoundPhase.READY, SoundPhase.SILENT]


def test_samples_that_are_no_whole_blocks_are_refused() -> None:
    with pytest.raises(ValueError, match="961"):
        VirtualMicrophone(np.zeros(961, np.int16))


def test_loudspeaker_measures_what_it_is_given() -> None:
    loudspeaker = VirtualLoudspeaker()
    assert (loudspeaker.blocks, loudspeaker.pitch) == (0, 0.0)
    for block in tone(1000, -12).reshape(-1, BLOCK):
        loudspeaker.write(block)
    assert loudspeaker.blocks == 50
    assert abs(loudspeaker.level + 12) < 0.1
    assert abs(loudspeaker.pitch - 1000) <= 1
    assert loudspeaker.gaps == 0


def test_loudspeaker_counts_gaps_and_forgets_after_a_second() -> None:
    loudspeaker = VirtualLoudspeaker()
    blocks = tone(440, -12).reshape(-1, BLOCK)
    for number in (0, 1, 5, 6, 13):
        loudspeaker.write(blocks[number])
    assert loudspeaker.gaps == 2
    for block in np.zeros((50, BLOCK), np.int16):
        loudspeaker.write(block)
    assert loudspeaker.gaps == 0
    assert loudspeaker.pitch == 0.0


def test_loudspeaker_refuses_what_is_not_a_block() -> None:
    with pytest.raises(ValueError, match="960"):
        VirtualLoudspeaker().write(np.zeros(10, np.int16))
