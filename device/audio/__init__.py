# SPDX-License-Identifier: Apache-2.0
"""The audio bus: a microphone and a loudspeaker that say when they are missing, in blocks of 20 ms."""

from device.audio.portaudio import PortAudio, PortAudioLoudspeaker, PortAudioMicrophone
from device.audio.sound import BLOCK, RATE, SECONDS, SILENCE, Block, Loudspeaker, Microphone, SoundPhase, level

__all__ = [
    "BLOCK",
    "RATE",
    "SECONDS",
    "SILENCE",
    "Block",
    "Loudspeaker",
    "Microphone",
    "PortAudio",
    "PortAudioLoudspeaker",
    "PortAudioMicrophone",
    "SoundPhase",
    "level",
]
