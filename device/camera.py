# SPDX-License-Identifier: Apache-2.0
"""What a camera is to those who only look at its state: the words shared by the video bus, the station and the screen."""

from enum import StrEnum

import msgspec

from device.codes import Site


class CameraPhase(StrEnum):
    """How a camera is."""

    LIVE = "live"
    OPENING = "opening"
    ABSENT = "absent"
    STUCK = "stuck"
    BLACK = "black"


class CameraState(msgspec.Struct, frozen=True):
    """A camera. ``ring`` is the path of its frame ring; ``sites`` are the sides or sites a capture may name."""

    id: str
    label: str
    role: str
    phase: CameraPhase
    ring: str
    sites: tuple[Site, ...] = ()
