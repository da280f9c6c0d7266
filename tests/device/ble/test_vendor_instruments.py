# SPDX-License-Identifier: Apache-2.0
"""Instruments with a protocol of their own, from their bytes on the air to arrivals."""

import dataclasses
import itertools
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from device.codes import Doubt, Meal, Metric, Site
from device.framing import REPEAT
from device.instrument import InstrumentPhase
from device.registry import Instrument
from tests.device.ble.bench import BRISK, PATIENCE, bench
from virtual.ble import taidoc
from virtual.ble.cuff import IRREGULAR, Reading
from virtual.ble.fingertip import BM1000, JPD_500F, PC_60FW, Make, VirtualFingertip
from virtual.ble.jumper_cuff import VirtualJumperCuff
from virtual.ble.oximeter import Finger
from virtual.ble.pace import brisk
from virtual.ble.taidoc import VirtualTaiDoc

PACE = brisk(20)
STREAM = brisk(4)
"""Faster, a stream is a flood."""
READING = Reading(Decimal(132), Decimal(81), Decimal(98), Decimal(72))
FINGER = Finger(Decimal(95), Decimal(74), Decimal("3.6"))
ADDRESS = "C0:00:00:00:77:01"
OLD = datetime(2026, 1, 2, 8)  # noqa: DTZ001 - an instrument knows no time zone


def unit(model: str) -> Instrument:
    return Instrument("instrument", model, ADDRESS, "7700000001", "Instrument", simulated=True)


def values(arrival) -> dict[Metric, Decimal | None]:
    return {one.metric: one.value for one in arrival.measurements}


def now() -> datetime:
    return datetime.now()  # noqa: DTZ005 - an instrument knows no time zone


@pytest.mark.parametrize(
    ("model", "make", "out"),
    [
        ("jumper-jpd-500f", JPD_500F, Doubt.UNAVAILABLE),
        ("berrymed-bm1000", BM1000, Doubt.FINGER_OUT),
        ("viatom-pc-60fw", PC_60FW, Doubt.FINGER_OUT),
    ],
    ids=lambda one: one.name if isinstance(one, Make) else None,
)
async def test_a_finger_is_seen_followed_and_missed(tmp_path, model, make, out) -> None:
    async with bench(tmp_path, unit(model)) as at:
        oximeter = VirtualFingertip(at.radio, make, address=ADDRESS, pace=STREAM)
        await oximeter.start()
        await oximeter.insert(FINGER)
        await at.listener.until(lambda: any(FINGER.saturation in values(one).values() for one in at.listener.arrivals))
        arrival = at.listener.arrivals[-1]
        expected = {Metric.SATURATION: FINGER.saturation, Metric.PULSE_OXIMETER: FINGER.pulse}
        if make is not BM1000:
            expected[Metric.PERFUSION] = FINGER.perfusion
        assert values(arrival) == expected
        assert arrival.live
        assert all(one.continuous and one.site is Site.FINGER for one in arrival.measurements)
        assert arrival.provenance.simulated
        await oximeter.remove()
        await at.listener.until(lambda: None in values(at.listener.arrivals[-1]).values())
        assert at.listener.arrivals[-1].measurements[0].doubts == {out}
        assert at.listener.state(unit(model)).code == ""
        await oximeter.stop()


async def test_hundreds_of_packets_are_an_arrival_every_eight_tenths_of_a_second(tmp_path) -> None:
    async with bench(tmp_path, unit("berrymed-bm1000")) as at:
        oximeter = VirtualFingertip(at.radio, BM1000, address=ADDRESS, pace=STREAM)
        await oximeter.start()
        for saturation in (95, 96, 97, 96, 95, 96, 97, 96, 95, 96, 97, 96, 95, 96, 97, 96, 95, 96, 97, 96):
            await oximeter.insert(FINGER._replace(saturation=Decimal(saturation)))
        times = [one.received.monotonic for one in at.listener.arrivals if None not in values(one).values()]
        assert times
        assert all(later - earlier >= REPEAT for earlier, later in itertools.pairwise(times))
        await oximeter.stop()


