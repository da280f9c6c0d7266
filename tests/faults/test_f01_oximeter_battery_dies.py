# SPDX-License-Identifier: Apache-2.0
"""f01: the oximeter's battery dies in the middle of a measurement."""

from decimal import Decimal

from device.codes import Metric
from device.instrument import InstrumentPhase
from tests.device.ble.bench import OXIMETER, bench
from virtual.ble.oximeter import Finger, VirtualOximeter
from virtual.ble.pace import brisk

PACE = brisk(50)


async def test_f01_the_loss_is_told_within_three_seconds_with_what_to_do(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        await oximeter.start()
        await oximeter.insert(Finger(Decimal(94), Decimal(88)))
        await at.listener.until(lambda: any(one.measurements[0].value == Decimal(94) for one in at.listener.arrivals))
        await oximeter.stop()
        state = await at.listener.until_phase(OXIMETER, InstrumentPhase.ABSENT, patience=3.0)
        assert state.line.startswith("L’oxymètre ne répond plus : remplacez la pile")
        assert state.battery == 61


async def test_f01_the_last_value_is_kept_with_its_time_and_nothing_follows_it(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        await oximeter.start()
        await oximeter.insert(Finger(Decimal(94), Decimal(88)))
        await at.listener.until(lambda: any(one.measurements[0].value == Decimal(94) for one in at.listener.arrivals))
        await oximeter.stop()
        state = await at.listener.until_phase(OXIMETER, InstrumentPhase.ABSENT, patience=3.0)
        last = at.listener.arrivals[-1]
        assert {one.metric: one.value for one in last.measurements}[Metric.SATURATION] == Decimal(94)
        assert state.last_seen is not None
        assert 0 <= state.last_seen.monotonic - last.received.monotonic <= 3.0


async def test_f01_a_new_battery_brings_it_back_by_itself(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        await oximeter.start()
        await oximeter.insert(Finger(Decimal(94), Decimal(88)))
        await oximeter.stop()
        await at.listener.until_phase(OXIMETER, InstrumentPhase.ABSENT)
        before = len(at.listener.arrivals)
        await oximeter.start()
        state = await at.listener.until_phase(OXIMETER, InstrumentPhase.CONNECTED)
        assert (state.line, state.code) == ("", "")
        await oximeter.insert(Finger(Decimal(97), Decimal(70)))
        await at.listener.until(lambda: at.listener.arrivals[-1].measurements[0].value == Decimal(97))
        assert at.listener.arrivals[-1].connection > at.listener.arrivals[before - 1].connection
        await oximeter.stop()
