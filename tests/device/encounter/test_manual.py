# SPDX-License-Identifier: Apache-2.0
from decimal import Decimal

import pytest

from device import commands as c
from device.codes import Doubt, Meal, Metric, Site
from device.entry import MeasurementConfirmed, MeasurementRecorded
from device.errors import Refusal
from tests.device.encounter.samples import DOCTOR, NURSE, Desk, at, cuff


def typed(*values: tuple[Metric, str], **more: object) -> c.EnterMeasurement:
    return c.EnterMeasurement(tuple((metric, Decimal(value)) for metric, value in values), **more)  # type: ignore[arg-type]


PRESSURE = typed((Metric.SYSTOLIC, "132"), (Metric.DIASTOLIC, "78"), (Metric.PULSE_CUFF, "71"))


def entered(desk: Desk, command: c.EnterMeasurement, seconds: float = 60) -> MeasurementRecorded:
    (entry,) = desk.do(command, seconds)
    assert isinstance(entry.body, MeasurementRecorded)
    return entry.body


def refused(desk: Desk, command: c.EnterMeasurement, **more: object) -> Refusal:
    before = desk.state
    with pytest.raises(Refusal) as caught:
        desk.do(command, 60, **more)  # type: ignore[arg-type]
    assert desk.state == before
    return caught.value


def test_f10_what_was_typed_is_the_patients_and_bears_that_it_was_typed_and_by_whom():
    body = entered(Desk().identify(), PRESSURE)
    assert [(one.metric, one.value) for one in body.measurements] == list(PRESSURE.values)
    assert (body.provenance.manual, body.provenance.label, body.provenance.serial) == (True, "Saisie manuelle", "")
    assert (body.by, body.at, body.received) == (NURSE, at(60).wall, at(60))
    assert not any(one.doubts for one in body.measurements)


def test_nobody_types_before_the_patient_is_identified_nor_after_the_end():
    assert refused(Desk(), PRESSURE).code == "CMD-20"
    assert refused(Desk().open(), PRESSURE).code == "CMD-24"
    ended = Desk().identify()
    ended.do(c.EndEncounter(), 30)
    assert refused(ended, PRESSURE).code == "CMD-22"
    assert refused(Desk().identify(), PRESSURE, who=DOCTOR).code == "CMD-37"


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        (typed((Metric.TEMPERATURE, "376")), "CMD-45", "Température : entre 25 et 45 °C."),
        (typed((Metric.SATURATION, "0")), "CMD-45", "Saturation : entre 1 et 100 %."),
        (typed((Metric.WEIGHT, "NaN")), "CMD-45", "Poids : entre 0,1 et 500 kg."),
        (typed((Metric.WEIGHT, "Infinity")), "CMD-45", "retapez"),
        (typed((Metric.SYSTOLIC, "132")), "CMD-44", "systolique et la diastolique"),
        (typed((Metric.DIASTOLIC, "78"), (Metric.PULSE_CUFF, "71")), "CMD-44", "ensemble"),
        (typed((Metric.SYSTOLIC, "78"), (Metric.DIASTOLIC, "132")), "CMD-46", "plus haute"),
        (typed((Metric.SYSTOLIC, "132"), (Metric.DIASTOLIC, "132")), "CMD-46", "plus haute"),
        (typed((Metric.TEMPERATURE, "37.123")), "CMD-47", "décimales"),
        (typed(), "CMD-43", "un seul instrument"),
        (typed((Metric.TEMPERATURE, "37.1"), (Metric.WEIGHT, "61")), "CMD-43", "un seul instrument"),
        (typed((Metric.SATURATION, "97"), (Metric.PULSE_CUFF, "71")), "CMD-43", "un seul instrument"),
        (typed((Metric.TEMPERATURE, "37.1"), (Metric.TEMPERATURE, "37.2")), "CMD-43", "un seul instrument"),
    ],
)
def test_what_no_display_can_show_is_refused_and_says_what_to_do(command: c.EnterMeasurement, code: str, said: str):
    error = refused(Desk().identify(), command)
    assert error.code == code
    assert said in error.line


def test_an_unusual_value_is_kept_and_asked_about():
    desk = Desk().identify()
    body = entered(desk, typed((Metric.SATURATION, "74")))
    assert [one.doubts for one in body.measurements] == [frozenset({Doubt.UNUSUAL})]
    (recorded,) = desk.file.recorded
    assert recorded.unusual
    (confirmed,) = desk.do(c.ConfirmMeasurement(recorded.entry), 61)
    assert isinstance(confirmed.body, MeasurementConfirmed)


def test_site_and_meal_go_with_what_was_typed():
    desk = Desk().identify()
    desk.do(c.NoteSite(Metric.SYSTOLIC, Site.LEFT_ARM))
    assert {one.site for one in entered(desk, PRESSURE).measurements} == {Site.LEFT_ARM}
    right = typed(*((metric, str(value)) for metric, value in PRESSURE.values), site=Site.RIGHT_ARM)
    assert {one.site for one in entered(desk, right).measurements} == {Site.RIGHT_ARM}
    glucose = entered(desk, typed((Metric.GLUCOSE, "95"), meal=Meal.FASTING))
    assert [one.meal for one in glucose.measurements] == [Meal.FASTING]
    assert entered(desk, typed((Metric.TEMPERATURE, "37.1"), meal=Meal.FASTING)).measurements[0].meal is None


def test_typing_hides_nothing_that_an_instrument_sends():
    desk = Desk().identify()
    entered(desk, PRESSURE, 60)
    (body,) = desk.take(cuff(70, 65))
    assert isinstance(body, MeasurementRecorded)
    assert len(desk.file.recorded) == 2
