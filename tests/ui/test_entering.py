# SPDX-License-Identifier: Apache-2.0
"""A value read on a display and typed in: it becomes exactly that number, in that metric, or nothing."""

from decimal import Decimal

import pytest

from device import commands
from device.codes import Meal, Metric, Site
from device.entry import MeasurementRecorded
from device.measurement import Provenance
from device.station.messages import Reply
from tests.ui import scenes
from tests.ui.stand import Stand
from ui.viewmodels.entering import ASKED, Picked, command
from ui.viewmodels.tiles import PLACES


@pytest.fixture
def kiosk(stand) -> Stand:
    return stand()


def test_every_tile_can_be_typed_in() -> None:
    assert set(ASKED) == {place.key for place in PLACES}
    for place in PLACES:
        assert set(ASKED[place.key].metrics) <= set(place.metrics)


@pytest.mark.parametrize(
    ("argument", "typed", "values"),
    [
        ("pressure", "132/81", {Metric.SYSTOLIC: "132", Metric.DIASTOLIC: "81"}),
        ("saturation", "96", {Metric.SATURATION: "96"}),
        ("temperature", "37,2", {Metric.TEMPERATURE: "37.2"}),
        ("glucose", "1,08", {Metric.GLUCOSE: "108"}),
        ("glucose|mg/dL", "108", {Metric.GLUCOSE: "108"}),
        ("glucose|mmol/L", "6", {Metric.GLUCOSE: "108.1"}),
        ("weight", "62,5", {Metric.WEIGHT: "62.5"}),
    ],
)
def test_what_is_typed_is_what_is_sent(argument: str, typed: str, values: dict) -> None:
    found = command(argument, typed)
    assert found is not None
    assert dict(found.values) == {metric: Decimal(value) for metric, value in values.items()}


@pytest.mark.parametrize(
    ("argument", "typed"),
    [
        ("pressure", "132"),
        ("pressure", "132/"),
        ("pressure", "132/81/70"),
        ("pressure", "/81"),
        ("temperature", "37,"),
        ("temperature", ",2"),
        ("temperature", "37,2,1"),
        ("weight", ""),
        ("weight", "12345"),
        ("nothing", "12"),
    ],
)
def test_half_a_value_is_none(argument: str, typed: str) -> None:
    assert command(argument, typed) is None


def test_a_picked_unit_and_meal_stand_beside_each_other() -> None:
    picked = Picked("glucose").pick("pick:mmol/L").pick("pick:fasting")
    found = command(picked.text(), "5,4")
    assert found is not None
    assert found.meal is Meal.FASTING
    assert found.site is None


def test_a_pressure_is_typed_at_the_screen(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(), scenes.opened())
    kiosk.touch("Tension")
    kiosk.touch("Saisir à la main")
    kiosk.touch("Bras gauche")
    for key in "132":
        kiosk.touch(key)
    assert not kiosk.has("Noter")
    kiosk.touch("Barre")
    for key in "81":
        kiosk.touch(key)
    kiosk.shot("enter-pressure")
    kiosk.touch("Noter 132/81 mmHg")
    kiosk.until(lambda: bool(kiosk.wire.commands))
    assert kiosk.wire.commands[-1] == commands.EnterMeasurement(
        ((Metric.SYSTOLIC, Decimal(132)), (Metric.DIASTOLIC, Decimal(81))), Site.LEFT_ARM
    )
    kiosk.until(lambda: not kiosk.has("Tension : saisir"))


def test_what_the_station_refuses_stays_typed_and_its_reason_is_said(kiosk: Stand) -> None:
    kiosk.wire.answer = lambda _: Reply("", ok=False, line="La saturation est entre 1 et 100 %. Retapez la valeur.")
    kiosk.show(scenes.talking(), scenes.opened())
    kiosk.touch("Saturation")
    kiosk.touch("Saisir à la main")
    for key in "999":
        kiosk.touch(key)
    kiosk.touch("Noter 999 %")
    kiosk.until(lambda: kiosk.has("La saturation est entre"))
    assert kiosk.has("Saturation : saisir à la main")
    kiosk.touch("Effacer")
    assert kiosk.has("Noter 99 %")


def test_a_glucose_in_grams_with_its_meal(kiosk: Stand) -> None:
    kiosk.show(scenes.talking(), scenes.opened())
    kiosk.touch("Glycémie")
    kiosk.touch("Saisir à la main")
    kiosk.touch("À jeun")
    for key in ("1", "Virgule", "0", "8"):
        kiosk.touch(key)
    kiosk.shot("enter-glucose")
    kiosk.touch("Noter 1,08 g/L")
    kiosk.until(lambda: bool(kiosk.wire.commands))
    sent = kiosk.wire.commands[-1]
    assert isinstance(sent, commands.EnterMeasurement)
    assert (sent.values, sent.meal) == (((Metric.GLUCOSE, Decimal(108)),), Meal.FASTING)


def test_a_typed_value_says_so_for_ever(kiosk: Stand) -> None:
    manual = Provenance("manual", "manual", "Saisie manuelle", "", manual=True)
    typed = MeasurementRecorded((scenes.measured(Metric.WEIGHT, "62.5"),), manual, scenes.at(3), by=scenes.CAMILLE)
    kiosk.show(scenes.talking(), [*scenes.opened(), scenes.entry(8, typed, 3)])
    assert kiosk.has("Poids 62,5 kg, 13:31, saisi à la main")
    kiosk.touch("Poids")
    assert kiosk.has("Saisi à la main")