async def test_a_cuff_that_joins_and_cuts_its_messages_gives_its_result(tmp_path) -> None:
    async with bench(tmp_path, unit("jumper-jpd-ha120")) as at:
        cuff = VirtualJumperCuff(at.radio, address=ADDRESS, pace=PACE)
        await cuff.start()
        first, _again = await cuff.measure(READING, seconds=4.0)
        await at.listener.until_phase(unit("jumper-jpd-ha120"), InstrumentPhase.READY)
        assert [values(one) for one in at.listener.arrivals] == 2 * [
            {Metric.SYSTOLIC: Decimal(132), Metric.DIASTOLIC: Decimal(81), Metric.PULSE_CUFF: Decimal(72)}
        ]
        assert at.listener.arrivals[0].live
        assert at.listener.arrivals[0].provenance.frame == first.hex()
        assert at.listener.state(unit("jumper-jpd-ha120")).code == ""


async def test_a_cart_never_makes_a_cuff_inflate(tmp_path) -> None:
    async with bench(tmp_path, unit("jumper-jpd-ha120")) as at:
        cuff = VirtualJumperCuff(at.radio, address=ADDRESS, pace=PACE)
        await cuff.start()
        await cuff.move(seconds=2.0)
        await at.listener.until(lambda: bool(at.listener.arrivals))
        assert set(values(at.listener.arrivals[0]).values()) == {None}
        assert at.listener.arrivals[0].measurements[0].doubts == {Doubt.NOT_A_NUMBER}
        assert cuff.commands == []


async def test_the_newest_record_of_a_meter_is_read_and_the_meter_switched_off(tmp_path) -> None:
    async with bench(tmp_path, unit("fora-p30-plus")) as at:
        cuff = VirtualTaiDoc(at.radio, address=ADDRESS, pace=PACE)
        await cuff.start()
        cuff.remember([(taidoc.pressure(READING), OLD)])
        irregular = READING._replace(systolic=Decimal(147), status=IRREGULAR)
        (frame,) = await cuff.measure(taidoc.pressure(irregular))
        await at.listener.until(lambda: bool(at.listener.arrivals))
        (arrival,) = at.listener.arrivals
        assert values(arrival) == {
            Metric.SYSTOLIC: Decimal(147),
            Metric.DIASTOLIC: Decimal(81),
            Metric.PULSE_CUFF: Decimal(72),
        }
        one = arrival.measurements[0]
        assert one.taken is not None
        assert abs(now() - one.taken) < timedelta(minutes=2)
        assert one.stored
        assert not arrival.live
        assert one.doubts == {Doubt.IRREGULAR_PULSE}
        assert arrival.provenance.frame == frame.hex()
        assert arrival.provenance.clock_set
        assert arrival.provenance.clock_offset in {0.0, -60.0}
        assert taidoc.SET_CLOCK not in cuff.requests
        assert cuff.requests[-1] == taidoc.SWITCH_OFF
        assert at.listener.state(unit("fora-p30-plus")).code == ""


async def test_a_wrong_clock_is_not_called_set_and_is_set_once_the_record_is_read(tmp_path) -> None:
    async with bench(tmp_path, unit("fora-ir40")) as at:
        meter = VirtualTaiDoc(at.radio, address=ADDRESS, pace=PACE)
        await meter.start()
        meter.clock.reset()
        await meter.measure(taidoc.temperature(Decimal("37.8"), place=1))
        await at.listener.until(lambda: bool(at.listener.arrivals))
        source = at.listener.arrivals[0].provenance
        assert not source.clock_set
        assert source.clock_offset is not None
        assert source.clock_offset < -timedelta(days=1000).total_seconds()
        order = meter.requests
        assert order.index(taidoc.RECORD_VALUES) < order.index(taidoc.SET_CLOCK) < order.index(taidoc.SWITCH_OFF)
        assert abs(meter.clock.now() - now()) < timedelta(minutes=1, seconds=5)
        await at.listener.until_phase(unit("fora-ir40"), InstrumentPhase.READY)
        await meter.measure(taidoc.temperature(Decimal("37.9"), place=1))
        await at.listener.until(lambda: len(at.listener.arrivals) == 2)
        again = at.listener.arrivals[1]
        assert again.provenance.clock_set
        assert (again.measurements[0].value, again.measurements[0].site) == (Decimal("37.9"), Site.FOREHEAD)


