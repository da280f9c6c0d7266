# SPDX-License-Identifier: Apache-2.0
"""The sound test's notes, and whether what a microphone heard has them in it. Pure.

A matched filter: what was heard is correlated with what was played. The peak stands out of its surroundings by the
chirp's time-bandwidth product (2100, 33 dB) where the chirp is there, by about 4.5 standard deviations where it is not.
"""

import math
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from device.audio.sound import RATE, level
from device.sound import Trial

SECONDS = 0.6
LOW, HIGH = 500.0, 4000.0
"""Hertz at the beginning and at the end: what any loudspeaker of a cart can play."""
LOUDNESS = -17.0
"""dB of full scale: clear in a room, not startling."""
STANDS_OUT = 8.0
"""Peak over the root mean square of the rest, from which the chirp was heard."""
CLEAR = 0.1
"""Share of what was heard (correlation) under which the chirp drowns in the noise of the room."""
LOUD_ENOUGH = -50.0
"""Level of the chirp at the microphone, dB of full scale, under which a voice would not be heard either."""
_AROUND = RATE // 20
"""Samples on both sides of the peak that belong to it: the room's first echoes."""

Samples = npt.NDArray[np.int16]
_Floats = npt.NDArray[np.float64]


class Match(NamedTuple):
    """Where the chirp was found: ``outstanding`` peak over the rest, ``share`` of what was heard, ``level`` in dBFS."""

    outstanding: float
    share: float
    level: float


@cache
def chirp() -> Samples:
    """The notes: a rising tone, faded in and out."""
    time = np.arange(round(SECONDS * RATE)) / RATE
    tone = np.sin(2 * np.pi * (LOW * time + (HIGH - LOW) / (2 * SECONDS) * time**2))
    fade = np.clip(np.minimum(time, SECONDS - time) / 0.05, 0, 1)
    amplitude = 32768 * 10 ** (LOUDNESS / 20) * math.sqrt(2)
    samples = np.round(tone * fade * amplitude).astype(np.int16)
    samples.flags.writeable = False
    return samples


def judge(heard: Samples) -> Trial:
    """What the test found, from what the microphone heard while the notes were played."""
    sent = chirp()
    if len(heard) < len(sent) or heard.min() == heard.max():
        return Trial.DEAF
    match = find(heard, sent)
    if match.outstanding < STANDS_OUT:
        return Trial.MUTE
    if match.share < CLEAR or match.level < LOUD_ENOUGH:
        return Trial.QUIET
    return Trial.PASSED


def find(heard: Samples, sent: Samples) -> Match:
    """Where ``sent`` fits best into ``heard``."""
    h, s = heard.astype(np.float64), sent.astype(np.float64)
    h -= h.mean()
    size = 1 << (len(h) + len(s)).bit_length()
    correlation = np.fft.irfft(np.fft.rfft(h, size) * np.conj(np.fft.rfft(s, size)), size)[: len(h) - len(s) + 1]
    strength = np.abs(correlation)
    peak = int(np.argmax(strength))
    rest = np.concatenate((strength[: max(0, peak - _AROUND)], strength[peak + _AROUND :]))
    surroundings = math.sqrt(float(np.mean(rest**2))) if rest.size else 0.0
    energy = float(s @ s)
    there = h[peak : peak + len(s)]
    share = float(strength[peak]) / math.sqrt(energy * max(float(there @ there), 1.0))
    gain = float(strength[peak]) / energy
    return Match(
        outstanding=float(strength[peak]) / surroundings if surroundings else math.inf,
        share=share,
        level=level(sent) + 20 * math.log10(gain) if gain else -math.inf,
    )
