# SPDX-License-Identifier: Apache-2.0
"""Who the patient is: traits that are typed, or scanned."""

from datetime import date

import msgspec
import pytest

from device import commands
from device.station.state import ScannedIdentity
from tests.ui import scenes
from ui.viewmodels.identity import dated, named, parsed

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1", "1"),
        ("12", "12/"),
        ("12/0", "12/0"),
        ("12/03", "12/03/"),
        ("12/03/1936", "12/03/1936"),
        ("12/03/19367", "12/03/1936"),
        ("a", ""),
    ],
)
def test_the_slashes_come_by_themselves(typed: str, shown: str) -> None:
    assert dated(typed, erasing=False) == shown


def test_erasing_goes_back_over_a_slash() -> None:
    assert dated("12/03", erasing=True) == "12/03"
    assert dated("12", erasing=True) == "12"


@pytest.mark.parametrize("text", ["31/02/1936", "12/13/1936", "12/03/1836", "22/11/2026", "12/03/36", "", "00/00/0000"])
def test_a_date_that_cannot_be_is_refused(text: str) -> None:
    assert parsed(text, TODAY) is None


def test_a_date_is_read() -> None:
    assert parsed("29/02/1936", TODAY) == date(1936, 2, 29)


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("marie-antoinette", "Marie-Antoinette"), ("VAN MINH", "Van Minh"), ("d’arc", "D’Arc"), ("éloïse", "Éloïse")],
)
def test_names_have_their_capitals(typed: str, shown: str) -> None:
    assert named(typed) == shown


def test_a_scanned_resident_is_one_touch_away(stand) -> None:
    kiosk = stand()
    seen = ScannedIdentity(scenes.JEANNE, scenes.at(1), scenes.JEANNE.id)
    kiosk.show(msgspec.structs.replace(scenes.HOME, scanned=seen))
    kiosk.until(lambda: kiosk.has("BERNARD"))
    assert kiosk.has("LEROUX Jeanne, née le 12/03/1936")
    kiosk.shot("scanned")
    kiosk.touch("Ouvrir son dossier")
    kiosk.until(lambda: bool(kiosk.wire.commands))
    assert kiosk.wire.commands[-1] == commands.OpenEncounter(scenes.JEANNE)


def test_a_scanned_stranger_is_read_over_and_can_be_put_away(stand) -> None:
    kiosk = stand()
    stranger = msgspec.structs.replace(scenes.PAUL, id="fresh", matricule="131077999999999")
    kiosk.show(msgspec.structs.replace(scenes.HOME, scanned=ScannedIdentity(stranger, scenes.at(1))))
    assert kiosk.has("Ce nom n’est pas dans la liste des résidents")
    assert not kiosk.has("131077999999999")
    kiosk.touch("Ce n’est pas lui")
    assert not kiosk.has("Code scanné")
    assert not kiosk.wire.commands
    kiosk.show(msgspec.structs.replace(scenes.HOME, scanned=ScannedIdentity(stranger, scenes.at(0))))
    kiosk.touch("Ouvrir son dossier")
    kiosk.until(lambda: bool(kiosk.wire.commands))
    assert kiosk.wire.commands[-1] == commands.OpenEncounter(stranger)
