# SPDX-License-Identifier: Apache-2.0
"""Heart and lungs as a stethoscope hears them, made up: for the demonstration, the training mode and the tests.

The heart: at each beat a first sound (two bursts, 40 to 60 Hz, 0.12 s: mitral then tricuspid closure) and a second one
(two shorter bursts, 55 to 75 Hz, 0.08 s: aortic then pulmonary closure, 30 ms apart), 0.3 s later; the beat's length
varies with the breath, as it does in health. The lungs: noise of 100 to 700 Hz, louder and longer when breathing in.
Frequencies and durations are the textbook ones of normal sounds; nothing here is a patient's.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from device.audio import BLOCK, RATE, SoundPhase
from virtual.sounds import VirtualMicrophone

Samples = npt.NDArray[np.int16]
_Floats = npt.NDArray[np.float64]

BREATH = 4.0
"""Seconds of a breath: fifteen a minute."""
BREATHS = 3
PULSE = 72
"""Beats a minute, on average."""
HERTZ = (20, 30, 40, 60, 100, 150, 250, 400, 700, 1000)
"""Multiples of 5, so that 0.6 s hold whole periods of each."""
TONE = 0.025
"""Of full scale."""
TONES = "tones"
_FIRST = ((0.0, 46.0, 0.060, 1.0), (0.025, 58.0, 0.045, 0.6))
_SECOND = ((0.0, 62.0, 0.040, 0.7), (0.030, 74.0, 0.030, 0.4))
"""Bursts of a heart sound: seconds after its begin, hertz, seconds, loudness."""
_SYSTOLE = 0.30


def heart(peak: int = 9000) -> Samples:
    """Twelve seconds of a heart, a whole number of blocks, that go round without a click."""
    length = round(BREATH * BREATHS * RATE)
    sound = np.zeros(length)
    beats = round(BREATH * BREATHS * PULSE / 60)
    time = np.arange(beats) * 60 / PULSE
    time = time + 0.04 * np.sin(2 * np.pi * time / BREATH)  # respiratory sinus arrhythmia
    for beat in time:
        for start, bursts in ((beat, _FIRST), (beat + _SYSTOLE, _SECOND)):
            for after, hertz, seconds, loudness in bursts:
                _add(sound, start + after, _burst(hertz, seconds) * loudness)
    return _whole(sound, peak)


def lungs(peak: int = 2500) -> Samples:
    """Twelve seconds of quiet breathing, likewise."""
    length = round(BREATH * BREATHS * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(5).normal(size=length))
    hertz = np.fft.rfftfreq(length, 1 / RATE)
    low, high = hertz / 100, hertz / 700
    spectrum *= np.sqrt(low**4 / (1 + low**4) / (1 + high**6))
    phase = (np.arange(length) / RATE % BREATH) / BREATH
    loudness = _swell(phase, 0.0, 0.4) + 0.35 * _swell(phase, 0.45, 0.3)
    return _whole(np.fft.irfft(spectrum, length) * loudness, peak)


def chest() -> Samples:
    """Both at once, with the faint hiss of an instrument: what a virtual stethoscope hears."""
    mixed = heart().astype(np.float64) + lungs()
    mixed += np.random.default_rng(6).normal(0, 3, len(mixed))
    return np.clip(np.round(mixed), -32768, 32767).astype(np.int16)


def tones() -> Samples:
    """One second of ``HERTZ`` at once, each with an amplitude of ``TONE``: to measure what a sound goes through."""
    time = np.arange(RATE) / RATE
    mixed = sum((np.sin(2 * np.pi * hertz * time + at) for at, hertz in enumerate(HERTZ)), np.zeros(RATE))
    return np.asarray(np.round(mixed * TONE * 32768), np.int16)


def stethoscope(on_change: Callable[[SoundPhase], None] | None = None, device: str = "") -> VirtualMicrophone:
    """A stethoscope on a chest, or before ``tones`` if its sound card is called ``TONES``."""
    return VirtualMicrophone(tones() if device == TONES else chest(), on_change)


def _swell(phase: _Floats, start: float, length: float) -> _Floats:
    """Half a sine over a part of the breath, zero elsewhere."""
    within = np.clip((phase - start) / length, 0, 1)
    return np.asarray(np.sin(np.pi * within), np.float64)


def _burst(hertz: float, seconds: float) -> _Floats:
    time = np.arange(round(2 * seconds * RATE)) / RATE
    swell = np.sin(np.pi * np.clip(time / (2 * seconds), 0, 1)) ** 2
    return np.asarray(swell * np.sin(2 * np.pi * hertz * time), np.float64)


def _add(sound: _Floats, start: float, burst: _Floats) -> None:
    places = (round(start * RATE) + np.arange(len(burst))) % len(sound)
    sound[places] += burst


def _whole(sound: _Floats, peak: int) -> Samples:
    whole = sound[: len(sound) // BLOCK * BLOCK]
    return np.asarray(np.round(whole / np.abs(whole).max() * peak), np.int16)
