# SPDX-License-Identifier: Apache-2.0
"""A generated voice, a tone, a microphone, and a loudspeaker that measures: the demonstration's sound, and the tests'.

The voice says nothing in no language: a glottal pulse train through the formants of five French vowels.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from device.audio import BLOCK, RATE, SECONDS, Block, SoundPhase, level
from device.audio.sound import DEAF, Played, no_microphone, untold

Samples = npt.NDArray[np.int16]

VOWELS = (
    (750, 1400, 2500),  # a
    (280, 2250, 3000),  # i
    (400, 2000, 2600),  # é
    (380, 750, 2400),  # o
    (290, 750, 2300),  # ou
)
"""First three formants, in Hz."""
SYLLABLES = (0, 2, 3, 1, 0, 4, 2, 0, 3, 1)
SYLLABLE = 0.28
"""Seconds of a syllable and of a pause."""
PAUSES = (3, 9)
"""The syllables that a pause follows."""
LOSS = 20.0
"""dB between a loudspeaker and the microphone of its room."""
LATE = 0.2
"""Seconds after which a microphone whose reader does not come drops what it heard."""


def tone(frequency: float, loudness: float = -20.0) -> Samples:
    """One second of a sine, whole periods only for whole frequencies; ``loudness`` in dBFS (root mean square)."""
    time_ = np.arange(RATE) / RATE
    return np.round(np.sin(2 * np.pi * frequency * time_) * _amplitude(loudness)).astype(np.int16)


def voice(loudness: float = -24.0) -> Samples:
    """About four seconds of a voice-like signal, a whole number of blocks."""
    pieces = []
    for number, vowel in enumerate(SYLLABLES):
        pieces.append(_syllable(VOWELS[vowel], 205 - 6 * number + 14 * (number % 3)))
        if number in PAUSES:
            pieces.append(np.zeros(round(SYLLABLE * RATE)))
    signal = np.concatenate(pieces)
    signal += np.random.default_rng(1).normal(0, 0.002, len(signal))
    signal *= _amplitude(loudness) / np.sqrt(2) / np.sqrt(np.mean(signal**2))
    whole = len(signal) // BLOCK * BLOCK
    return np.clip(np.round(signal[:whole]), -32768, 32767).astype(np.int16)


def _amplitude(loudness: float) -> float:
    return float(32768 * 10 ** (loudness / 20) * np.sqrt(2))


def _syllable(formants: tuple[int, int, int], pitch: float) -> npt.NDArray[np.float64]:
    time_ = np.arange(round(SYLLABLE * RATE)) / RATE
    glide = pitch * (1 + 0.06 * np.sin(np.pi * time_ / SYLLABLE) + 0.008 * np.sin(2 * np.pi * 5.5 * time_))
    phase = 2 * np.pi * np.cumsum(glide) / RATE
    sound = np.zeros_like(time_)
    for harmonic in range(1, int(4000 / pitch)):
        frequency = harmonic * pitch
        gain = sum(1 / (1 + ((frequency - formant) / (60 + 0.06 * formant)) ** 2) for formant in formants)
        sound += gain / harmonic * np.sin(harmonic * phase + harmonic)
    rise, fall = 0.03, 0.06
    envelope = np.clip(time_ / rise, 0, 1) * np.clip((SYLLABLE - time_) / fall, 0, 1)
    return sound * envelope


class VirtualMicrophone:
    """A microphone (``device.audio.Microphone``) that hears ``samples`` for ever, at their pace."""

    def __init__(self, samples: Samples, on_change: Callable[[SoundPhase], None] | None = None) -> None:
        if len(samples) % BLOCK:
            raise ValueError(f"{len(samples)} samples are not whole blocks of {BLOCK}")
        self.phase = SoundPhase.OPENING
        self.lost = 0
        self._blocks = samples.reshape(-1, BLOCK)
        self._air: deque[Block] = deque(maxlen=round(LATE / SECONDS))
        self._on_change = on_change
        self._number = 0
        self._due: float | None = None
        self._plugged = asyncio.Event()
        self._plugged.set()
        self._muted = False

    async def run(self) -> None:
        """Be there until cancelled."""
        self._become(self._present())
        await asyncio.Event().wait()

    async def read(self) -> Block:
        """The next block, when it is due."""
        try:
            async with asyncio.timeout(DEAF):
                await self._plugged.wait()
        except TimeoutError as error:
            raise no_microphone("the virtual microphone is unplugged") from error
        now = time.monotonic()
        self._due = now if self._due is None else max(self._due + SECONDS, now - LATE)
        await asyncio.sleep(self._due - now)
        self._number += 1
        air = self._air.popleft() if self._air else None
        if self._muted:
            return np.zeros(BLOCK, np.int16)
        own = self._blocks[self._number % len(self._blocks)]
        mixed = own if air is None else np.clip(own.astype(np.int32) + air, -32768, 32767)
        return np.asarray(mixed, np.int16)

    def overhear(self, block: Block) -> None:
        """Something else sounds in the room: it is heard in one of the next blocks, on top of ``samples``."""
        self._air.append(block)

    def unplug(self) -> None:
        """Pull its cable."""
        self._plugged.clear()
        self._become(SoundPhase.ABSENT)

    def mute(self) -> None:
        """Push its mute button."""
        self._muted = True
        self._become(SoundPhase.SILENT)

    def recover(self) -> None:
        """Plug it in, let it hear."""
        self._muted = False
        self._plugged.set()
        self._become(SoundPhase.READY)

    def _present(self) -> SoundPhase:
        if not self._plugged.is_set():
            return SoundPhase.ABSENT
        return SoundPhase.SILENT if self._muted else SoundPhase.READY

    def _become(self, phase: SoundPhase) -> None:
        if phase is not self.phase:
            self.phase = phase
            if self._on_change is not None:
                self._on_change(phase)


class VirtualLoudspeaker:
    """A loudspeaker (``device.audio.Loudspeaker``) that keeps the last second it was given, and measures it. A
    microphone in its room ``near`` it hears it, ``LOSS`` dB lower."""

    def __init__(self, near: VirtualMicrophone | None = None) -> None:
        self._near = near
        self.phase = SoundPhase.OPENING
        self.played: Played = untold
        self.blocks = 0
        """How many blocks it was given."""
        self._last: deque[Block] = deque(maxlen=round(1 / SECONDS))

    async def run(self) -> None:
        """Be there until cancelled."""
        self.phase = SoundPhase.READY
        await asyncio.Event().wait()

    def write(self, block: Block) -> None:
        """Measure a block."""
        if block.shape != (BLOCK,) or block.dtype != np.int16:
            raise ValueError(f"a block is int16 of shape ({BLOCK},), not {block.dtype} of {block.shape}")
        self.blocks += 1
        self._last.append(block.copy())
        self.played(block)
        if self._near is not None:
            self._near.overhear(np.round(block * 10 ** (-LOSS / 20)).astype(np.int16))

    @property
    def level(self) -> float:
        """Loudness of the last second, dBFS."""
        return level(np.concatenate(self._last)) if self._last else level(np.zeros(0, np.int16))

    @property
    def pitch(self) -> float:
        """The strongest frequency of the last second, in Hz; 0 before there is any sound."""
        if not self._last:
            return 0.0
        samples = np.concatenate(self._last).astype(np.float64)
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
        return float(np.argmax(spectrum) * RATE / len(samples)) if spectrum.any() else 0.0

    @property
    def gaps(self) -> int:
        """How many joins of blocks, in the last second, jump by more than any two samples within a block do."""
        blocks = list(self._last)
        if len(blocks) < 2:  # noqa: PLR2004 - a join needs two
            return 0
        inside = max(int(np.abs(np.diff(block.astype(np.int32))).max()) for block in blocks)
        return sum(abs(int(after[0]) - int(before[-1])) > inside for before, after in pairwise(blocks))
