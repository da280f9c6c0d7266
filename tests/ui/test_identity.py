# SPDX-License-Identifier: Apache-2.0
from datetime import date

import pytest

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
