# SPDX-License-Identifier: Apache-2.0
"""f01: the oximeter's battery dies in the middle of a measurement."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from device import commands as c
from device.clock import SystemClock
from device.codes import Metric
from device.instrument import InstrumentPhase, InstrumentState
from device.journal import Journal
from device.measurement import Arrival
from device.station.state import Live
from tests.device.ble.bench import OXIMETER, Listener, bench
from tests.device.station.conftest import JEANNE, make
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


class Screen(Listener):
    """A whole station behind the bus, wired as the device process wires it."""

    def __init__(self, ward) -> None:
        super().__init__()
        self.ward = ward

    def arrive(self, arrival: Arrival) -> None:
        self.ward.intake.arrive(arrival)
        super().arrive(arrival)

    def change(self, state: InstrumentState) -> None:
        self.ward.station.show_instrument(state)
        if state.phase is not InstrumentPhase.CONNECTED:
            self.ward.intake.unlink(state.id)
        super().change(state)

    def saturation(self) -> Live | None:
        shown = self.ward.station.state.live
        return next((live for live in shown if live.measurement.metric is Metric.SATURATION), None)


@pytest.fixture
async def screen(tmp_path) -> AsyncIterator[Screen]:
    clock = SystemClock(trusted=True)
    journal = Journal.open(tmp_path / "journal.db", clock)
    ward = make(tmp_path, clock, journal)
    writing = asyncio.ensure_future(ward.station.writer.run())
    await ward.ok(c.SignIn("camille", "123456"), c.OpenEncounter(JEANNE), c.ConfirmIdentity())
    yield Screen(ward)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    journal.close()


async def test_f01_on_the_screen_the_last_value_keeps_its_time_and_stops_looking_live(tmp_path, screen) -> None:
    async with bench(tmp_path, OXIMETER, listener=screen) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        await oximeter.start()
        await oximeter.insert(Finger(Decimal(94), Decimal(88)))
        await screen.until(lambda: (seen := screen.saturation()) is not None and seen.measurement.value == Decimal(94))
        assert screen.saturation().linked
        await oximeter.stop()
        await screen.until_phase(OXIMETER, InstrumentPhase.ABSENT, patience=3.0)
        last = screen.saturation()
        assert (last.measurement.value, last.linked) == (Decimal(94), False)
        assert last.received == screen.arrivals[-1].received
        (shown,) = screen.ward.station.state.instruments
        assert "remplacez la pile" in shown.line
