# SPDX-License-Identifier: Apache-2.0
"""What stands over the doctor's picture."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from device.people import Practitioner
from device.station.state import CallState, DoctorState, State
from tests.ui import scenes
from tests.ui.guard import faults
from tests.ui.stand import Stand
from ui.file import fold
from ui.viewmodels.call import call
from ui.viewmodels.moment import Moment
from ui.viewmodels.sheet_views import FULL, build
from ui.viewmodels.sheets import SheetView

LOCAL = datetime(2026, 11, 20, 14, 36, tzinfo=ZoneInfo("Europe/Paris"))


DIALLO = scenes.DIALLO.name
NOEL, PETIT = Practitioner("p8", "Dr Noël"), Practitioner("p7", "Dr Petit")


def sheet(call: CallState, name: str, argument: str) -> SheetView:
    state = scenes.talking(call=call)
    return build(Moment(state, fold(None, scenes.usual()), scenes.NOW, LOCAL, None), name, argument, "")


def plate(state: State) -> str:
    return call(Moment(state, fold(None, scenes.usual()), scenes.NOW, LOCAL, None)).plate


def test_the_plate_says_that_the_doctors_microphone_is_off() -> None:
    state = scenes.talking()
    name = plate(state)
    assert name
    assert "micro" not in name
    muted = msgspec.structs.replace(state, call=msgspec.structs.replace(state.call, microphone=False))
    assert plate(muted) == f"{name} · micro coupé"


def test_nobody_has_no_microphone() -> None:
    assert plate(scenes.base()) == ""


def test_several_doctors_are_all_named_each_with_what_is_wrong() -> None:
    others = (DoctorState(NOEL, microphone=False), DoctorState(PETIT, alive=False))
    call = msgspec.structs.replace(scenes.TALKING, others=others)
    assert plate(scenes.talking(call=call)) == f"{DIALLO}, Dr Noël (micro coupé), Dr Petit (liaison coupée)"
    muted = msgspec.structs.replace(call, microphone=False, others=others[:1])
    assert plate(scenes.talking(call=muted)) == f"{DIALLO} (micro coupé), Dr Noël (micro coupé)"


def test_the_sheet_says_who_is_there_already_and_that_three_are_the_most() -> None:
    asks = (Practitioner("p9", "Dr Roy"),)
    one = msgspec.structs.replace(scenes.TALKING, knocking=asks)
    assert "est déjà en communication" in sheet(one, "knock", "p9").lines[0]
    two = msgspec.structs.replace(one, others=(DoctorState(NOEL),))
    assert sheet(two, "knock", "p9").lines[0] == f"{DIALLO} et Dr Noël sont déjà en communication : tous s’entendront."
    assert [choice.id for choice in sheet(two, "knock", "p9").choices] == ["refuse", "admit"]
    three = msgspec.structs.replace(one, others=(DoctorState(NOEL), DoctorState(PETIT)))
    assert [choice.id for choice in sheet(three, "knock", "p9").choices] == ["refuse"]
    gone = msgspec.structs.replace(one, others=(DoctorState(NOEL), DoctorState(PETIT, alive=False)))
    assert [choice.id for choice in sheet(gone, "knock", "p9").choices] == ["refuse", "admit"]


def test_another_doctor_is_invited_with_the_code_of_the_moment(stand: Callable[[], Stand]) -> None:
    kiosk = stand()
    call = msgspec.structs.replace(
        scenes.TALKING,
        others=(DoctorState(NOEL, words="ancre · bougie · cabane · dragon"), DoctorState(PETIT, microphone=False)),
        words="abeille · tulipe · violon · cerise",
        code="482913",
        link=scenes.LINK,
    )
    kiosk.show(scenes.talking(call=msgspec.structs.replace(call, others=call.others[:1])), scenes.usual())
    assert kiosk.has(f"{DIALLO}, Dr Noël")
    assert kiosk.has(
        f"Mots de contrôle\n{DIALLO} : abeille · tulipe · violon · cerise\nDr Noël : ancre · bougie · cabane · dragon"
    )
    kiosk.shot("95-two-doctors")
    kiosk.touch("Inviter un autre médecin")
    assert kiosk.has("Donnez-lui ce code par téléphone : 482 913")
    kiosk.shot("96-invite")
    kiosk.touch("Fermer")
    kiosk.show(scenes.talking(call=call))
    kiosk.shot("97-three-doctors")
    kiosk.touch("Inviter un autre médecin")
    assert kiosk.has(FULL)
    found = faults(kiosk)
    assert not found
