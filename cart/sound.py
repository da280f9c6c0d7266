# SPDX-License-Identifier: Apache-2.0
"""The cart's sound: a real microphone and loudspeaker, or virtual ones."""

from collections.abc import Callable
from typing import NamedTuple

from cart.config import SoundSection
from device.audio import Loudspeaker, Microphone, PortAudio, PortAudioLoudspeaker, PortAudioMicrophone, SoundPhase
from virtual.sounds import VirtualLoudspeaker, VirtualMicrophone, voice

Changed = Callable[[str, SoundPhase], None]
"""Told "Micro" or "Haut-parleur", and how it is now."""


class Sound(NamedTuple):
    """What the call hears and where it speaks. Both have to run."""

    microphone: Microphone
    loudspeaker: Loudspeaker


def real_sound(devices: SoundSection, changed: Changed) -> Sound:
    """Through PortAudio, hence ALSA or PipeWire."""
    library = PortAudio()
    return Sound(
        PortAudioMicrophone(library, devices.microphone or None, lambda phase: changed("Micro", phase)),
        PortAudioLoudspeaker(library, devices.loudspeaker or None, lambda phase: changed("Haut-parleur", phase)),
    )


def virtual_sound() -> Sound:
    """A generated voice, and a loudspeaker that only listens."""
    return Sound(VirtualMicrophone(voice()), VirtualLoudspeaker())
