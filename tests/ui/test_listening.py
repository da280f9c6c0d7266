# SPDX-License-Identifier: Apache-2.0
"""The stethoscope, the files that wait and the sound test, at the screen."""

from pathlib import Path

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import QSize

from device import commands
from device.codes import Position
from device.entry import DocumentAttached, SoundRecorded
from device.levels import LevelWriter
from device.sound import Trial
from device.station.state import ListeningPhase, ListeningState, SoundState, WaitingDocument
from tests.ui import scenes
from tests.ui.guard import faults
from tests.ui.stand import SIZES, Stand
from ui.wave import POINTS, Wave

READY = ListeningState(ListeningPhase.READY, "Stéthoscope USB", "")
ECG = WaitingDocument("a1", "ECG-0412.pdf", "application/pdf", 184_000, 2, scenes.at(40), "LEROUX Jeanne")
BAD = WaitingDocument(
    "a2", "x" * 60 + ".pdf", "", 10, 0, scenes.at(90), "", "ce PDF contient un programme : il est refusé"
)


@pytest.fixture
def kiosk(stand) -> Stand:
    return stand()


def heart(path: Path, loudness: int = 9000) -> LevelWriter:
    """Four seconds of something that beats."""
    writer = LevelWriter(path)
    time = np.arange(POINTS) / 200
    beat = (loudness * np.exp(-((time % 0.8) ** 2) / 0.004)).astype(np.int16)
    writer.write(np.stack([-beat, beat], axis=1), -20.0, scenes.NOW)
    return writer


def test_a_cart_without_a_stethoscope_says_nothing_of_it(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(), scenes.usual())
    assert not kiosk.has("Écouter")


def test_the_position_comes_first_then_it_listens(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(listening=READY), scenes.usual())
    kiosk.touch("Écouter")
    assert kiosk.has("Où est posé le stéthoscope ?")
    kiosk.shot("listen-where")
    kiosk.touch("Foyer mitral")
    kiosk.until(lambda: bool(kiosk.wire.commands))
    assert kiosk.wire.commands[-1] == commands.StartAuscultation(Position.MITRAL)


def test_what_is_heard_is_kept_by_one_touch_and_thrown_away_by_two(kiosk: Stand, tmp_path: Path) -> None:
    heart(tmp_path / "levels")
    on = ListeningState(
        ListeningPhase.LISTENING, "S", str(tmp_path / "levels"), Position.MITRAL, scenes.at(12), recording=True
    )
    kiosk.show(scenes.talking(listening=on), scenes.usual())
    assert kiosk.has("Stéthoscope, Foyer mitral · 00:12")
    kiosk.until(lambda: kiosk.has("Onde du stéthoscope") and not kiosk.has("Onde du stéthoscope, rien"))
    kiosk.shot("listening")
    kiosk.touch("Ne pas garder")
    kiosk.touch("Revenir")
    assert not kiosk.wire.commands
    kiosk.touch("Arrêter et garder")
    kiosk.until(lambda: bool(kiosk.wire.commands))
    assert kiosk.wire.commands[-1] == commands.StopAuscultation(keep=True)
    kiosk.touch("Ne pas garder")
    kiosk.touch("Oui, ne pas garder")
    kiosk.until(lambda: kiosk.wire.commands[-1] == commands.StopAuscultation(keep=False))


def test_one_that_ended_by_itself_waits_to_be_kept(kiosk: Stand) -> None:
    ended = ListeningState(ListeningPhase.ABSENT, "S", "", Position.ERB, scenes.at(12))
    kiosk.show(scenes.talking(listening=ended), scenes.usual())
    assert kiosk.has("Stéthoscope débranché")
    assert kiosk.has("Garder")
    kiosk.shot("listening-ended")


def test_a_wave_that_is_not_of_now_is_not_shown(tmp_path: Path, qtbot) -> None:
    heart(tmp_path / "levels")
    now = [scenes.NOW]
    wave = Wave("one", lambda: now[0])
    wave.follow(str(tmp_path / "levels"))
    wave.watch(True)  # noqa: FBT003 - a slot's arguments have no names
    qtbot.waitUntil(lambda: wave.property("heard"), timeout=2000)
    loud = wave.image("0b5a5e", QSize(400, 80))
    assert len({loud.pixelColor(x, 2).alpha() for x in range(400)}) > 1, "peaks reach the top"
    now[0] += 5
    qtbot.waitUntil(lambda: not wave.property("heard"), timeout=2000)
    flat = wave.image("0b5a5e", QSize(400, 80))
    assert {flat.pixelColor(x, y).alpha() for x in range(400) for y in (2, 40)} == {0}
    wave.watch(False)  # noqa: FBT003 - likewise


