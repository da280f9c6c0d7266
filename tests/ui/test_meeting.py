# SPDX-License-Identifier: Apache-2.0
"""Letting a meeting in: two touches and the patient's word, a mark for as long as it lasts, one touch to end it."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from device import commands
from device.station.state import CallPhase, ConferencePhase, ConferenceState, DoctorState, State
from tests.ui import scenes
from tests.ui.guard import faults
from tests.ui.stand import Stand
from tests.ui.test_call import NOEL, PETIT
from ui.viewmodels.call import call
from ui.viewmodels.meeting import CUT, meeting
from ui.viewmodels.moment import Moment

LOCAL = datetime(2026, 11, 20, 14, 36, tzinfo=ZoneInfo("Europe/Paris"))
SENT = "Réunion : l’image et le son y sont envoyés"
ENTER = "Faire entrer une réunion de concertation…"
FAR = "Le serveur de conférence est injoignable. Le chariot réessaie tout seul."


def state(phase: ConferencePhase, line: str = "", *, shown: bool = False, **more: object) -> State:
    conference = ConferenceState(phase, scenes.at(9), line, shown)
    live = msgspec.structs.replace(scenes.TALKING, code="482913", link=scenes.LINK, conference=conference)
    return scenes.talking(**{"call": live, **more})


def moment(shown: State) -> Moment:
    return Moment(shown, None, scenes.NOW, LOCAL, None)


def test_two_touches_let_it_in_and_one_ends_it(stand: Callable[[], Stand]) -> None:
    kiosk = stand()
    kiosk.show(state(ConferencePhase.CLOSED), scenes.usual())
    kiosk.touch("Inviter un autre médecin")
    kiosk.shot("110-meeting-offered")
    kiosk.touch(ENTER)
    assert kiosk.has("Faire entrer la réunion de concertation ?")
    assert kiosk.has(
        "Toutes les personnes de la réunion verront et entendront Mme Leroux, et vous aussi. Le médecin y sera entendu."
    )
    assert not kiosk.wire.commands
    kiosk.shot("111-meeting-asked")
    assert not faults(kiosk)
    kiosk.touch("Elle est d’accord, faire entrer")
    kiosk.until(lambda: kiosk.wire.commands[-1:] == [commands.OpenConference()])
    kiosk.show(state(ConferencePhase.OPENING))
    assert kiosk.has("Réunion : le chariot s’y relie…")
    kiosk.show(state(ConferencePhase.OPEN))
    assert kiosk.has(SENT)
    kiosk.shot("112-meeting-there")
    assert not faults(kiosk)
    kiosk.touch("Arrêter la réunion")
    kiosk.until(lambda: kiosk.wire.commands[-1:] == [commands.CloseConference()])
    kiosk.show(state(ConferencePhase.CLOSED))
    assert not kiosk.has(SENT)
    assert not kiosk.has("Arrêter la réunion")


def test_it_can_be_put_off_and_nothing_is_sent(stand: Callable[[], Stand]) -> None:
    kiosk = stand()
    kiosk.show(state(ConferencePhase.CLOSED), scenes.usual())
    kiosk.touch("Inviter un autre médecin")
    kiosk.touch(ENTER)
    kiosk.touch("Revenir")
    assert not kiosk.has("Faire entrer la réunion de concertation ?")
    assert not kiosk.wire.commands


def test_a_cut_is_said_with_its_reason_and_stays_on_the_screen_whatever_becomes_of_the_doctor(
    stand: Callable[[], Stand],
) -> None:
    kiosk = stand()
    cut = state(ConferencePhase.CUT, FAR)
    kiosk.show(cut, scenes.usual())
    assert kiosk.has(CUT)
    assert kiosk.has(FAR)
    kiosk.shot("113-meeting-cut")
    assert not faults(kiosk)
    lost = msgspec.structs.replace(cut, call=msgspec.structs.replace(cut.call, phase=CallPhase.INTERRUPTED))
    kiosk.show(lost)
    assert kiosk.has(CUT)
    assert kiosk.has("Arrêter la réunion")
    kiosk.shot("114-meeting-alone")
    assert not faults(kiosk)


def test_all_seats_taken_it_is_offered_still_and_without_a_server_never(stand: Callable[[], Stand]) -> None:
    kiosk = stand()
    three = state(ConferencePhase.CLOSED).call
    full = msgspec.structs.replace(three, others=(DoctorState(NOEL), DoctorState(PETIT)))
    kiosk.show(scenes.talking(call=full), scenes.usual())
    kiosk.touch("Inviter un autre médecin")
    assert kiosk.has(ENTER)
    kiosk.shot("115-meeting-full")
    assert not faults(kiosk)
    kiosk.show(state(ConferencePhase.ABSENT))
    assert not kiosk.has(ENTER)
    kiosk.show(state(ConferencePhase.OPEN))
    assert not kiosk.has(ENTER)
    kiosk.touch("Faire sortir la réunion")
    kiosk.until(lambda: kiosk.wire.commands[-1:] == [commands.CloseConference()])


@pytest.mark.parametrize(
    ("image", "sound", "title"),
    [
        (True, True, SENT),
        (False, True, "Réunion : le son y est envoyé, image coupée"),
        (True, False, "Réunion : l’image y est envoyée, micro coupé"),
        (False, False, "Réunion : image et micro coupés pour elle aussi"),
    ],
)
def test_the_mark_says_what_is_sent(image: bool, sound: bool, title: str) -> None:
    shown = state(ConferencePhase.OPEN, camera_on=image, microphone_on=sound)
    assert meeting(moment(shown)).title == title


@pytest.mark.parametrize("phase", [ConferencePhase.ABSENT, ConferencePhase.CLOSED])
def test_there_is_no_mark_without_a_meeting(phase: ConferencePhase) -> None:
    found = meeting(moment(state(phase)))
    assert (found.there, found.title, found.line, found.word) == (False, "", "", "")


def test_the_plate_says_that_the_picture_is_the_meetings() -> None:
    assert call(moment(state(ConferencePhase.OPEN, shown=True))).plate == f"Réunion · avec {scenes.DIALLO.name}"
    assert call(moment(state(ConferencePhase.OPEN))).plate == scenes.DIALLO.name


def test_the_mark_has_room_beside_the_longest_name_on_the_smallest_screen(stand: Callable[[], Stand]) -> None:
    kiosk = stand(size="1024x600")
    wide = scenes.encounter(scenes.LONGEST)
    kiosk.show(state(ConferencePhase.CUT, FAR, encounter=wide, camera_on=False, microphone_on=False), scenes.usual())
    assert kiosk.has("Arrêter la réunion")
    kiosk.shot("116-meeting-narrow")
    assert not faults(kiosk)
    kiosk.show(state(ConferencePhase.OPEN, encounter=wide, camera_on=False, microphone_on=False))
    kiosk.shot("117-meeting-narrow-open")
    assert not faults(kiosk)
