# SPDX-License-Identifier: Apache-2.0
"""Records of a glucose meter: whose they are, once each; a control solution is nobody's."""

import pytest

from device import commands as c
from device.codes import Doubt, Meal
from device.encounter.sameness import identity
from device.entry import AsideReason, MeasurementRecorded, MeasurementSetAside
from device.errors import Refusal
from tests.device.encounter.samples import GLUCOMETER, Desk, at, glucose

CONTROL = frozenset({Doubt.CONTROL_SOLUTION})


@pytest.fixture
def desk():
    return Desk().identify(seconds=100)


def test_the_record_of_now_enters_with_its_number_and_its_meal(desk):
    (body,) = desk.take(glucose(150, 130, sequence=18, meal=Meal.FASTING))
    assert isinstance(body, MeasurementRecorded)
    assert body.measurements[0].sequence == 18
    assert body.measurements[0].meal is Meal.FASTING
    assert body.at == at(130).wall


def test_of_all_the_records_only_the_newest_enters(desk):
    bodies = desk.take(
        glucose(150, 110, sequence=1), glucose(150.1, 130, "95", sequence=2), glucose(150.2, 20, sequence=3)
    )
    assert [getattr(body, "reason", None) for body in bodies] == [
        AsideReason.NOT_NEWEST,
        None,
        AsideReason.BEFORE_PATIENT,
    ]


def test_the_same_record_twice_is_one(desk):
    assert len(desk.take(glucose(150, 130, sequence=18))) == 1
    assert desk.take(glucose(160, 130, sequence=18)) == ()


def test_two_records_of_one_minute_and_one_value_are_two(desk):
    assert len(desk.take(glucose(150, 130, sequence=18), glucose(150.1, 130, sequence=19))) == 2


def test_a_memory_that_counts_anew_is_not_taken_for_the_old_one(desk):
    assert len(desk.take(glucose(150, 130, sequence=1))) == 1
    assert len(desk.take(glucose(160, 140, sequence=1))) == 1


def test_what_was_known_without_a_number_keeps_its_identity():
    (one,) = glucose(150, 130, sequence=None).measurements
    assert identity([one], GLUCOMETER) == f"glu-1|{one.taken.isoformat()}|glucose=110"


@pytest.mark.parametrize("word", [Doubt.ABOVE_RANGE, Doubt.BELOW_RANGE])
def test_hi_and_lo_enter_as_what_they_are(desk, word):
    (body,) = desk.take(glucose(150, 130, None, doubts=frozenset({word})))
    assert isinstance(body, MeasurementRecorded)
    assert body.measurements[0].value is None
    assert word in body.measurements[0].doubts


def test_hi_of_another_hour_is_set_aside_like_any_value(desk):
    (body,) = desk.take(glucose(150, 20, None, doubts=frozenset({Doubt.ABOVE_RANGE})))
    assert body.reason is AsideReason.BEFORE_PATIENT


def test_a_failed_strip_is_no_measurement(desk):
    assert desk.take(glucose(150, 130, None, doubts=frozenset({Doubt.STRIP}))) == ()


@pytest.mark.parametrize("taken", [130, 20, None])
def test_a_control_solution_is_always_set_aside(desk, taken):
    (body,) = desk.take(glucose(150, taken, doubts=CONTROL))
    assert body.reason is AsideReason.CONTROL_SOLUTION
    assert desk.file.recorded == ()


def test_a_control_solution_is_told_even_while_nobody_is_there():
    (body,) = Desk().take(glucose(150, 130, doubts=CONTROL))
    assert isinstance(body, MeasurementSetAside)
    assert body.reason is AsideReason.CONTROL_SOLUTION


def test_a_control_solution_can_never_be_attributed_and_can_be_discarded(desk):
    desk.take(glucose(150, 130, doubts=CONTROL))
    (one,) = desk.state.aside
    with pytest.raises(Refusal) as caught:
        desk.do(c.AttributeMeasurement(one.entry), 160)
    assert caught.value.code == "CMD-39"
    assert "solution de contrôle" in caught.value.line
    desk.do(c.DiscardMeasurement(one.entry), 170)
    assert desk.state.aside == ()


def test_a_control_solution_of_a_meter_that_is_not_ours_cannot_be_attributed_either():
    desk = Desk().identify(seconds=100)
    arrival = glucose(150, 130, doubts=CONTROL)
    strange = type(arrival)(
        arrival.measurements,
        type(arrival.provenance)("next-door", "m", "l", "s", clock_set=True, clock_offset=0.0, frame="00"),
        arrival.received,
        arrival.live,
        arrival.connection,
    )
    (body,) = desk.take(strange)
    assert body.reason is AsideReason.NOT_ENROLLED
    with pytest.raises(Refusal):
        desk.do(c.AttributeMeasurement(desk.state.aside[0].entry), 160)


def test_an_unusual_glucose_is_kept_and_asked(desk):
    (body,) = desk.take(glucose(150, 130, "35"))
    assert Doubt.UNUSUAL in body.measurements[0].doubts
    assert desk.file.recorded[0].unusual
