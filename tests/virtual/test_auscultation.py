# SPDX-License-Identifier: Apache-2.0
import asyncio
import contextlib

import numpy as np
import pytest

from device.audio import BLOCK, RATE
from virtual.auscultation import BREATH, PULSE, chest, heart, lungs, stethoscope


def share(samples: np.ndarray, low: float, high: float) -> float:
    """The part of the energy between two frequencies."""
    power = np.abs(np.fft.rfft(samples.astype(np.float64))) ** 2
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    return float(power[(hertz >= low) & (hertz < high)].sum() / power.sum())


def period(samples: np.ndarray, low: float, high: float) -> float:
    """The seconds after which its loudness is most like itself."""
    loudness = np.abs(samples.astype(np.float64)).reshape(-1, BLOCK // 4).mean(1)
    loudness -= loudness.mean()
    power = np.abs(np.fft.rfft(loudness)) ** 2
    alike = np.fft.irfft(power)
    rate = RATE / (BLOCK // 4)
    lags = np.arange(round(low * rate), round(high * rate))
    return float(lags[np.argmax(alike[lags])] / rate)


@pytest.mark.parametrize("made", [heart, lungs, chest])
def test_it_goes_round_in_whole_blocks_without_a_click_and_never_clips(made) -> None:
    samples = made()
    assert len(samples) % BLOCK == 0
    assert np.abs(samples.astype(int)).max() < 16000
    inside = np.abs(np.diff(samples.astype(int))).max()
    assert abs(int(samples[0]) - int(samples[-1])) <= inside


def test_heart_is_low_and_beats_seventy_two_times_a_minute() -> None:
    assert share(heart(), 20, 120) > 0.95
    assert abs(period(heart(), 0.6, 1.1) - 60 / PULSE) < 0.05


def test_lungs_are_noise_up_to_a_kilohertz_at_fifteen_breaths_a_minute() -> None:
    assert share(lungs(), 80, 1000) > 0.95
    assert abs(period(lungs(), 2.5, 5.5) - BREATH) < 0.2


async def test_virtual_stethoscope_hears_them() -> None:
    instrument = stethoscope()
    task = asyncio.create_task(instrument.run())
    blocks = [await instrument.read() for _ in range(3)]
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert np.array_equal(np.concatenate(blocks), chest()[BLOCK : 4 * BLOCK])
