# SPDX-License-Identifier: Apache-2.0
import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

from device.codes import Doubt, Metric, Site
from device.instrument import InstrumentPhase
from tests.device.ble.bench import CUFF, OXIMETER, THERMOMETER, bench
from virtual.ble.cuff import Reading, VirtualCuff
from virtual.ble.oximeter import Finger, VirtualOximeter
from virtual.ble.pace import brisk
from virtual.ble.thermometer import Temperature, VirtualThermometer

PACE = brisk(200)
READING = Reading(Decimal(132), Decimal(81), Decimal(98), Decimal(72))
OLDER = Reading(Decimal(150), Decimal(95), Decimal(113), Decimal(88))


def values(arrival) -> dict[Metric, Decimal | None]:
    return {one.metric: one.value for one in arrival.measurements}


async def test_a_measurement_arrives_with_its_provenance(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        cuff = VirtualCuff(at.radio, pace=PACE)
        await cuff.start()
        (frame,) = await cuff.measure(READING)
        await at.listener.until(lambda: bool(at.listener.arrivals))
        (arrival,) = at.listener.arrivals
        assert values(arrival) == {
            Metric.SYSTOLIC: Decimal(132),
            Metric.DIASTOLIC: Decimal(81),
            Metric.MEAN_PRESSURE: Decimal(98),
            Metric.PULSE_CUFF: Decimal(72),
        }
        source = arrival.provenance
        assert (source.instrument, source.model, source.serial) == ("tensiometre", "and-ua-651ble", "5160700001")
        assert (source.firmware, source.battery, source.simulated) == ("BTM_V1.03", 85, True)
        assert source.frame == frame.hex()
        assert not arrival.live


async def test_the_clock_is_set_and_read_back_before_anything_is_heard(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        cuff = VirtualCuff(at.radio, pace=PACE)
        await cuff.start()
        cuff.clock.reset()
        await cuff.measure(READING)
        await at.listener.until(lambda: bool(at.listener.arrivals))
        (arrival,) = at.listener.arrivals
        assert arrival.provenance.clock_set
        assert arrival.provenance.clock_offset is not None
        assert arrival.provenance.clock_offset < -timedelta(days=1000).total_seconds()
        assert arrival.measurements[0].taken is not None
        assert arrival.measurements[0].taken.year == 2021
        assert len(cuff.clock_writes) == 1
        assert abs(cuff.clock.now() - datetime.now()) < timedelta(seconds=5)  # noqa: DTZ005 - a cuff knows no time zone


async def test_a_clock_that_acknowledges_and_forgets_is_not_called_set(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        cuff = VirtualCuff(at.radio, pace=PACE)
        cuff.clock_applies = False
        cuff.clock.reset()
        await cuff.start()
        await cuff.measure(READING)
        await at.listener.until(lambda: bool(at.listener.arrivals))
        assert not at.listener.arrivals[0].provenance.clock_set


async def test_older_readings_come_first_in_the_same_connection(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        cuff = VirtualCuff(at.radio, pace=PACE)
        await cuff.start()
        cuff.remember([(OLDER, datetime(2026, 1, 2, 8)), (OLDER, datetime(2026, 1, 3, 8))])  # noqa: DTZ001 - likewise
        sent = await cuff.measure(READING)
        await at.listener.until(lambda: len(at.listener.arrivals) == 3)
        assert [arrival.provenance.frame for arrival in at.listener.arrivals] == [frame.hex() for frame in sent]
        assert {arrival.connection for arrival in at.listener.arrivals} == {1}
        assert [values(arrival)[Metric.SYSTOLIC] for arrival in at.listener.arrivals] == [
            Decimal(150),
            Decimal(150),
            Decimal(132),
        ]


async def test_the_cuff_that_hung_up_is_ready_again_and_measures_again(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        cuff = VirtualCuff(at.radio, pace=PACE)
        await cuff.start()
        await cuff.measure(READING)
        await at.listener.until_phase(CUFF, InstrumentPhase.READY)
        await cuff.measure(OLDER)
        await at.listener.until(lambda: len(at.listener.arrivals) == 2)
        assert [arrival.connection for arrival in at.listener.arrivals] == [1, 2]
        await at.listener.until_phase(CUFF, InstrumentPhase.READY)
        expected = [
            InstrumentPhase.READY,
            *2 * (InstrumentPhase.CONNECTING, InstrumentPhase.CONNECTED, InstrumentPhase.READY),
        ]
        assert at.listener.phases(CUFF) == expected


async def test_a_cuff_that_asks_for_a_bond_gets_one_and_keeps_it(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        cuff = VirtualCuff(at.radio, pace=PACE, bond=True)
        await cuff.start()
        await cuff.measure(READING)
        await at.listener.until_phase(CUFF, InstrumentPhase.READY)
        await cuff.stop()
        await cuff.start()
        await cuff.measure(OLDER)
        await at.listener.until(lambda: len(at.listener.arrivals) == 2)


async def test_a_movement_error_arrives_without_a_number(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        cuff = VirtualCuff(at.radio, pace=PACE)
        await cuff.start()
        await cuff.move()
        await at.listener.until(lambda: bool(at.listener.arrivals))
        (arrival,) = at.listener.arrivals
        assert set(values(arrival).values()) == {None}
        assert {Doubt.MOVEMENT, Doubt.NOT_A_NUMBER} <= arrival.measurements[0].doubts


async def test_an_oximeter_streams_live_and_says_when_the_finger_is_out(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        await oximeter.start()
        await oximeter.insert(Finger(Decimal(96), Decimal(74)))
        await at.listener.until(
            lambda: (
                values(at.listener.arrivals[-1])[Metric.SATURATION] == Decimal(96) if at.listener.arrivals else False
            )
        )
        arrival = at.listener.arrivals[-1]
        assert arrival.live
        assert all(one.continuous and one.site is Site.FINGER for one in arrival.measurements)
        await oximeter.remove()
        await at.listener.until(lambda: Doubt.FINGER_OUT in at.listener.arrivals[-1].measurements[0].doubts)
        assert values(at.listener.arrivals[-1])[Metric.SATURATION] is None
        await oximeter.stop()


async def test_an_oximeter_that_says_goodbye_without_a_finger_is_no_alarm(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        await oximeter.start()
        await oximeter.insert(Finger(Decimal(96), Decimal(74)))
        await oximeter.remove()
        await oximeter.switch_off()
        state = await at.listener.until_phase(OXIMETER, InstrumentPhase.READY)
        assert state.line == ""


async def test_the_battery_is_told_at_connection_and_when_it_drains(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        await oximeter.start()
        assert (await at.listener.until_phase(OXIMETER, InstrumentPhase.CONNECTED)).battery == 61
        await oximeter.insert(Finger(Decimal(96), Decimal(74)))
        await oximeter.battery.drain(oximeter.peripheral, 12)
        await at.listener.until(lambda: at.listener.state(OXIMETER).battery == 12)
        assert at.listener.state(OXIMETER).line == "Pile à changer."
        await at.listener.until(lambda: at.listener.arrivals[-1].provenance.battery == 12)
        await oximeter.stop()


async def test_three_instruments_at_once(tmp_path) -> None:
    async with bench(tmp_path, CUFF, OXIMETER, THERMOMETER) as at:
        cuff, thermometer = VirtualCuff(at.radio, pace=PACE), VirtualThermometer(at.radio, pace=PACE)
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        for instrument in (cuff, thermometer, oximeter):
            await instrument.start()
        await asyncio.gather(
            cuff.measure(READING),
            thermometer.measure(Temperature(Decimal("37.6"))),
            oximeter.insert(Finger(Decimal(95), Decimal(80))),
        )
        await at.listener.until(lambda: all(at.listener.of(unit) for unit in (CUFF, OXIMETER, THERMOMETER)))
        (warm,) = at.listener.of(THERMOMETER)[0].measurements
        assert (warm.value, warm.site) == (Decimal("37.6"), Site.EAR)
        await oximeter.stop()


async def test_cancelling_hangs_up_and_leaves_no_task(tmp_path) -> None:
    before = asyncio.all_tasks()
    async with bench(tmp_path, OXIMETER) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        await oximeter.start()
        await at.listener.until_phase(OXIMETER, InstrumentPhase.CONNECTED)
        at.task.cancel()
        await asyncio.gather(at.task, return_exceptions=True)
        assert not oximeter.peripheral.connected
        await oximeter.stop()
    assert asyncio.all_tasks() <= before
