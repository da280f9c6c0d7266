# SPDX-License-Identifier: Apache-2.0
"""A glucose meter and a scale in the virtual room, through the cart's own bus."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from device.codes import Doubt, Meal, Metric, Site
from device.enrolment import BondHealth, Candidate
from device.instrument import InstrumentPhase
from device.registry import Bond, Instrument
from tests.device.ble.bench import BRISK, THERMOMETER, bench
from tests.device.ble.test_enrolling import Technician, in_pairing_mode, workshop
from virtual.ble.belt import BELT, Beat, VirtualBelt
from virtual.ble.glucometer import BEFORE, FAILED, HIGH, METER, Sample, VirtualGlucometer
from virtual.ble.outbox import Undelivered
from virtual.ble.pace import brisk
from virtual.ble.records import Habits
from virtual.ble.scale import SCALE, VirtualScale, Weighing
from virtual.ble.thermometer import Temperature, VirtualThermometer

PACE = brisk(200)
METER_UNIT = Instrument(
    "glucometre", "profile-glucometer", "C0:00:00:00:18:08", METER.serial, "Lecteur", simulated=True
)
SCALE_UNIT = Instrument("balance", "profile-scale", "C0:00:00:00:18:1D", SCALE.serial, "Balance", simulated=True)
BELT_UNIT = Instrument("ceinture", "profile-heart-rate", "C0:00:00:00:18:0D", BELT.serial, "Ceinture", simulated=True)
YESTERDAY = datetime(2026, 11, 20, 7, 0)  # noqa: DTZ001 - a meter knows no time zone


def glucose(arrival):
    (one,) = arrival.measurements
    assert one.metric is Metric.GLUCOSE
    return one


async def test_at_the_first_meeting_only_the_last_record_is_asked_for_then_every_later_one(tmp_path) -> None:
    async with bench(tmp_path, METER_UNIT) as at:
        meter = VirtualGlucometer(at.radio, pace=PACE)
        await meter.start()
        meter.remember((Sample(Decimal(90 + day)), YESTERDAY + timedelta(minutes=day)) for day in range(20))
        await meter.measure(Sample(Decimal(126), meal=BEFORE))
        await at.listener.until(lambda: len(at.listener.arrivals) == 1)
        first = glucose(at.listener.arrivals[0])
        assert (first.value, first.sequence, first.meal) == (Decimal(126), 21, Meal.BEFORE)
        assert at.listener.arrivals[0].provenance.clock_set
        assert not at.listener.arrivals[0].live
        meter.remember([(Sample(Decimal(99)), meter.clock.now())])
        await meter.measure(Sample(Decimal("5.9"), moles=True))
        await at.listener.until(lambda: len(at.listener.arrivals) == 3)
        numbers = [glucose(arrival).sequence for arrival in at.listener.arrivals]
        assert numbers == [21, 22, 23]
        assert glucose(at.listener.arrivals[2]).reported.ucum == "mmol/L"
        assert [request.hex() for request in meter.procedure.requests] == ["0401", "0106", "0103011600"]
        await meter.stop()


@pytest.mark.parametrize(
    "habits",
    [Habits(backwards=True), Habits(filters=False), Habits(contexts=False)],
    ids=["newest first", "no filters", "no contexts"],
)
async def test_meters_have_their_habits(tmp_path, habits) -> None:
    async with bench(tmp_path, METER_UNIT) as at:
        meter = VirtualGlucometer(at.radio, habits=habits, pace=PACE)
        await meter.start()
        for value in (110, 120):
            await meter.measure(Sample(Decimal(value), meal=BEFORE))
            await at.listener.until(lambda value=value: glucose(at.listener.arrivals[-1]).value == value)
        meals = {glucose(arrival).meal for arrival in at.listener.arrivals}
        assert meals == ({Meal.BEFORE} if habits.contexts else {None})
        assert [glucose(arrival).sequence for arrival in at.listener.arrivals] == [1, 2]
        await meter.stop()


async def test_an_emptied_memory_is_noticed(tmp_path) -> None:
    async with bench(tmp_path, METER_UNIT) as at:
        meter = VirtualGlucometer(at.radio, pace=PACE)
        await meter.start()
        meter.remember([(Sample(Decimal(90)), YESTERDAY)] * 5)
        await meter.measure(Sample(Decimal(110)))
        await at.listener.until(lambda: len(at.listener.arrivals) == 1)
        meter.empty()
        await meter.measure(Sample(Decimal(130)))
        await at.listener.until(lambda: len(at.listener.arrivals) == 2)
        assert glucose(at.listener.arrivals[1]).value == 130
        assert glucose(at.listener.arrivals[1]).sequence == 1
        await meter.stop()


async def test_a_control_solution_and_a_hi_arrive_as_what_they_are(tmp_path) -> None:
    async with bench(tmp_path, METER_UNIT) as at:
        meter = VirtualGlucometer(at.radio, pace=PACE)
        await meter.start()
        await meter.measure(Sample(Decimal(110), control=True))
        await at.listener.until(lambda: len(at.listener.arrivals) == 1)
        await meter.measure(Sample(FAILED, status=HIGH))
        await at.listener.until(lambda: len(at.listener.arrivals) == 2)
        control, high = (glucose(arrival) for arrival in at.listener.arrivals)
        assert control.doubts == {Doubt.CONTROL_SOLUTION}
        assert high.value is None
        assert high.doubts == {Doubt.ABOVE_RANGE}
        await meter.stop()


async def test_a_meter_that_gives_up_is_a_fault_told_and_is_asked_again(tmp_path) -> None:
    async with bench(tmp_path, METER_UNIT) as at:
        meter = VirtualGlucometer(at.radio, habits=Habits(breaks=0), pace=PACE)
        await meter.start()
        delivering = asyncio.ensure_future(meter.measure(Sample(Decimal(110))))
        state = await at.listener.until_phase(METER_UNIT, InstrumentPhase.FAULT)
        assert state.code == "BLE-30"
        assert bytes([3, 0]) in meter.procedure.requests, "the procedure is aborted"
        meter.procedure.habits = Habits()
        await at.listener.until(lambda: bool(at.listener.arrivals))
        assert glucose(at.listener.arrivals[0]).value == 110
        await delivering
        await meter.stop()


async def test_a_mute_meter_keeps_its_record(tmp_path) -> None:
    deadlines = msgspec.structs.replace(BRISK, answer=0.3)
    async with bench(tmp_path, METER_UNIT, deadlines=deadlines) as at:
        meter = VirtualGlucometer(at.radio, habits=Habits(mute=True), pace=PACE)
        await meter.start()
        meter.window = 1.5
        with pytest.raises(Undelivered):
            await meter.measure(Sample(Decimal(110)))
        assert at.listener.arrivals == []
        assert meter.procedure.requests[0] == bytes([4, 1])
        await meter.stop()


async def test_a_weight_arrives_and_body_composition_is_left_alone(tmp_path) -> None:
    async with bench(tmp_path, SCALE_UNIT) as at:
        scale = VirtualScale(at.radio, pace=PACE)
        await scale.start()
        await scale.measure(Weighing(Decimal("62.5")))
        await at.listener.until(lambda: bool(at.listener.arrivals))
        (one,) = at.listener.arrivals[0].measurements
        assert (one.metric, one.value) == (Metric.WEIGHT, Decimal("62.5"))
        assert at.listener.arrivals[0].provenance.clock_set
        assert not scale.peripheral.listens(0x2A9C)
        await scale.stop()


async def test_a_thermometer_that_says_its_place_once_is_believed_for_every_frame(tmp_path) -> None:
    async with bench(tmp_path, THERMOMETER) as at:
        thermometer = VirtualThermometer(at.radio, pace=PACE, fixed=True)
        await thermometer.start()
        (frame,) = await thermometer.measure(Temperature(Decimal("37.6")))
        assert not frame[0] & 0x04
        await at.listener.until(lambda: bool(at.listener.arrivals))
        assert at.listener.arrivals[0].measurements[0].site is Site.EAR
        await thermometer.stop()


async def test_a_belt_s_rates_are_live_and_without_the_skin_there_is_none(tmp_path) -> None:
    async with bench(tmp_path, BELT_UNIT) as at:
        belt = VirtualBelt(at.radio, pace=brisk(10))
        await belt.start()
        await belt.put_on(Beat(72))
        await at.listener.until(lambda: len(at.listener.arrivals) >= 3)
        first = at.listener.arrivals[0]
        (one,) = first.measurements
        assert first.live
        assert (one.metric, one.value, one.continuous, one.site) == (Metric.HEART_RATE, Decimal(72), True, Site.CHEST)
        await belt.put_on(Beat(72, touching=False))
        await at.listener.until(lambda: at.listener.arrivals[-1].measurements[0].value is None)
        assert at.listener.arrivals[-1].measurements[0].doubts == {Doubt.NO_CONTACT}
        await belt.stop()


async def test_a_glucose_meter_that_shows_six_digits_is_enrolled_and_gives_its_records(tmp_path) -> None:
    async with workshop(tmp_path) as (at, enrolling):
        meter = VirtualGlucometer(at.radio, pace=PACE, bond=Bond.PASSKEY)
        meter.remember([(Sample(Decimal(90)), YESTERDAY)] * 3)
        found = Candidate(METER_UNIT.address, "meter+80800001", ("accu-chek-guide",))
        async with in_pairing_mode(meter):
            await enrolling.enrol(found, "accu-chek-guide", "glucometre", Technician(meter))
        assert enrolling.diagnoses()[0].bond is BondHealth.BONDED
        await meter.measure(Sample(Decimal(126)))
        await at.listener.until(lambda: bool(at.listener.arrivals))
        (one,) = at.listener.arrivals[-1].measurements
        assert (one.value, one.sequence) == (Decimal(126), 4)
        await meter.stop()
