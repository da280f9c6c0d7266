# SPDX-License-Identifier: Apache-2.0
"""A weight that is not the person's: kept, and « êtes-vous sûr ? » asked."""

from decimal import Decimal

import msgspec
import pytest

from device import commands as c
from device.codes import Doubt, Metric
from device.encounter.weights import known
from device.entry import EncounterOpened
from device.errors import Refusal
from tests.device.encounter.samples import JEANNE, Desk, weight

LISTED = msgspec.structs.replace(JEANNE, weight=Decimal(60))


def doubts(body):
    return body.measurements[0].doubts


def test_the_first_weight_of_somebody_unknown_is_not_asked():
    (body,) = Desk().identify().take(weight(10, "62.5"))
    assert doubts(body) == {Doubt.CLOCK}


@pytest.mark.parametrize(
    ("value", "asked"), [("60", False), ("66", False), ("54", False), ("66.005", True), ("53.995", True), ("85", True)]
)
def test_beyond_ten_percent_of_the_listed_weight_it_is_asked(value, asked):
    desk = Desk().identify(LISTED)
    (body,) = desk.take(weight(10, value))
    assert (Doubt.OTHER_PERSON in doubts(body)) is asked
    assert desk.file.recorded[0].unusual is asked


def test_the_last_weight_of_the_file_counts_before_the_list():
    desk = Desk().identify(LISTED)
    desk.take(weight(10, "65"))
    assert Doubt.OTHER_PERSON not in doubts(desk.take(weight(20, "71"))[0])


def test_a_weight_still_asked_about_is_not_the_person_s():
    desk = Desk().identify(LISTED)
    desk.take(weight(10, "85"))
    assert known(desk.file) == 60
    assert Doubt.OTHER_PERSON in doubts(desk.take(weight(20, "84"))[0])


def test_once_confirmed_it_is():
    desk = Desk().identify(LISTED)
    desk.take(weight(10, "85"))
    desk.do(c.ConfirmMeasurement(desk.file.recorded[0].entry), 15)
    assert not desk.file.recorded[0].unusual
    assert Doubt.OTHER_PERSON not in doubts(desk.take(weight(20, "84"))[0])


def test_a_weight_marked_wrong_is_forgotten():
    desk = Desk().identify(LISTED)
    desk.take(weight(10, "65"))
    desk.do(c.MarkEnteredInError(desk.file.recorded[0].entry, "sac posé"), 15)
    assert known(desk.file) == 60


def test_a_weight_attributed_by_hand_is_asked_about_too():
    desk = Desk()
    desk.take(weight(10, "85"))
    desk.identify(LISTED, 20)
    desk.do(c.AttributeMeasurement(desk.state.aside[0].entry), 30)
    assert Doubt.OTHER_PERSON in desk.file.recorded[0].body.measurements[0].doubts
    assert desk.file.recorded[0].unusual


def test_a_weight_typed_in_is_asked_about_too():
    desk = Desk().identify(LISTED)
    desk.do(c.EnterMeasurement(((Metric.WEIGHT, Decimal(85)),)), 10)
    assert desk.file.recorded[0].unusual


def test_an_impossible_weight_is_set_aside_and_not_asked():
    desk = Desk().identify(LISTED)
    (body,) = desk.take(weight(10, "0.000"))
    assert Doubt.IMPOSSIBLE in doubts(body)
    assert Doubt.OTHER_PERSON not in doubts(body)
    with pytest.raises(Refusal):
        desk.do(c.AttributeMeasurement(desk.state.aside[0].entry), 20)


def test_a_listed_weight_survives_the_journal():
    opened = EncounterOpened(Desk().identify(LISTED).file.operator, LISTED)
    assert msgspec.json.decode(msgspec.json.encode(opened), type=EncounterOpened) == opened
    assert b"weight" not in msgspec.json.encode(EncounterOpened(opened.operator, JEANNE))