def test_a_file_is_attached_with_both_names_in_sight(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(documents=(BAD, ECG)), scenes.usual())
    kiosk.touch("2 mesures de côté, 2 fichiers reçus")
    kiosk.shot("tray-files")
    kiosk.touch("C’est bien le sien")
    assert kiosk.has("Nom écrit dans le fichier : LEROUX Jeanne")
    assert kiosk.has("Dossier ouvert : LEROUX Jeanne")
    kiosk.shot("attach")
    kiosk.touch("C’est un ECG")
    kiosk.until(lambda: bool(kiosk.wire.commands))
    assert kiosk.wire.commands[-1] == commands.AttachDocument("a1", "ecg")


def test_a_refused_file_says_why_and_can_only_be_put_away(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(documents=(BAD,)), scenes.opened())
    kiosk.touch("1 fichier reçu")
    assert not kiosk.has("C’est bien le sien")
    kiosk.touch("Écarter…")
    kiosk.touch("Oui, écarter")
    kiosk.until(lambda: bool(kiosk.wire.commands))
    assert kiosk.wire.commands[-1] == commands.DiscardDocument("a2")


def test_sounds_and_documents_stand_in_the_summary(kiosk: Stand) -> None:
    sound = SoundRecorded("s", "Stéthoscope", Position.MITRAL, "0" * 64, "audio/flac", 9, 48000, 21.4, scenes.at(50))
    paper = DocumentAttached("ECG-0412.pdf", "ecg", "0" * 64, "application/pdf", 9, 2, scenes.at(50), scenes.CAMILLE)
    more = [scenes.entry(12, sound), scenes.entry(13, paper)]
    kiosk.show(scenes.closed(), [*scenes.usual(), *more, *scenes.ending()])
    assert kiosk.has("Auscultation : foyer mitral, 21 s")
    assert kiosk.has("ECG : ECG-0412.pdf")


def test_the_sound_is_tested_from_home(kiosk: Stand, tmp_path: Path) -> None:
    heart(tmp_path / "levels", 4000)
    sound = SoundState(str(tmp_path / "levels"), trial=Trial.QUIET, tested=scenes.at(3))
    kiosk.show(msgspec.structs.replace(scenes.HOME, sound=sound))
    assert kiosk.has(Trial.QUIET.line[:1].upper() + Trial.QUIET.line[1:])
    kiosk.until(lambda: kiosk.has("Ce que le micro entend") and not kiosk.has("Ce que le micro entend, rien"))
    kiosk.shot("home-sound")
    kiosk.touch("Tester le son")
    kiosk.until(lambda: bool(kiosk.wire.commands))
    assert isinstance(kiosk.wire.commands[-1], commands.TestSound)


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_nor_covered(stand, size: str, tmp_path: Path) -> None:
    kiosk = stand(size=size, settle=False)
    heart(tmp_path / "levels")
    on = ListeningState(
        ListeningPhase.SILENT,
        "S",
        str(tmp_path / "levels"),
        Position.FRONT_LOWER_RIGHT,
        scenes.at(4000),
        recording=True,
    )
    kiosk.show(scenes.talking(listening=on, documents=(ECG, BAD), notices=scenes.NOTICES), scenes.usual())
    assert not faults(kiosk), "listening"
    kiosk.shot("listening-widest")
    kiosk.show(scenes.talking(listening=READY, documents=(ECG, BAD)))
    kiosk.kit.kiosk.parts["sheet"].open("listen")
    kiosk.shot("listen-where")
    assert not faults(kiosk), "where"
    kiosk.kit.kiosk.parts["sheet"].open("attach", "a1")
    assert not faults(kiosk), "attach"
    for place in ("pressure", "temperature", "glucose"):
        kiosk.kit.kiosk.parts["sheet"].open("enter", place)
        for key in "132/81":
            kiosk.kit.kiosk.parts["sheet"].key(key)
        kiosk.shot(f"enter-{place}")
        assert not faults(kiosk), place
    kiosk.kit.kiosk.parts["sheet"].close()
    kiosk.kit.kiosk.parts["act"].showTray(True)  # noqa: FBT003 - likewise
    kiosk.kit.kiosk.refresh()
    kiosk.shot("tray")
    assert not faults(kiosk), "tray"
