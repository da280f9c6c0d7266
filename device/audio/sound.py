# SPDX-License-Identifier: Apache-2.0
"""Sound as the cart knows it: blocks of 20 ms, 48 kHz, mono, signed 16 bits; and what gives or takes them."""

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from device.codes import Worded
from device.errors import AudioError

RATE = 48_000
"""Samples a second."""
BLOCK = 960
"""Samples in a block: 20 ms."""
SECONDS = BLOCK / RATE
SILENCE = -120.0
"""Level given to digital silence, in dBFS."""

Block = npt.NDArray[np.int16]
"""Samples, of shape (960,)."""


class SoundPhase(Worded):
    """How a microphone or a loudspeaker is; ``line`` says it to the operator, and what to do ("" while all is well)."""

    READY = "ready", ""
    OPENING = "opening", "démarrage en cours"
    ABSENT = "absent", "débranché : rebranchez-le, il revient tout seul"
    SILENT = "silent", "n’entend rien du tout : vérifiez son bouton « muet »"


class Microphone(Protocol):
    """Gives blocks while its ``run`` runs. Only the newest wait for a reader that is late."""

    @property
    def phase(self) -> SoundPhase:
        """How it is."""
        ...

    @property
    def lost(self) -> int:
        """Blocks that the card could not take, or that no reader took in time, since the start."""
        ...

    async def run(self) -> None:
        """Capture until cancelled; a device that goes away is opened again when it is back."""
        ...

    async def read(self) -> Block:
        """The next block. Raises AudioError (AUD-01) when none comes for a second: never silence in its place."""
        ...


Played = Callable[[Block], None]
"""Told each block as the sound card takes it, silence too, from the card's own thread."""


def untold(_: Block) -> None:
    """Nobody asks what is played."""


class Loudspeaker(Protocol):
    """Takes blocks while its ``run`` runs. At most 200 ms wait; the oldest are dropped."""

    played: Played

    @property
    def phase(self) -> SoundPhase:
        """How it is."""
        ...

    async def run(self) -> None:
        """Play until cancelled; a device that goes away is opened again when it is back."""
        ...

    def write(self, block: Block) -> None:
        """Play a block after those that wait. Never blocks."""
        ...


class Hearing(NamedTuple):
    """What is known of a microphone: since when it is asked for, when it last gave a block, and one with a sound in it.

    Times are seconds of the monotonic clock; None: never.
    """

    since: float
    block: float | None = None
    sound: float | None = None


DEAF = 1.0
"""Seconds without a block after which a device counts as absent."""
MUTE = 2.5
"""Seconds of digital silence after which a microphone counts as muted: a real one always has noise."""


def heard(hearing: Hearing, block: Block, now: float) -> Hearing:
    """A block came. One that is all zeros, or one level throughout, has no sound in it."""
    sound = now if hearing.block is None or block.min() != block.max() else hearing.sound
    return Hearing(hearing.since, now, sound)


def phase(hearing: Hearing, now: float) -> SoundPhase:
    """How the microphone is."""
    if hearing.block is None:
        return SoundPhase.OPENING if now - hearing.since < DEAF else SoundPhase.ABSENT
    if now - hearing.block >= DEAF:
        return SoundPhase.ABSENT
    if hearing.sound is None or now - hearing.sound >= MUTE:
        return SoundPhase.SILENT
    return SoundPhase.READY


def level(block: Block) -> float:
    """Root mean square in dB of full scale (a full-scale sine is -3.01); ``SILENCE`` for zeros."""
    if not block.size:
        return SILENCE
    mean = float(np.mean(np.square(block, dtype=np.float64)))
    return max(SILENCE, 10 * math.log10(mean / 32768**2)) if mean else SILENCE


def no_microphone(detail: str) -> AudioError:
    """AUD-01."""
    return AudioError(1, "Le micro ne répond pas : le médecin ne vous entendra pas. Rebranchez-le.", detail, retry=True)


def no_loudspeaker(detail: str) -> AudioError:
    """AUD-02."""
    return AudioError(
        2, "Le haut-parleur ne répond pas : vous n’entendrez pas le médecin. Rebranchez-le.", detail, retry=True
    )


def no_stethoscope(detail: str) -> AudioError:
    """AUD-04."""
    return AudioError(4, "Le stéthoscope ne répond pas. Branchez-le, puis recommencez.", detail, retry=True)


def no_library(detail: str) -> AudioError:
    """AUD-03."""
    return AudioError(3, "Le son de ce chariot n’est pas installé. Appelez le technicien.", detail)
