# SPDX-License-Identifier: Apache-2.0
"""Echo cancellation on a room that is made up: 60 ms of delay, a decaying tail, 10 dB of loss."""

import logging
import sys

import numpy as np
import pytest

from call.echo import WAITING, EchoCanceller
from call.opus import SAMPLES
from virtual.sounds import voice

RATE = 48_000


def room(far: np.ndarray) -> np.ndarray:
    """What of the loudspeaker the microphone hears."""
    draw = np.random.default_rng(3)
    tail = draw.normal(size=4_800) * np.exp(-np.arange(4_800) / 700) * 0.01
    tail[0] = 0.3
    return np.concatenate([np.zeros(2_880), np.convolve(far, tail)])[: len(far)]


def talk(seconds: int, loudness: float = -20, shift: int = 0) -> np.ndarray:
    return np.roll(np.resize(voice(loudness), seconds * RATE), shift).astype(float)


def babble(seconds: int) -> np.ndarray:
    """Noise with a voice's spectrum and a voice's syllables."""
    draw = np.random.default_rng(9)
    syllables = np.repeat(draw.uniform(0, 1, seconds * 10) ** 2, RATE // 10)
    hiss = np.convolve(draw.normal(size=seconds * RATE), np.exp(-np.arange(60) / 12))[: seconds * RATE]
    sound = hiss * syllables
    return np.clip(sound * 3000 / sound.std(), -30_000, 30_000)


def cleaned(far: np.ndarray, microphone: np.ndarray) -> np.ndarray:
    canceller, out = EchoCanceller(), []
    noise = np.random.default_rng(4).normal(0, 4, len(far))
    near = np.clip(microphone + noise, -32768, 32767).astype(np.int16)
    for start in range(0, len(far), SAMPLES):
        canceller.played(far[start : start + SAMPLES].astype(np.int16))
        out.append(canceller.clean(near[start : start + SAMPLES]))
    return np.concatenate(out).astype(float)


def loudness(sound: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(sound**2) + 1e-9))


def alike(sound: np.ndarray, other: np.ndarray) -> float:
    """The greatest correlation of two envelopes, over shifts of up to 40 ms: 1 for the same words."""
    one, two = (np.abs(each[: len(each) // 480 * 480]).reshape(-1, 480).mean(1) for each in (sound, other))
    return max(float(np.corrcoef(one[4:], np.roll(two, shift)[4:])[0, 1]) for shift in range(5))


def test_after_two_seconds_the_echo_is_20_decibels_down() -> None:
    far = babble(6)
    echo = room(far)
    out = cleaned(far, echo)
    assert loudness(echo[2 * RATE :]) - loudness(out[2 * RATE :]) > 20


def test_what_is_said_beside_the_cart_is_kept() -> None:
    near = talk(6, -28)
    out = cleaned(np.zeros(len(near)), near)
    assert loudness(out[2 * RATE :]) > loudness(near[2 * RATE :]) - 3
    assert alike(out[2 * RATE :], near[2 * RATE :]) > 0.9


def test_both_at_once_the_one_beside_the_cart_is_still_heard() -> None:
    far, near = babble(10), talk(10, -26, shift=30_000)
    out = cleaned(far, room(far) + near)
    assert loudness(out[4 * RATE :]) > loudness(near[4 * RATE :]) - 6
    assert alike(out[4 * RATE :], near[4 * RATE :]) > 0.7


def test_a_loudspeaker_that_plays_alone_fills_nothing() -> None:
    canceller = EchoCanceller()
    for _ in range(5 * WAITING):
        canceller.played(np.zeros(SAMPLES, np.int16))
    assert len(canceller._played) == WAITING


def test_without_the_library_the_microphone_is_sent_as_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "livekit.rtc", None)
    canceller, block = EchoCanceller(), np.arange(SAMPLES, dtype=np.int16)
    with caplog.at_level(logging.WARNING):
        assert (canceller.clean(block) == block).all()
        assert (canceller.clean(block) == block).all()
    assert [record.message.split()[0] for record in caplog.records] == ["CAL-22"]
