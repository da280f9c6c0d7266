# SPDX-License-Identifier: Apache-2.0
"""How near the doctor looks: the part of the chosen camera's picture that is encoded for all of them. Pure.

There is one for everybody, as there is one encoding: the last wish wins. It is over with the encounter, with another
camera, and when the doctor who wished it leaves.
"""

from collections.abc import Sequence

import msgspec

from device import commands as c
from device import region
from device.errors import Refusal
from device.people import Practitioner
from device.station.state import State, Zoom


def nearer(state: State, command: c.ZoomPicture, by: Practitioner | None, size: tuple[int, int]) -> Zoom:
    """What ``command`` makes of the zoom; ``size`` is the camera's picture. Raises Refusal."""
    if by is not None and by.peer not in {doctor.peer for doctor in state.call.doctors}:
        raise Refusal(69, "Vous n’êtes plus dans cet appel.", "a zoom of nobody in the call")
    try:
        part = region.asked(command.x, command.y, command.width, size)
    except ValueError as error:
        raise Refusal(75, "Cette partie de l’image n’existe pas.", "not a part of a picture") from error
    if part.whole:
        return whole(state.zoom)
    operator = state.operator.name if state.operator is not None else ""
    name, peer = (operator, "") if by is None else (by.name, by.peer)
    return Zoom(state.zoom.number + 1, part, name, peer)


def whole(zoom: Zoom) -> Zoom:
    """All of the picture."""
    return zoom if zoom.region.whole else Zoom(zoom.number + 1)


def turned(before: State, camera: str) -> Zoom:
    """When ``camera`` is chosen: another one is seen whole."""
    return before.zoom if camera == before.camera else whole(before.zoom)


def left(zoom: Zoom, before: Sequence[Practitioner], after: Sequence[Practitioner]) -> Zoom:
    """When the doctors of the call were ``before`` and are ``after``."""
    gone = {doctor.peer for doctor in before} - {doctor.peer for doctor in after}
    return whole(zoom) if zoom.peer and zoom.peer in gone else zoom


def nameless(zoom: Zoom) -> Zoom:
    """Without the name that the rendezvous server has for the doctor's page."""
    return msgspec.structs.replace(zoom, peer="")
