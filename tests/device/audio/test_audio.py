# SPDX-License-Identifier: Apache-2.0
import asyncio
import contextlib
import math
import subprocess
import sys

import numpy as np
import pytest

from device.audio import BLOCK, RATE, SECONDS, SILENCE, PortAudio, PortAudioLoudspeaker, PortAudioMicrophone, SoundPhase
from device.audio import level as level_of
from device.audio.sound import DEAF, MUTE, Hearing, heard, phase


def noise(seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(-30, 30, BLOCK, np.int16)


def test_block_is_twenty_milliseconds() -> None:
    assert SECONDS == 0.02


@pytest.mark.parametrize(
    ("amplitude", "expected"), [(32767, -3.01), (3276.7, -23.01), (327.67, -43.01)], ids=["full", "-20 dB", "-40 dB"]
)
def test_level_of_a_sine_is_known(amplitude: float, expected: float) -> None:
    samples = np.round(amplitude * np.sin(2 * np.pi * 500 * np.arange(BLOCK) / RATE)).astype(np.int16)
    assert math.isclose(level_of(samples), expected, abs_tol=0.02)


def test_level_of_the_loudest_square_is_zero_and_of_silence_the_floor() -> None:
    assert level_of(np.full(BLOCK, -32768, np.int16)) == 0
    assert level_of(np.zeros(BLOCK, np.int16)) == SILENCE
    assert level_of(np.zeros(0, np.int16)) == SILENCE


def test_microphone_is_opening_then_absent_when_nothing_comes() -> None:
    assert phase(Hearing(0.0), 0.9) is SoundPhase.OPENING
    assert phase(Hearing(0.0), DEAF) is SoundPhase.ABSENT


def test_microphone_that_hears_is_ready_until_its_blocks_stop() -> None:
    hearing = heard(Hearing(0.0), noise(), 0.5)
    assert phase(hearing, 1.4) is SoundPhase.READY
    assert phase(hearing, 1.5) is SoundPhase.ABSENT


@pytest.mark.parametrize("value", [0, 12])
def test_digital_silence_is_noticed_within_three_seconds(value: int) -> None:
    hearing, now = heard(Hearing(0.0), noise(), 0.0), 0.0
    while now < 3 and phase(hearing, now) is SoundPhase.READY:
        now += SECONDS
        hearing = heard(hearing, np.full(BLOCK, value, np.int16), now)
    assert phase(hearing, now) is SoundPhase.SILENT
    assert MUTE <= now < 3
    assert phase(heard(hearing, noise(), now + 0.02), now + 0.02) is SoundPhase.READY


def test_every_trouble_has_a_line_and_good_health_none() -> None:
    assert SoundPhase.READY.line == ""
    assert all(one.line for one in SoundPhase if one is not SoundPhase.READY)


def test_importing_the_bus_does_not_load_portaudio() -> None:
    program = "import sys, device.audio; sys.exit('sounddevice' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=30).returncode == 0


class Missing:
    """The library as it is on a machine without libportaudio2: its import raises OSError."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "sounddevice":
            raise OSError("PortAudio library not found")


async def test_missing_library_is_absence_with_its_own_code(monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    absent = asyncio.Event()
    microphone = PortAudioMicrophone(PortAudio(), None, lambda phase: phase is SoundPhase.ABSENT and absent.set())
    with caplog.at_level("INFO"):
        task = asyncio.create_task(microphone.run())
        await asyncio.wait_for(absent.wait(), 5)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert "AUD-03" in caplog.text


async def test_real_portaudio_without_such_a_device_is_absent_and_lets_itself_be_cancelled() -> None:
    """Runs the library itself; no sound card is needed, as the device's name cannot exist."""
    pytest.importorskip("sounddevice", exc_type=OSError)
    phases: list[SoundPhase] = []
    absent = asyncio.Event()

    def note(phase: SoundPhase) -> None:
        phases.append(phase)
        absent.set()

    portaudio = PortAudio()
    tasks = [
        asyncio.create_task(kind(portaudio, "no such device", note).run())
        for kind in (PortAudioMicrophone, PortAudioLoudspeaker)
    ]
    await asyncio.wait_for(absent.wait(), 20)
    for task in tasks:
        task.cancel()
    await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 20)
    assert set(phases) == {SoundPhase.ABSENT}


@pytest.mark.parametrize("block", [np.zeros(960, np.float32), np.zeros(480, np.int16), np.zeros((960, 1), np.int16)])
async def test_loudspeaker_refuses_what_is_not_a_block(block: np.ndarray) -> None:
    with pytest.raises(ValueError, match="960"):
        PortAudioLoudspeaker(PortAudio(), None, lambda _: None).write(block)
