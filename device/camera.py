# SPDX-License-Identifier: Apache-2.0
"""What a camera is to those who look at its state only: words of the video bus, the station and the screen."""

from typing import Literal

import msgspec

from device.codes import Site, Worded

Role = Literal["room", "otoscope", "dermatoscope", "intra-oral", "ultrasound"]
"""What a camera is for; "ultrasound" is a capture of an ultrasound scanner's screen."""
BLURRED = "image floue : faites la netteté ou nettoyez l’embout"
"""The hint to the operator while a camera's ``blurred`` is true: its picture is shown and kept all the same."""


class CameraPhase(Worded):
    """How a camera is; ``line`` says it to the operator, and what to do ("" while all is well)."""

    LIVE = "live", ""
    OPENING = "opening", "caméra en cours de démarrage"
    ABSENT = "absent", "caméra débranchée : rebranchez-la, elle revient toute seule"
    STUCK = "stuck", "image figée : débranchez la caméra puis rebranchez-la"
    BLACK = "black", "image noire : vérifiez que rien ne cache l’objectif et que la lumière est allumée"


class CameraState(msgspec.Struct, frozen=True):
    """A camera. ``ring`` is the path of its frame ring; ``sites`` are the sides or sites a capture may name;
    ``blurred`` is a hint only, of a picture that seems out of focus."""

    id: str
    label: str
    role: str
    phase: CameraPhase
    ring: str
    sites: tuple[Site, ...] = ()
    blurred: bool = False
