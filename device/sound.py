# SPDX-License-Identifier: Apache-2.0
"""What sound is to those who look at its state only: words of the audio bus, the station and the screen."""

import msgspec

from device.clock import Instant
from device.codes import Position, Worded


class ListeningPhase(Worded):
    """How the stethoscope is; ``line`` says it to the operator, and what to do ("" while all is well)."""

    NONE = "none", ""
    READY = "ready", ""
    LISTENING = "listening", ""
    SILENT = "silent", "le stéthoscope n’entend rien du tout : vérifiez qu’il est allumé"
    ABSENT = "absent", "stéthoscope débranché : rebranchez-le, il revient tout seul"


class ListeningState(msgspec.Struct, frozen=True):
    """The stethoscope. ``ring`` is the path of its level ring (``device.levels``), "" where there is no stethoscope.

    ``position`` and ``since`` are those of a recording: one that goes on (``recording``), or one that ended by itself
    (unplugged, or as long as one may be) and waits to be kept or thrown away.
    """

    phase: ListeningPhase = ListeningPhase.NONE
    label: str = ""
    ring: str = ""
    position: Position | None = None
    since: Instant | None = None
    recording: bool = False


class Trial(Worded):
    """What the sound test found; ``line`` says it to the operator, and what to do."""

    UNKNOWN = "unknown", ""
    RUNNING = "running", "test du son en cours : quelques notes, puis un instant de silence"
    PASSED = "passed", "le haut-parleur joue et le micro l’entend"
    QUIET = "quiet", "le micro entend à peine le haut-parleur : montez le volume, rapprochez-les"
    MUTE = "mute", "le micro marche, mais n’entend pas le haut-parleur : vérifiez son volume et son câble"
    DEAF = "deaf", "le micro n’entend rien du tout : vérifiez son bouton « muet »"
    NO_MICROPHONE = "no-microphone", "micro débranché : rebranchez-le, puis recommencez le test"
    NO_LOUDSPEAKER = "no-loudspeaker", "haut-parleur débranché : rebranchez-le, puis recommencez le test"


class SoundState(msgspec.Struct, frozen=True):
    """The room's sound. ``ring`` is the path of the microphone's level ring (``device.levels``); ``microphone`` and
    ``loudspeaker`` say what is wrong with each, "" while all is well; ``tested`` is when ``trial`` was found."""

    ring: str = ""
    microphone: str = ""
    loudspeaker: str = ""
    trial: Trial = Trial.UNKNOWN
    tested: Instant | None = None
