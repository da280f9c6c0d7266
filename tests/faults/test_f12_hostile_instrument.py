# SPDX-License-Identifier: Apache-2.0
"""f12: garbage, a flood of notifications, overlong frames."""

import asyncio
from decimal import Decimal

from device.instrument import InstrumentPhase
from tests.device.ble.bench import BRISK, CUFF, OXIMETER, bench
from virtual.ble.cuff import Reading, VirtualCuff
from virtual.ble.hostile import babble, flood, garbage
from virtual.ble.oximeter import CONTINUOUS, Finger, VirtualOximeter, sample
from virtual.ble.pace import brisk

PACE = brisk(50)


async def test_f12_a_flood_is_capped_and_the_link_dropped(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER) as at:
        oximeter = VirtualOximeter(at.radio)
        await oximeter.start()
        await at.listener.until_phase(OXIMETER, InstrumentPhase.CONNECTED)
        frame = sample(Finger(Decimal(97), Decimal(70)))
        sent = await flood(oximeter.peripheral, CONTINUOUS, frame, per_second=1000, seconds=5.0)
        assert sent < 2000
        assert len(at.listener.arrivals) <= 201
        await at.listener.until(lambda: InstrumentPhase.CONNECTED is not at.listener.state(OXIMETER).phase)
        await oximeter.stop()


async def test_f12_a_flood_that_goes_on_is_said_and_met_more_and_more_rarely(tmp_path) -> None:
    deadlines = BRISK.__class__(connect=5.0, disconnect=2.0, first=0.05, ceiling=0.1)
    async with bench(tmp_path, OXIMETER, deadlines=deadlines) as at:
        oximeter = VirtualOximeter(at.radio)
        await oximeter.start()
        frame = sample(Finger(Decimal(97), Decimal(70)))
        for _ in range(2):
            await oximeter.peripheral.until(lambda: oximeter.peripheral.listens(CONTINUOUS))
            await flood(oximeter.peripheral, CONTINUOUS, frame, per_second=1000, seconds=5.0)
        state = await at.listener.until_phase(OXIMETER, InstrumentPhase.FAULT)
        assert (state.code, state.line) == (
            "BLE-04",
            "L’oxymètre envoie trop de messages : liaison coupée. Prévenez le technicien.",
        )
        await oximeter.stop()


async def test_f12_an_instrument_that_only_babbles_is_dropped(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER) as at:
        oximeter = VirtualOximeter(at.radio, pace=brisk(0.001))
        await oximeter.start()
        await at.listener.until_phase(OXIMETER, InstrumentPhase.CONNECTED)
        frames = [frame for frame in garbage(seed=12, count=2000) if len(frame) < 5][:120]
        assert await babble(oximeter.peripheral, CONTINUOUS, frames) < len(frames)
        assert at.listener.arrivals == [] or at.listener.arrivals[-1].measurements[0].value is None
        assert any(state.code == "FRM-01" for state in at.listener.states)
        await oximeter.stop()


async def test_f12_garbage_disturbs_no_other_instrument(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER, CUFF) as at:
        oximeter, cuff = VirtualOximeter(at.radio), VirtualCuff(at.radio, pace=PACE)
        await oximeter.start()
        await cuff.start()
        await at.listener.until_phase(OXIMETER, InstrumentPhase.CONNECTED)
        babbling = asyncio.ensure_future(babble(oximeter.peripheral, CONTINUOUS, garbage(seed=12, count=150)))
        await cuff.measure(Reading(Decimal(132), Decimal(81), Decimal(98), Decimal(72)))
        await at.listener.until(lambda: bool(at.listener.of(CUFF)))
        await babbling
        numbers = [one.value for arrival in at.listener.of(OXIMETER) for one in arrival.measurements]
        assert all(number is None or number.is_finite() for number in numbers)
        await oximeter.stop()
