# SPDX-License-Identifier: Apache-2.0
"""A doctor asks for the cart's microphone: a question at the bedside, and nothing without its touch."""

from collections.abc import Callable

import pytest

from device import commands
from device.people import Practitioner
from device.station.state import CallPhase, CallState, MicrophoneRequest, State
from tests.ui import scenes
from tests.ui.stand import Stand

NAMED = Practitioner("p1", "Dr Aïssata Diallo")


def asking(*, on: bool = False, answer: str = "", by: Practitioner = NAMED, ago: float = 6.0, **more: object) -> State:
    request = MicrophoneRequest("r7", on, by, scenes.at(ago), answer)
    return scenes.talking(microphone_request=request, microphone_on=on if answer == "granted" else not on, **more)


@pytest.mark.parametrize(
    ("on", "title", "touch", "agree"),
    [
        (False, "Le Dr Aïssata Diallo demande à couper votre micro", "Oui, couper", True),
        (False, "Le Dr Aïssata Diallo demande à couper votre micro", "Laisser ouvert", False),
        (True, "Le Dr Aïssata Diallo demande à rouvrir votre micro", "Oui, rouvrir", True),
        (True, "Le Dr Aïssata Diallo demande à rouvrir votre micro", "Laisser coupé", False),
    ],
)
def test_the_question_is_answered_by_a_touch(
    stand: Callable[[], Stand], on: bool, title: str, touch: str, agree: bool
) -> None:
    kiosk = stand()
    kiosk.show(asking(on=on), scenes.usual())
    assert kiosk.has(title)
    assert kiosk.has(f"Sans réponse dans 24 s, le micro reste {'coupé' if on else 'ouvert'}.")
    kiosk.shot(f"microphone-{'open' if on else 'close'}")
    kiosk.touch(touch)
    kiosk.until(lambda: kiosk.wire.commands[-1:] == [commands.AnswerMicrophone("r7", agree)])


def test_what_became_of_it_is_said_and_the_question_is_gone(stand: Callable[[], Stand]) -> None:
    kiosk = stand()
    kiosk.show(asking(answer="granted"), scenes.usual())
    assert kiosk.has("Micro coupé à la demande du Dr Aïssata Diallo")
    kiosk.shot("microphone-granted")
    kiosk.show(asking(answer="refused"))
    assert kiosk.has("Micro laissé ouvert : le médecin en est averti")
    kiosk.show(asking(answer="expired", on=True))
    assert kiosk.has("Pas de réponse : le micro reste coupé")
    assert not kiosk.has("Oui, rouvrir")
    kiosk.show(scenes.talking())
    assert not kiosk.has("Pas de réponse : le micro reste coupé")


def test_a_question_that_is_being_answered_is_not_taken_away(stand: Callable[[], Stand]) -> None:
    kiosk = stand()
    kiosk.show(scenes.talking(), scenes.usual())
    kiosk.touch("Terminer")
    kiosk.show(asking())
    assert kiosk.has("Terminer la téléconsultation ?")
    kiosk.touch("Continuer")
    assert kiosk.has("Le Dr Aïssata Diallo demande à couper votre micro")


def test_a_knocking_doctor_comes_first(stand: Callable[[], Stand]) -> None:
    kiosk = stand()
    call = CallState(CallPhase.CONNECTED, scenes.at(300), NAMED, knocking=(Practitioner("p9", "Dr Noël"),))
    kiosk.show(asking(call=call), scenes.usual())
    assert kiosk.has("Le Dr Noël demande à entrer")


def test_the_longest_name_stands_whole(stand: Callable[[], Stand]) -> None:
    kiosk = stand()
    long = Practitioner("p1", "Dr Marie-Antoinette Martin-Desroches · gériatre, hôpital de jour d’Albi")
    kiosk.show(asking(by=long), scenes.usual())
    assert kiosk.has("Oui, couper")
    kiosk.shot("microphone-long")
