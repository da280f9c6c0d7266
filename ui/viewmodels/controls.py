# SPDX-License-Identifier: Apache-2.0
"""The row of buttons under the picture, the doctor's view of the room, and the two at the right."""

from decimal import Decimal

import msgspec

from device.station.state import CameraPhase, CameraState
from ui import french
from ui.viewmodels.listening import listening
from ui.viewmodels.moment import Moment

ICONS = {"room": "room", "otoscope": "ear", "dermatoscope": "skin", "ultrasound": "video", "document": "page"}
SHORT = {
    "dermatoscope": "Dermato",
    "otoscope": "Otoscope",
    "room": "Salle",
    "intra-oral": "Bouche",
    "ultrasound": "Écho",
}
"""What a button has room for, where it is the only one of its role: of two, each has its own label."""


class Camera(msgspec.Struct, frozen=True):
    """A camera button."""

    id: str
    label: str
    icon: str
    chosen: bool
    ready: bool
    spoken: str


class ControlsView(msgspec.Struct, frozen=True):
    """Cameras, toggles and counts. ``caption`` names what the doctor sees; ``veil`` says why there is no picture."""

    cameras: tuple[Camera, ...]
    caption: str
    veil: str
    ring: str
    frozen: bool
    camera_on: bool
    microphone_on: bool
    can_capture: bool
    text_shown: bool
    aside: str
    aside_count: int
    listens: bool
    can_listen: bool


def controls(moment: Moment) -> ControlsView:
    """The controls of a moment."""
    state = moment.state
    roles = [one.role for one in state.cameras]
    cameras = tuple(_camera(one, state.camera, alone=roles.count(one.role) == 1) for one in state.cameras)
    chosen = next((one for one in state.cameras if one.id == state.camera), None)
    count = len(moment.file.asides) if moment.file is not None else 0
    files = len(state.documents)
    put = [french.counted(count, "mesure de côté", "mesures de côté")] if count else []
    put += [french.counted(files, "fichier reçu", "fichiers reçus")] if files else []
    heard = listening(moment)
    seen = chosen is not None and chosen.phase is CameraPhase.LIVE
    return ControlsView(
        cameras=cameras,
        caption=_caption(moment, chosen),
        veil=_veil(moment, chosen),
        ring=chosen.ring if chosen is not None else "",
        frozen=state.frozen,
        camera_on=state.camera_on,
        microphone_on=state.microphone_on,
        can_capture=seen and bool(chosen and chosen.sites),
        text_shown=state.text is not None,
        aside=", ".join(put),
        aside_count=count + files,
        listens=heard.there,
        can_listen=heard.ready,
    )


def _camera(camera: CameraState, chosen: str, *, alone: bool) -> Camera:
    ready = camera.phase is CameraPhase.LIVE
    state = (", image floue" if camera.blurred else "") if ready else f", {camera.phase.line}"
    picked = ", montrée au médecin" if camera.id == chosen else ""
    label = SHORT.get(camera.role, camera.label) if alone else camera.label
    return Camera(
        camera.id, label, ICONS.get(camera.role, "camera"), camera.id == chosen, ready, f"{label}{picked}{state}"
    )


def _caption(moment: Moment, camera: CameraState | None) -> str:
    if camera is None:
        return "Aucune caméra"
    said = [camera.label]
    if moment.state.frozen:
        said.append("figée")
    elif camera.blurred:
        said.append("floue")
    zoom = moment.state.zoom
    if not zoom.region.whole:
        times = french.number(round(1 / Decimal(zoom.region.width), 1), 1).removesuffix(",0")
        said.append(f"zoom du médecin × {times}" if zoom.peer else f"zoom × {times}")
    return " · ".join(said)


def _veil(moment: Moment, camera: CameraState | None) -> str:
    if not moment.state.camera_on:
        return "Image coupée"
    if camera is None:
        return "Aucune caméra"
    return french.sentence(camera.phase.line)
