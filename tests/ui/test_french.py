# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from device.people import Patient, Sex
from tests.ui import scenes
from ui import french


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [
        ("37.4", 1, "37,4"),
        ("37", 1, "37,0"),
        ("36.85", 1, "36,85"),
        ("132", 0, "132"),
        ("-0.5", 1, "−0,5"),
        ("1E+2", 0, "100"),
    ],
)
def test_numbers_are_never_rounded(value: str, digits: int, said: str) -> None:
    assert french.number(Decimal(value), digits) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(-3, "0 s"), (4.9, "4 s"), (72, "1 min 12 s"), (3599, "59 min 59 s"), (7500, "2 h 05")]
)
def test_durations(seconds: float, said: str) -> None:
    assert french.lasting(seconds) == said


def test_stopwatch() -> None:
    assert (french.stopwatch(401), french.stopwatch(3723)) == ("06:41", "1:02:03")


def test_dates_and_ages() -> None:
    assert french.long_date(date(1936, 3, 1)) == "1er mars 1936"
    assert french.short_date(date(1936, 3, 12)) == "12/03/1936"
    assert french.age(date(1936, 11, 22), date(2026, 11, 21)) == 89
    assert french.age(date(1936, 11, 21), date(2026, 11, 21)) == 90


def test_when_it_was_taken() -> None:
    today = date(2026, 11, 21)
    assert french.when(datetime(2026, 11, 20, 18, 20), today) == "hier à 18:20"  # noqa: DTZ001 - an instrument's
    assert french.when(datetime(2021, 1, 1, 0, 3), today) == "le 01/01/2021 à 00:03"  # noqa: DTZ001 - clock is naive
    here = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    assert french.when(here, here.astimezone().date()) == f"à {here.astimezone():%H:%M}"


def test_people_are_spoken_of_by_their_sex() -> None:
    assert french.courtesy(scenes.JEANNE) == "Mme Leroux"
    assert french.courtesy(scenes.PAUL) == "M. Bernard"
    assert french.courtesy(scenes.LONGEST) == "Mme Martin-Desroches"
    nobody = Patient("1", "DUPONT", "Claude", date(1940, 1, 1), Sex.UNKNOWN)
    assert french.courtesy(nobody) == "Claude Dupont"
    assert french.grammar(scenes.PAUL).is_it == "c’est lui"
    assert french.grammar(nobody).born == "né(e)"


def test_oxygen() -> None:
    assert french.litres(Decimal(0)) == "air ambiant"
    assert french.litres(Decimal("1.5")) == "O₂ 1,5 L/min"
    assert french.litres(Decimal(10)) == "O₂ 10 L/min"


def test_every_metric_can_be_asked_for() -> None:
    assert set(french.ASKED) == set(scenes.Metric)


@pytest.mark.parametrize(
    ("name", "said"), [("Dr Diallo", "du Dr Diallo"), ("Marie Noël", "de Marie Noël"), ("Anne Roy", "d’Anne Roy")]
)
def test_a_doctor_s_words_are_theirs(name: str, said: str) -> None:
    assert french.of_doctor(name) == said


def test_a_doctor_has_an_article_and_a_name_has_none() -> None:
    assert french.doctor("Dr Diallo") == "Le Dr Diallo"
    assert french.doctor("Marie Noël") == "Marie Noël"
