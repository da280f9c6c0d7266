# SPDX-License-Identifier: Apache-2.0
"""The rule table of admission: each reason to set aside, and what enters."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from device import commands as c
from device.clock import Instant
from device.codes import Doubt, Metric, Site
from device.encounter import Bedside, admit
from device.entry import CART, AsideReason, MeasurementRecorded, MeasurementSetAside
from tests.device.encounter.samples import (
    ENROLLED,
    JEANNE,
    LIMITS,
    PARIS,
    PAUL,
    START,
    Desk,
    at,
    cuff,
    oxygen,
    stamp,
)

R = AsideReason


def reason(body):
    assert isinstance(body, MeasurementSetAside), body
    return body.reason


def recorded(body):
    assert isinstance(body, MeasurementRecorded), body
    return body


@pytest.fixture
def desk() -> Desk:
    """A patient identified at 100 s."""
    return Desk().identify(seconds=100)


def test_a_live_measurement_enters_at_our_time(desk):
    (body,) = desk.take(cuff(150, 148, live=True))
    assert recorded(body).at == at(150).wall
    assert all(one.doubts == frozenset() for one in body.measurements)


def test_a_remembered_one_enters_by_its_time_on_a_clock_we_set(desk):
    (body,) = desk.take(cuff(150, 130))
    assert recorded(body).at == at(130).wall


@pytest.mark.parametrize(
    ("arrival", "why"),
    [
        (cuff(150, 99), R.BEFORE_PATIENT),
        (cuff(150, -86400), R.BEFORE_PATIENT),
        (cuff(150, None), R.NO_TIME),
        (cuff(150, 160), R.FUTURE),
        (cuff(150, 86400), R.FUTURE),
        (cuff(150, 130, clock={"clock_set": False}), R.CLOCK_UNSET),
        (cuff(150, 130, clock={"clock_offset": None}), R.CLOCK_UNSET),
        (cuff(150, 130, clock={"clock_offset": -121.0}), R.CLOCK_UNSET),
        (cuff(150, 130, clock={"instrument": "next-door"}), R.NOT_ENROLLED),
        (cuff(150, 130, systolic="80", diastolic="80"), R.IMPOSSIBLE),
        (cuff(150, 130, systolic="301"), R.IMPOSSIBLE),
        (cuff(150, 130, live=True, pulse="14"), R.IMPOSSIBLE),
        (cuff(150, 130, live=True, doubts=frozenset({Doubt.DEMO})), R.NOT_REAL),
        (cuff(99, 98, live=True), R.BEFORE_PATIENT),
        (cuff(150, -500, live=True), R.BEFORE_PATIENT),
    ],
)
def test_each_reason_sets_aside(desk, arrival, why):
    (body,) = desk.take(arrival)
    assert reason(body) is why
    assert body.reason.line
    assert desk.file.recorded == ()
    assert [one.body for one in desk.state.aside] == [body]


def test_the_reason_of_each_state():
    desk = Desk()
    assert reason(desk.take(cuff(10, 5, live=True))[0]) is R.NO_PATIENT
    desk.open(seconds=20)
    assert reason(desk.take(cuff(30, 25, live=True))[0]) is R.BEFORE_PATIENT
    desk.do(c.ConfirmIdentity(), 40)
    assert recorded(desk.take(cuff(50, 45, live=True))[0])
    desk.do(c.EndEncounter(), 60)
    assert reason(desk.take(cuff(70, 65, live=True))[0]) is R.ENDED
    desk.do(c.CloseFile(), 80)
    assert reason(desk.take(cuff(90, 85, live=True))[0]) is R.NO_PATIENT


def test_chains_of_what_is_set_aside(desk):
    file = desk.file.id
    desk.take(cuff(150, 90))
    assert desk.entries[-1].encounter == file
    desk.end(200)
    desk.take(cuff(210, 205))
    assert desk.entries[-1].encounter == CART


def test_only_the_newest_of_a_burst_enters(desk):
    bodies = desk.take(
        cuff(150, 110), cuff(150.1, 130, systolic="140"), cuff(150.2, 120, systolic="150"), cuff(150.3, 50)
    )
    assert [getattr(body, "reason", None) for body in bodies] == [R.NOT_NEWEST, None, R.NOT_NEWEST, R.BEFORE_PATIENT]


def test_two_of_the_same_time_in_a_burst_are_both_set_aside(desk):
    bodies = desk.take(cuff(150, 130), cuff(150.5, 130, systolic="150"))
    assert [reason(body) for body in bodies] == [R.NOT_NEWEST, R.NOT_NEWEST]


def test_an_older_one_in_a_later_burst_is_not_the_newest(desk):
    desk.take(cuff(150, 140))
    assert reason(desk.take(cuff(160, 120, systolic="150"))[0]) is R.NOT_NEWEST


def test_a_live_one_is_newer_than_the_memory(desk):
    bodies = desk.take(cuff(150, 130), cuff(151, 150, live=True, systolic="150"))
    assert reason(bodies[0]) is R.NOT_NEWEST
    assert recorded(bodies[1])


def test_a_stamp_of_the_future_does_not_hide_the_newest(desk):
    bodies = desk.take(cuff(150, 130), cuff(150.1, 99999, systolic="150"))
    assert recorded(bodies[0])
    assert reason(bodies[1]) is R.FUTURE


def test_the_memory_of_one_instrument_does_not_hide_another(desk):
    other = cuff(150, 145, clock={"instrument": "oxi-1"})
    assert all(recorded(body) for body in desk.take(cuff(150, 130), other))


def test_a_small_offset_is_counted_both_ways(desk):
    fast = {"clock_offset": 20.0}
    assert reason(desk.take(cuff(150, 115, clock=fast))[0]) is R.BEFORE_PATIENT
    (body,) = desk.take(cuff(160, 125, clock=fast))
    assert recorded(body)


def test_a_frame_that_says_stored_is_not_live_whatever_its_model(desk):
    assert reason(desk.take(cuff(150, 50, live=True, stored=True))[0]) is R.BEFORE_PATIENT


def test_a_failed_measurement_writes_nothing(desk):
    nothing = {"systolic": None, "diastolic": None, "pulse": None}
    assert desk.take(cuff(150, 148, live=True, **nothing)) == ()
    assert Desk().take(cuff(150, 148, **nothing)) == ()


def test_a_group_keeps_its_missing_value_beside_the_others(desk):
    (body,) = desk.take(cuff(150, 148, live=True, pulse=None))
    assert [one.value for one in recorded(body).measurements] == [Decimal(132), Decimal(78), None]


def test_one_frame_may_bring_two_groups(desk):
    one, two = cuff(150, 130), cuff(150, 130, systolic="150")
    second = tuple(msgspec.structs.replace(m, group=1) for m in two.measurements)
    bodies = desk.take(msgspec.structs.replace(one, measurements=one.measurements + second))
    assert [len(recorded(body).measurements) for body in bodies] == [3, 3]


@pytest.mark.parametrize(
    ("values", "doubted"),
    [
        ({"systolic": "270"}, {Metric.SYSTOLIC}),
        ({"systolic": "59", "diastolic": "35"}, {Metric.SYSTOLIC}),
        ({"systolic": "85", "diastolic": "76"}, {Metric.SYSTOLIC, Metric.DIASTOLIC}),
        ({"pulse": "29"}, {Metric.PULSE_CUFF}),
        ({"systolic": "260", "diastolic": "160", "pulse": "220"}, set()),
    ],
)
def test_the_unusual_is_recorded_and_asked(desk, values, doubted):
    (body,) = desk.take(cuff(150, 148, live=True, **values))
    assert {one.metric for one in recorded(body).measurements if Doubt.UNUSUAL in one.doubts} == doubted


def test_the_site_noted_by_the_operator_goes_with_the_value(desk):
    desk.do(c.NoteSite(Metric.SYSTOLIC, Site.LEFT_ARM), 110)
    (body,) = desk.take(cuff(150, 148, live=True, site=Site.RIGHT_ARM))
    assert {one.site for one in body.measurements} == {Site.LEFT_ARM}


def test_the_site_of_the_frame_stays_when_nobody_said_another(desk):
    (body,) = desk.take(cuff(150, 148, live=True, site=Site.RIGHT_ARM))
    assert {one.site for one in body.measurements} == {Site.RIGHT_ARM}


def test_nothing_of_the_frame_is_lost_or_changed(desk):
    arrival = cuff(150, 50)
    (body,) = desk.take(arrival)
    assert (body.measurements, body.provenance, body.received) == (
        arrival.measurements,
        arrival.provenance,
        arrival.received,
    )


def test_a_stream_is_written_only_for_an_identified_patient(desk):
    assert Desk().take(oxygen(10)) == ()
    assert Desk().open().take(oxygen(10)) == ()
    (body,) = desk.take(oxygen(150))
    assert Doubt.CLOCK not in recorded(body).measurements[0].doubts
    assert reason(desk.take(oxygen(170, saturation="101"))[0]) is R.IMPOSSIBLE
    desk.do(c.EndEncounter(), 200)
    assert desk.take(oxygen(210)) == ()


def test_a_reading_of_the_last_patient_that_comes_late_is_not_the_next_ones():
    desk = Desk().identify(JEANNE, 0)
    desk.end(60)
    desk.identify(PAUL, 100)
    assert reason(desk.take(cuff(120, 50))[0]) is R.BEFORE_PATIENT
    assert desk.file.recorded == ()


# --- clocks -----------------------------------------------------------------------------------------------------------


def test_the_hour_that_comes_twice_is_judged_by_its_worst_reading():
    """25 October 2026: 02:30 in Paris is 00:30 and 01:30 UTC."""
    first = Instant(datetime(2026, 10, 25, 0, 45, tzinfo=UTC), 1000, trusted=True)
    desk = _identified_at(first)
    received = Instant(first.wall + timedelta(minutes=50), 4000, trusted=True)
    ambiguous = _stored(datetime(2026, 10, 25, 2, 30), received)  # noqa: DTZ001 - naive
    assert reason(_admit(desk, ambiguous, received)[0]) is R.BEFORE_PATIENT
    sure = _stored(datetime(2026, 10, 25, 2, 50), received)  # noqa: DTZ001 - naive
    assert recorded(_admit(desk, sure, received)[0]).at == datetime(2026, 10, 25, 0, 50, tzinfo=UTC)


def test_a_stamp_in_the_repeated_hour_enters_when_every_reading_of_it_is_the_patients():
    identified = Instant(datetime(2026, 10, 25, 0, 15, tzinfo=UTC), 1000, trusted=True)
    desk = _identified_at(identified)
    received = Instant(datetime(2026, 10, 25, 0, 35, tzinfo=UTC), 2200, trusted=True)
    assert recorded(_admit(desk, _stored(datetime(2026, 10, 25, 2, 30), received), received)[0])  # noqa: DTZ001 - naive


def test_our_own_clock_set_after_the_identification_lets_no_older_one_in():
    """The cart thought it was 2024 when the patient was identified; then the network told it the date."""
    wrong = Instant(START - timedelta(days=700), 1000, trusted=False)
    desk = _identified_at(wrong)
    received = Instant(START, 1100, trusted=True)
    assert reason(_admit(desk, _stored(stamp(-3600), received), received)[0]) is R.BEFORE_PATIENT
    assert recorded(_admit(desk, _stored(stamp(-50), received), received)[0])


def test_our_own_clock_set_back_lets_nothing_old_in():
    ahead = Instant(START + timedelta(days=700), 1000, trusted=False)
    desk = _identified_at(ahead)
    received = Instant(START, 1100, trusted=True)
    assert reason(_admit(desk, _stored(stamp(-50), received), received)[0]) is R.BEFORE_PATIENT


def test_after_a_restart_of_the_machine_live_measurements_still_enter():
    desk = _identified_at(Instant(START, 50_000, trusted=True))
    received = Instant(START + timedelta(seconds=120), 30, trusted=True)
    live = msgspec.structs.replace(_stored(None, received), live=True)
    assert recorded(_admit(desk, live, received)[0])


@pytest.mark.parametrize("taken", [datetime.min, datetime.max, datetime(1582, 10, 15)])  # noqa: DTZ001, DTZ901 - naive
def test_the_ends_of_the_calendar_are_no_trouble(taken):
    desk = Desk().identify()
    assert reason(desk.take(cuff(30, taken))[0]) in (R.BEFORE_PATIENT, R.FUTURE, R.CLOCK_UNSET)
    assert recorded(desk.take(cuff(60, taken, live=True, systolic="150", clock={"clock_set": False}))[0])


def test_the_machines_own_zone_is_the_default():
    desk = Desk().identify()
    received = at(30)
    local = at(20).wall.astimezone().replace(tzinfo=None)
    (body,) = admit(desk.state, [_stored(local, received)], LIMITS, received, enrolled=ENROLLED)
    assert recorded(body)


def _stored(taken, received):
    return msgspec.structs.replace(cuff(0, taken), received=received)


def _identified_at(instant: Instant) -> Bedside:
    state = Desk().identify().state
    assert state.encounter is not None
    return msgspec.structs.replace(state, encounter=msgspec.structs.replace(state.encounter, identified=instant))


def _admit(state, arrival, now):
    return admit(state, [arrival], LIMITS, now, enrolled=ENROLLED, zone=PARIS)