async def test_a_clock_that_forgets_is_never_called_set(tmp_path) -> None:
    async with bench(tmp_path, unit("fora-ir40")) as at:
        meter = VirtualTaiDoc(at.radio, address=ADDRESS, pace=PACE)
        meter.clock_applies = False
        meter.clock.reset()
        await meter.start()
        for count in (1, 2):
            await meter.measure(taidoc.temperature(Decimal("37.1")))
            await at.listener.until(lambda count=count: len(at.listener.arrivals) == count)
            await at.listener.until_phase(unit("fora-ir40"), InstrumentPhase.READY)
        assert not any(one.provenance.clock_set for one in at.listener.arrivals)


async def test_an_echo_is_not_taken_for_an_answer(tmp_path) -> None:
    async with bench(tmp_path, unit("taidoc-td4277")) as at:
        meter = VirtualTaiDoc(at.radio, address=ADDRESS, pace=PACE)
        meter.echoes = True
        await meter.start()
        await meter.measure(taidoc.glucose(163, meal=2))
        await at.listener.until(lambda: bool(at.listener.arrivals))
        (one,) = at.listener.arrivals[0].measurements
        assert (one.metric, one.value, one.meal) == (Metric.GLUCOSE, Decimal(163), Meal.AFTER)


async def test_the_newest_record_of_every_user_is_read(tmp_path) -> None:
    async with bench(tmp_path, unit("taidoc-td3128")) as at:
        cuff = VirtualTaiDoc(at.radio, address=ADDRESS, pace=PACE)
        cuff.user = 3
        cuff.remember([(taidoc.pressure(READING), OLD)], user=0)
        await cuff.start()
        await cuff.measure(taidoc.pressure(READING._replace(systolic=Decimal(151))))
        await at.listener.until(lambda: len(at.listener.arrivals) == 2)
        assert [values(one)[Metric.SYSTOLIC] for one in at.listener.arrivals] == [Decimal(132), Decimal(151)]
        assert len({one.connection for one in at.listener.arrivals}) == 1


async def test_a_meter_in_one_gives_pressures_and_glucose(tmp_path) -> None:
    async with bench(tmp_path, unit("fora-d40")) as at:
        meter = VirtualTaiDoc(at.radio, address=ADDRESS, habits=taidoc.Habits("FORA D40", user=1), pace=PACE)
        await meter.start()
        await meter.measure(taidoc.pressure(READING._replace(systolic=Decimal(262)), both=True))
        await at.listener.until_phase(unit("fora-d40"), InstrumentPhase.READY)
        await meter.measure(taidoc.glucose(118, meal=3))
        await at.listener.until(lambda: len(at.listener.arrivals) == 2)
        assert values(at.listener.arrivals[0])[Metric.SYSTOLIC] == Decimal(262)
        (control,) = at.listener.arrivals[1].measurements
        assert (control.value, control.doubts) == (Decimal(118), {Doubt.CONTROL_SOLUTION})


async def test_a_meter_without_records_is_left_in_peace(tmp_path) -> None:
    async with bench(tmp_path, unit("taidoc-td8255")) as at:
        meter = VirtualTaiDoc(at.radio, address=ADDRESS, pace=PACE, bond=True)
        await meter.start()
        await meter.show()
        assert at.listener.arrivals == []
        assert meter.requests[-1] == taidoc.SWITCH_OFF
        state = await at.listener.until_phase(unit("taidoc-td8255"), InstrumentPhase.READY)
        assert state.code == ""
        await meter.measure(taidoc.saturation(FINGER))
        await at.listener.until(lambda: bool(at.listener.arrivals))
        assert values(at.listener.arrivals[0]) == {Metric.SATURATION: Decimal(95), Metric.PULSE_OXIMETER: Decimal(74)}


async def test_a_cuff_that_advertises_only_its_name_is_heard_beside_one_that_tells_its_service(tmp_path) -> None:
    nonin = Instrument("oxymetre", "nonin-3230", "C0:00:00:00:18:22", "501218222", "Nonin 3230", simulated=True)
    patient = msgspec.structs.replace(BRISK, silence=60.0)
    async with bench(tmp_path, unit("jumper-jpd-ha120"), nonin, deadlines=patient) as at:
        cuff = VirtualJumperCuff(at.radio, address=ADDRESS, pace=PACE)
        cuff.peripheral.casing = dataclasses.replace(cuff.peripheral.casing, announced=())
        cuff.window = PATIENCE
        await cuff.start()
        await cuff.measure(READING, seconds=2.0)
        await at.listener.until(lambda: bool(at.listener.arrivals))
        assert values(at.listener.arrivals[0])[Metric.SYSTOLIC] == Decimal(132)
