# SPDX-License-Identifier: Apache-2.0
"""Every screen on every glass, with the longest words and the widest values; and the guard can fail."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QUrl
from PySide6.QtQml import QQmlComponent

from device.codes import Doubt, Metric
from device.people import Practitioner
from device.station.state import CallPhase, CallState, CameraPhase, InstrumentPhase, QueueState, ShownText
from tests.ui import scenes
from tests.ui.guard import faults
from tests.ui.stand import SIZES, Stand

SHEETS = ("end", "wrong", "withdraw", "oxygen", "capture", "text", "tile", "error", "attribute", "discard")
WHY = "Le serveur de dossiers ne répond pas"
WAITING = QueueState(scenes.at(), reachable=False, waiting=128, quarantined=0, oldest=scenes.at(4000), why=WHY)
LONG_DOCTOR = Practitioner("p2", "Dr Marie-Antoinette MARTIN-DESROCHES · médecin traitant")
SENTENCE = "Respirez bien fort par la bouche, puis soufflez doucement, je vous écoute Jeanne."[:80]


@pytest.fixture(params=SIZES)
def kiosk(request, stand) -> Stand:
    return stand(size=request.param, settle=False)


def check(kiosk: Stand, name: str) -> None:
    kiosk.shot(name)
    found = faults(kiosk)
    assert not found, f"{name}: " + "; ".join(" ".join(one) for one in found)


def long_encounter(**changes: object):
    one = scenes.encounter(scenes.LONGEST, opened=scenes.at(4000))
    doctor = CallState(CallPhase.CONNECTED, scenes.at(300), LONG_DOCTOR)
    state = scenes.talking(encounter=one, live=(), call=doctor, queue=WAITING, notices=scenes.NOTICES)
    return msgspec.structs.replace(state, **changes)


def test_sign_in(kiosk: Stand) -> None:
    kiosk.show(scenes.base(operators=scenes.LONG_OPERATORS, queue=WAITING, notices=scenes.NOTICES))
    kiosk.kit.kiosk.parts["signIn"].choose("camille")
    check(kiosk, "10-sign-in")
    kiosk.kit.kiosk.parts["signIn"].enter()
    check(kiosk, "11-sign-in-refused")


def test_home(kiosk: Stand) -> None:
    absent = msgspec.structs.replace(
        scenes.INSTRUMENTS[1],
        phase=InstrumentPhase.ABSENT,
        line="éteint ou trop loin : allumez-le près du chariot",
        battery=None,
    )
    stuck = msgspec.structs.replace(scenes.CAMERAS[1], phase=CameraPhase.BLACK)
    state = scenes.base(operator=scenes.CAMILLE, queue=WAITING, online=False, notices=scenes.NOTICES)
    state = msgspec.structs.replace(
        state, instruments=(scenes.INSTRUMENTS[0], absent, scenes.INSTRUMENTS[2]), cameras=(scenes.CAMERAS[0], stuck)
    )
    kiosk.show(state)
    kiosk.until(lambda: kiosk.has("MARTIN-DESROCHES"))
    check(kiosk, "12-home")
    kiosk.until(lambda: not kiosk.window.property("settling"))
    kiosk.window.findChild(object, "search").click()
    kiosk.kit.kiosk.parts["home"].search("m")
    check(kiosk, "13-home-search")
    kiosk.kit.kiosk.parts["home"].search("Martin-Desroches Marie")
    check(kiosk, "13-home-search-long")
    kiosk.window.findChild(object, "search").click()
    kiosk.kit.kiosk.parts["identity"].begin()
    for letter in "Martin-Desroches":
        kiosk.kit.kiosk.parts["identity"].key(letter)
    check(kiosk, "14-identity")
    kiosk.kit.kiosk.parts["identity"].enter()
    check(kiosk, "15-identity-missing")


def test_consent(kiosk: Stand) -> None:
    for patient in (scenes.LONGEST, scenes.JEANNE, scenes.PAUL):
        known = scenes.encounter(patient, consent=None)
        new = msgspec.structs.replace(known, identified=None)
        kiosk.show(scenes.base(operator=scenes.CAMILLE, encounter=new, notices=scenes.NOTICES))
        check(kiosk, f"16-consent-{patient.id}")
        kiosk.show(scenes.base(operator=scenes.CAMILLE, encounter=known))
        check(kiosk, f"17-consent-known-{patient.id}")


def test_consent_sheets(kiosk: Stand) -> None:
    kiosk.show(scenes.base(operator=scenes.CAMILLE, encounter=scenes.encounter(scenes.LONGEST, consent=None)))
    for sheet in ("written", "representative", "refuse"):
        kiosk.kit.kiosk.parts["sheet"].open(sheet, "")
        check(kiosk, f"18-{sheet}")


def test_encounter_with_the_usual_and_the_widest(kiosk: Stand) -> None:
    kiosk.show(long_encounter(), scenes.widest())
    check(kiosk, "20-encounter-widest")
    kiosk.show(long_encounter(asked=Metric.SYSTOLIC, camera_on=False, microphone_on=False, frozen=True))
    check(kiosk, "21-encounter-asked")


def test_encounter_live_and_gone(kiosk: Stand) -> None:
    doubts = (Doubt.WEAK_SIGNAL, Doubt.LOW_PERFUSION)
    kiosk.show(scenes.talking(live=scenes.LIVES), scenes.usual())
    check(kiosk, "22-encounter-live")
    gone = (
        scenes.live(Metric.SATURATION, "100", 12, linked=False, doubts=doubts),
        scenes.live(Metric.PULSE_OXIMETER, "199", 12, linked=False),
    )
    tired = msgspec.structs.replace(
        scenes.INSTRUMENTS[1], phase=InstrumentPhase.ABSENT, line="l'oxymètre s'est éteint : remplacez la pile"
    )
    state = scenes.talking(live=gone, encounter=scenes.encounter(oxygen_known=False))
    kiosk.show(msgspec.structs.replace(state, instruments=(scenes.INSTRUMENTS[0], tired, scenes.INSTRUMENTS[2])))
    check(kiosk, "23-encounter-gone")


def test_call_panels(kiosk: Stand) -> None:
    kiosk.show(long_encounter(notices=()), scenes.widest())
    for phase in (CallPhase.IDLE, CallPhase.DIALLING, CallPhase.WAITING, CallPhase.INTERRUPTED):
        call = CallState(phase, scenes.at(72), link=scenes.LINK, code="482913")
        kiosk.show(long_encounter(call=call, notices=()))
        check(kiosk, f"24-{phase}")
    kiosk.show(long_encounter(call=call, online=False, online_since=scenes.at(72), notices=()))
    check(kiosk, "25-offline")


def test_encounter_sheets(kiosk: Stand) -> None:
    kiosk.show(long_encounter(camera="derm", notices=()), scenes.widest())
    about = {"tile": "pressure", "error": str(scenes.identity(10)), "attribute": str(scenes.identity(5))}
    about["discard"] = about["attribute"]
    view = kiosk.kit.kiosk.parts["sheet"]
    for sheet in SHEETS:
        view.open(sheet, about.get(sheet, ""))
        for letter in SENTENCE if sheet == "text" else "":
            view.key(letter)
        assert view.property("view")["name"] == sheet
        check(kiosk, f"26-{sheet}")


def test_a_doctor_knocks_and_an_unusual_value(kiosk: Stand) -> None:
    unusual = scenes.pressure("231", "128", doubts=(Doubt.UNUSUAL,))
    asked = scenes.entry(15, scenes.MeasurementRecorded(unusual, scenes.LONG_CUFF, scenes.at(2)), 2)
    kiosk.show(long_encounter(notices=()), [*scenes.widest(), asked])
    check(kiosk, "27-unusual")
    call = CallState(CallPhase.CONNECTED, scenes.at(9), LONG_DOCTOR, (LONG_DOCTOR,))
    kiosk.show(long_encounter(call=call, notices=()))
    check(kiosk, "28-knock")


def test_the_tray(kiosk: Stand) -> None:
    kiosk.show(long_encounter(), scenes.widest())
    kiosk.kit.kiosk.parts["act"].showTray(shown=True)
    check(kiosk, "29-aside")


def test_the_patient_s_text(kiosk: Stand) -> None:
    kiosk.show(long_encounter(), scenes.widest())
    for text in ("Respirez bien fort", SENTENCE):
        kiosk.show(long_encounter(text=ShownText(text, "Dr Marie-Antoinette Martin-Desroches")))
        check(kiosk, f"30-text-{len(text)}")
    assert kiosk.window.findChild(object, "patient-text").property("font").pixelSize() >= 90


def test_summary(kiosk: Stand) -> None:
    closed = scenes.encounter(scenes.LONGEST, closed=scenes.at(1))
    state = scenes.closed(queue=WAITING, notices=scenes.NOTICES)
    kiosk.show(
        msgspec.structs.replace(state, encounter=closed),
        [*scenes.widest(), *scenes.ending("Otite externe droite. " * 30)],
    )
    check(kiosk, "31-summary")


def test_the_station_is_lost_and_a_refusal_is_said(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(), scenes.usual())
    kiosk.kit.kiosk.parts["frame"].say(
        "Le stockage est plein : la capture n’a pas été gardée. Appelez le service technique."
    )
    kiosk.shot("32-said")
    kiosk.wire.die()
    kiosk.until(lambda: kiosk.has("Le chariot ne répond plus"))
    kiosk.shot("33-lost")


def test_before_the_station_speaks(kiosk: Stand) -> None:
    kiosk.until(lambda: kiosk.has("Le chariot démarre"))
    check(kiosk, "00-starting")


BROKEN = """
import QtQuick
import QtQuick.Templates as T
Rectangle {
    color: "white"; width: 400; height: 200
    Rectangle {
        color: "#eeeeee"; width: 60; height: 40
        Text { text: "300/200 mmHg"; font.pixelSize: 40 }
    }
    Text { x: 4; y: 120; text: "trop pâle"; color: "#bbbbbb"; font.pixelSize: 20 }
    Text { x: 200; y: 120; text: "dessus"; font.pixelSize: 20 }
    Text { x: 210; y: 124; text: "dessous"; font.pixelSize: 20 }
    T.AbstractButton { y: 160; width: 30; height: 30; text: "petit"; Accessible.name: text }
    T.AbstractButton { x: 100; y: 160; width: 90; height: 90; text: "sans nom"; Accessible.ignored: true }
}
"""


def test_the_guard_fails_on_a_broken_screen(stand, tmp_path: Path) -> None:
    kiosk = stand()
    part = QQmlComponent(kiosk.kit.engine)
    part.setData(BROKEN.encode(), QUrl.fromLocalFile(str(tmp_path / "Broken.qml")))
    item = part.create()
    item.setParentItem(kiosk.window.contentItem())
    kiosk.until(lambda: any(one.property("text") == "petit" for one in kiosk.items()))
    found = {(one.kind, one.text) for one in faults(kiosk)}
    assert {
        ("cut", "300/200 mmHg"),
        ("contrast", "trop pâle"),
        ("overlap", "dessus"),
        ("target", "petit"),
        ("unnamed", "sans nom"),
    } <= found
    item.setParentItem(None)
    item.deleteLater()
