# SPDX-License-Identifier: Apache-2.0
"""The sound test's judgement, over rooms that are simulated: delay, loudness, echoes, noise and voices."""

import numpy as np
import pytest

from device.audio import RATE, level
from device.audio.chirp import LOUDNESS, chirp, find, judge
from device.sound import Trial
from virtual.sounds import voice

LENGTH = round(1.6 * RATE)


def room(
    *, gain: float, delay: float = 0.3, noise: float = -60.0, voiced: float | None = None, seed: int = 1
) -> np.ndarray:
    """What a microphone hears: decibels of the notes, of hiss, and of somebody who talks."""
    random = np.random.default_rng(seed)
    heard = random.normal(0, 32768 * 10 ** (noise / 20), LENGTH)
    notes = chirp().astype(np.float64) * 10 ** (gain / 20)
    for late, share in ((0, 1.0), (0.007, -0.5), (0.019, 0.35), (0.043, 0.2)):
        start = round((delay + late) * RATE)
        heard[start : start + len(notes)] += notes * share
    if voiced is not None:
        heard += voice(voiced)[:LENGTH]
    return np.clip(np.round(heard), -32768, 32767).astype(np.int16)


def test_notes_are_as_loud_as_they_say_and_never_clip() -> None:
    assert abs(level(chirp()) - LOUDNESS) < 0.6
    assert np.abs(chirp().astype(int)).max() < 16000


@pytest.mark.parametrize("delay", [0.2, 0.35, 0.9])
@pytest.mark.parametrize("gain", [6.0, 0.0, -20.0])
def test_heard_in_a_quiet_room(gain: float, delay: float) -> None:
    assert judge(room(gain=gain, delay=delay)) is Trial.PASSED


@pytest.mark.parametrize("seed", range(5))
def test_heard_while_somebody_talks_and_a_machine_hums(seed: int) -> None:
    assert judge(room(gain=-12, noise=-45, voiced=-28, seed=seed)) is Trial.PASSED


@pytest.mark.parametrize("seed", range(20))
def test_noise_alone_is_never_taken_for_the_notes(seed: int) -> None:
    assert judge(room(gain=-200, noise=-40, seed=seed)) is Trial.MUTE


@pytest.mark.parametrize("voiced", [-40.0, -20.0, -10.0])
def test_a_voice_alone_is_never_taken_for_the_notes(voiced: float) -> None:
    assert judge(room(gain=-200, voiced=voiced)) is Trial.MUTE


def test_scarcely_heard_is_too_quiet() -> None:
    assert judge(room(gain=-40, noise=-75)) is Trial.QUIET
    assert judge(room(gain=-30, noise=-26)) is Trial.QUIET


@pytest.mark.parametrize("value", [0, 7])
def test_one_level_throughout_is_deaf_and_so_is_too_little(value: int) -> None:
    assert judge(np.full(LENGTH, value, np.int16)) is Trial.DEAF
    assert judge(np.zeros(0, np.int16)) is Trial.DEAF
    assert judge(chirp()[:-1]) is Trial.DEAF


def test_turned_upside_down_it_is_heard_as_well() -> None:
    assert judge(-room(gain=-10)) is Trial.PASSED


def test_level_of_what_was_found_is_that_of_the_notes_not_of_the_noise() -> None:
    match = find(room(gain=-20, noise=-60), chirp())
    assert abs(match.level - (level(chirp()) - 20)) < 1.5
