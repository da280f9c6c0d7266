# SPDX-License-Identifier: Apache-2.0
"""f50: a double tap on any action does it once."""

import pytest

from device import commands
from tests.ui import scenes
from tests.ui.conftest import qapp_cls, stand  # noqa: F401 - fixtures


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("Figer", commands.Freeze(frozen=True)),
        ("Couper le micro", commands.SetMicrophone(on=False)),
        ("Couper l’image", commands.SetCamera(on=False)),
        ("Otoscope", commands.ChooseCamera("oto")),
    ],
)
def test_f50_a_double_tap_on_a_control_asks_once(stand, name: str, command: commands.Command) -> None:  # noqa: F811 - the fixture
    kiosk = stand(hasty=False)
    kiosk.show(scenes.talking(camera="room"), scenes.usual())
    kiosk.touch(name, times=2)
    kiosk.until(lambda: bool(kiosk.wire.commands))
    assert kiosk.wire.commands == [command]


def test_f50_a_toggle_is_not_undone_by_the_second_tap_even_when_the_state_has_come_between(stand) -> None:  # noqa: F811 - the fixture
    kiosk = stand(hasty=False)
    kiosk.show(scenes.talking(), scenes.usual())
    kiosk.touch("Couper le micro")
    kiosk.until(lambda: bool(kiosk.wire.commands))
    kiosk.show(scenes.talking(microphone_on=False))
    kiosk.touch("Rétablir le micro")
    assert kiosk.wire.commands == [commands.SetMicrophone(on=False)]
    kiosk.ticks.now += 1
    kiosk.touch("Rétablir le micro")
    kiosk.until(lambda: len(kiosk.wire.commands) == 2)


def test_f50_the_second_tap_never_reaches_what_appeared_under_the_finger(stand) -> None:  # noqa: F811 - the fixture
    kiosk = stand(hasty=False)
    kiosk.show(scenes.HOME)
    kiosk.until(lambda: kiosk.has("LEROUX Jeanne"))
    place = kiosk.centre(kiosk.find("LEROUX Jeanne"))
    kiosk.touch("LEROUX Jeanne")
    kiosk.settle = False
    kiosk.show(scenes.CONSENT, scenes.opened()[:1])
    kiosk.touch_at(place)
    kiosk.touch("Oui, c’est elle")
    kiosk.touch("Non, changer")
    assert kiosk.wire.commands == [commands.OpenEncounter(scenes.JEANNE)]


def test_f50_a_double_tap_on_the_end_opens_the_question_and_does_not_answer_it(stand) -> None:  # noqa: F811 - the fixture
    kiosk = stand(hasty=False)
    kiosk.show(scenes.talking(), scenes.usual())
    kiosk.touch("Terminer", times=2)
    assert kiosk.has("Terminer la téléconsultation ?")
    kiosk.touch("Oui, terminer", times=2)
    kiosk.until(lambda: bool(kiosk.wire.commands))
    assert kiosk.wire.commands == [commands.EndEncounter()]


def test_f50_a_capture_and_an_attribution_are_done_once(stand) -> None:  # noqa: F811 - the fixture
    kiosk = stand(hasty=False)
    kiosk.show(scenes.talking(), scenes.usual())
    kiosk.touch("Capturer", times=2)
    kiosk.touch("Oreille droite", times=2)
    kiosk.touch("2 mesures de côté", times=2)
    kiosk.touch("C’est bien la sienne… 171/98", times=2)
    kiosk.touch("Oui, c’est celle de Mme Leroux", times=2)
    kiosk.until(lambda: len(kiosk.wire.commands) == 2)
    assert kiosk.wire.commands == [
        commands.Capture(scenes.Site.RIGHT_EAR),
        commands.AttributeMeasurement(scenes.identity(6)),
    ]
