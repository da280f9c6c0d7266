# SPDX-License-Identifier: Apache-2.0
"""What the screen says of cameras: their names, and the hint of a blurred picture, which takes nothing away."""

from datetime import datetime

import msgspec

from device.camera import CameraPhase
from device.region import Region
from device.station.state import CameraState, State, Zoom
from tests.ui import scenes
from ui.file import fold
from ui.viewmodels.controls import controls
from ui.viewmodels.frame import Frame
from ui.viewmodels.moment import Moment

LOCAL = datetime.fromtimestamp(scenes.WALL.timestamp()).astimezone()
HINT = "Otoscope, image floue : faites la netteté ou nettoyez l’embout."


def moment(state: State) -> Moment:
    return Moment(state, fold(None, scenes.usual()), scenes.NOW, LOCAL, None)


def blurred(**changes: object) -> State:
    cameras = tuple(msgspec.structs.replace(one, blurred=one.id == "oto") for one in scenes.CAMERAS)
    return scenes.talking(**{"cameras": cameras, "camera": "oto", **changes})


def notices(state: State) -> tuple[str, ...]:
    return Frame(lambda: 0.0)._framed(moment(state)).notices


def test_blurred_picture_is_said_and_can_still_be_captured() -> None:
    view = controls(moment(blurred()))
    assert view.caption == "Otoscope · floue"
    assert (view.veil, view.can_capture) == ("", True)
    oto = next(one for one in view.cameras if one.id == "oto")
    assert oto.ready
    assert oto.spoken == "Otoscope, montrée au médecin, image floue"
    assert notices(blurred()) == (HINT,)


def test_hint_is_only_of_the_moving_picture_that_is_shown() -> None:
    for state in (blurred(camera="room"), blurred(frozen=True), blurred(camera_on=False), scenes.talking(camera="oto")):
        assert notices(state) == ()
    assert controls(moment(blurred(frozen=True))).caption == "Otoscope · figée"


def test_caption_says_how_near_the_doctor_looks() -> None:
    for width, by, caption in (
        (1 / 3, "p1", "Salle · zoom du médecin × 3"),
        (0.4, "p1", "Salle · zoom du médecin × 2,5"),
        (0.125, "", "Salle · zoom × 8"),
    ):
        zoom = Zoom(1, Region(0.1, 0.2, width, width), "Dr Roux", by)
        assert controls(moment(scenes.talking(camera="room", zoom=zoom))).caption == caption
    assert controls(moment(scenes.talking(camera="room", zoom=Zoom(2)))).caption == "Salle"


def test_hint_stands_after_what_matters_more() -> None:
    assert notices(blurred(notices=scenes.NOTICES))[-1] == HINT
    assert len(notices(blurred(notices=scenes.NOTICES * 2))) == 3


def test_two_cameras_of_one_role_have_each_its_own_name() -> None:
    twins = tuple(CameraState(name, f"Otoscope {name}", "otoscope", CameraPhase.LIVE, "") for name in ("est", "ouest"))
    labels = [one.label for one in controls(moment(scenes.talking(cameras=(*twins, scenes.CAMERAS[0])))).cameras]
    assert labels == ["Otoscope est", "Otoscope ouest", "Salle"]


def test_each_role_has_a_short_name_for_its_button() -> None:
    cameras = tuple(
        CameraState(role, "Un nom bien trop long pour un bouton", role, CameraPhase.LIVE, "")
        for role in ("room", "otoscope", "dermatoscope", "intra-oral", "ultrasound")
    )
    labels = [one.label for one in controls(moment(scenes.talking(cameras=cameras))).cameras]
    assert labels == ["Salle", "Otoscope", "Dermato", "Bouche", "Écho"]
