# SPDX-License-Identifier: Apache-2.0
import pytest

from device.ble import faults
from device.words import the

ERRORS = [
    faults.unreachable("Tensiomètre", "x"),
    faults.hollow("Tensiomètre", "x"),
    faults.broken("Tensiomètre", "x"),
    faults.flooding("Tensiomètre"),
    faults.babbling("Tensiomètre"),
    faults.impostor("Tensiomètre"),
    faults.deaf("x"),
    faults.unbonded("Tensiomètre", "x"),
]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("Tensiomètre", "le tensiomètre"),
        ("Oxymètre", "l’oxymètre"),
        ("Thermomètre", "le thermomètre"),
        ("Balance", "la balance"),
        ("Électrocardiographe", "l’électrocardiographe"),
    ],
)
def test_a_kind_has_its_article(kind: str, words: str) -> None:
    assert the(kind) == words


def test_every_fault_has_its_own_code() -> None:
    codes = [error.code for error in ERRORS]
    assert codes == sorted(set(codes))
    assert all(code.startswith("BLE-") for code in codes)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_a_line_is_a_sentence_with_the_wards_typography(error) -> None:
    assert error.line[0].isupper()
    assert error.line.endswith(".")
    assert "'" not in error.line
    assert len(error.line) <= 120


def test_only_an_impostor_is_not_tried_again() -> None:
    assert [error.code for error in ERRORS if not error.retry] == [faults.impostor("x").code]


@pytest.mark.parametrize(
    ("battery", "line"), [(None, ""), (100, ""), (21, ""), (20, "Pile à changer."), (0, "Pile à changer.")]
)
def test_a_low_battery_is_said(battery: int | None, line: str) -> None:
    assert faults.battery_line(battery) == line


def test_who_vanished_is_named_with_what_to_do() -> None:
    assert faults.vanished("Oxymètre").startswith("L’oxymètre ne répond plus : remplacez la pile")
