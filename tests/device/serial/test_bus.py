# SPDX-License-Identifier: Apache-2.0
"""The serial bus over pseudo-terminals: pyserial opens them as it opens a real port."""

import asyncio
import fcntl
import os

import pytest

from device.codes import Doubt, Site
from device.instrument import InstrumentPhase
from device.measurement import Arrival
from virtual.serial.finger import Finger

FINGER = Finger(97, 72)


@pytest.mark.parametrize("model", ["contec-cms50dplus", "contec-cms50dplus-v7", "nonin-xpod"])
async def test_a_stream_arrives_with_its_provenance(bench, model):
    bench.enrol("oxymetre", model)
    unit = bench.oximeter("oxymetre", model)
    unit.plug()
    async with bench.serving():
        await unit.insert(FINGER)
        await bench.until(lambda: bench.numbers("oxymetre")[-2:] == [97, 97])
        arrival: Arrival = bench.arrivals[-1]
        saturation, pulse = arrival.measurements
        assert (saturation.value, pulse.value, saturation.continuous) == (97, 72, True)
        assert saturation.site is Site.FINGER
        assert arrival.live
        assert arrival.connection == 1
        assert (arrival.provenance.instrument, arrival.provenance.model) == ("oxymetre", model)
        assert arrival.provenance.simulated
        assert bytes.fromhex(arrival.provenance.frame)
        assert bench.state("oxymetre").phase is InstrumentPhase.CONNECTED
        await unit.remove()
        await bench.until(lambda: bench.numbers("oxymetre")[-1] is None)
        assert bench.arrivals[-1].measurements[0].doubts == {Doubt.FINGER_OUT}
        await unit.stop()
    unit.pull()


async def test_a_stream_is_thinned_to_what_changes(bench):
    """Sixty samples a second; what says the same goes on every half second."""
    bench.enrol("oxymetre")
    unit = bench.oximeter("oxymetre")
    unit.plug()
    async with bench.serving() as bus:
        await unit.insert(FINGER)
        await bench.until(lambda: bus.sessions["oxymetre"].wiring.health.counters["frames"] >= 60)
        assert 1 <= len(bench.arrivals) <= 4
        await unit.stop()
    unit.pull()


async def test_unplugged_in_mid_stream_and_back_by_itself(bench):
    bench.enrol("oxymetre")
    unit = bench.oximeter("oxymetre")
    unit.plug()
    async with bench.serving():
        await unit.insert(FINGER)
        await bench.phase("oxymetre", InstrumentPhase.CONNECTED)
        unit.pull()
        state = await bench.phase("oxymetre", InstrumentPhase.ABSENT, "SER-01")
        assert state.line == "Câble débranché : rebranchez l’oxymètre."
        assert state.last_seen is not None
        before = len(bench.arrivals)
        unit.plug()
        await bench.until(lambda: len(bench.arrivals) > before)
        assert bench.arrivals[-1].connection == 2
        assert bench.state("oxymetre").phase is InstrumentPhase.CONNECTED
        await unit.stop()
    unit.pull()


async def test_a_port_is_absent_until_it_is_plugged(bench):
    bench.enrol("oxymetre")
    unit = bench.oximeter("oxymetre")
    async with bench.serving():
        await bench.phase("oxymetre", InstrumentPhase.ABSENT, "SER-01")
        unit.plug()
        await unit.insert(FINGER)
        await bench.phase("oxymetre", InstrumentPhase.CONNECTED)
        await unit.stop()
    unit.pull()


async def test_plugged_and_switched_off_it_asks_to_be_switched_on_and_is_no_fault(bench):
    bench.enrol("oxymetre")
    unit = bench.oximeter("oxymetre")
    unit.plug()
    async with bench.serving():
        await bench.until(lambda: bench.states and bench.state("oxymetre").line == "Allumez l’oxymètre.")
        assert bench.state("oxymetre").phase is InstrumentPhase.READY
        await unit.insert(FINGER)
        await bench.phase("oxymetre", InstrumentPhase.CONNECTED)
        await unit.remove()
        await bench.until(lambda: bench.numbers("oxymetre")[-1] is None)
        await unit.stop()
        await bench.phase("oxymetre", InstrumentPhase.READY)
    assert all(state.code == "" for state in bench.states)
    unit.pull()


async def test_switched_on_late_it_is_asked_again_to_stream(bench):
    """Protocol 7 says nothing until it is asked, and forgets that it was when it is switched off."""
    bench.enrol("oxymetre", "contec-cms50dplus-v7")
    unit = bench.oximeter("oxymetre", "contec-cms50dplus-v7")
    unit.plug()
    async with bench.serving():
        await bench.until(lambda: bench.states and bench.state("oxymetre").line == "Allumez l’oxymètre.")
        await unit.insert(FINGER)
        await bench.phase("oxymetre", InstrumentPhase.CONNECTED)
        await unit.stop()
        await bench.phase("oxymetre", InstrumentPhase.ABSENT, "SER-05")
        await unit.start()
        await bench.phase("oxymetre", InstrumentPhase.CONNECTED)
        await unit.stop()
    unit.pull()


async def test_two_units_of_one_model_are_told_apart_by_their_ports(bench):
    for name in ("oxymetre-1", "oxymetre-2"):
        bench.enrol(name)
    one, two = bench.oximeter("oxymetre-1"), bench.oximeter("oxymetre-2")
    stranger = bench.oximeter("inconnu")
    for unit, finger in ((one, Finger(97, 72)), (two, Finger(91, 110)), (stranger, Finger(80, 50))):
        unit.plug()
        unit.finger = finger
        await unit.start()
    async with bench.serving():
        await bench.until(lambda: bench.numbers("oxymetre-1") and bench.numbers("oxymetre-2"))
        one.pull()
        await bench.phase("oxymetre-1", InstrumentPhase.ABSENT)
        seen = len(bench.numbers("oxymetre-2"))
        await bench.until(lambda: len(bench.numbers("oxymetre-2")) > seen)
    assert set(bench.numbers("oxymetre-1")) == {97}
    assert set(bench.numbers("oxymetre-2")) == {91}
    assert {one.provenance.instrument for one in bench.arrivals} == {"oxymetre-1", "oxymetre-2"}
    for unit in (one, two, stranger):
        await unit.stop()
        unit.pull()


async def test_a_port_that_another_program_holds_is_said_and_tried_again(bench):
    bench.enrol("oxymetre")
    unit = bench.oximeter("oxymetre")
    unit.plug()
    held = os.open(unit.port.path, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(held, fcntl.LOCK_EX)
    async with bench.serving():
        state = await bench.phase("oxymetre", InstrumentPhase.FAULT, "SER-02")
        assert "ne peut pas ouvrir l’oxymètre" in state.line
        os.close(held)
        await unit.insert(FINGER)
        await bench.phase("oxymetre", InstrumentPhase.CONNECTED)
        await unit.stop()
    unit.pull()


async def test_the_bus_leaves_nothing_behind(bench):
    bench.enrol("oxymetre")
    unit = bench.oximeter("oxymetre")
    unit.plug()
    async with bench.serving():
        await unit.insert(FINGER)
        await bench.phase("oxymetre", InstrumentPhase.CONNECTED)
    free = os.open(unit.port.path, os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(free, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(free)
    await unit.stop()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    unit.pull()


async def test_an_instrument_enrolled_while_it_runs_is_served_and_one_retired_is_let_go(bench):
    unit = bench.oximeter("oxymetre")
    unit.plug()
    async with bench.serving():
        await unit.insert(FINGER)
        bench.enrol("oxymetre")
        await bench.phase("oxymetre", InstrumentPhase.CONNECTED)
        bench.registry.retire("oxymetre")
        await asyncio.sleep(0)
        bench.enrol("oxymetre", "contec-cms50dplus")
        seen = len(bench.arrivals)
        await bench.until(lambda: len(bench.arrivals) > seen and bench.arrivals[-1].connection == 2)
        await unit.stop()
    unit.pull()


async def test_frames_are_overheard_before_they_are_decoded(bench):
    bench.enrol("oxymetre")
    unit = bench.oximeter("oxymetre")
    unit.plug()
    heard = []
    async with bench.serving() as bus:
        bus.overhear(heard.append)
        await unit.insert(FINGER)
        await bench.until(lambda: bench.arrivals)
        bus.overhear(None)
        count = len(heard)
        seen = len(bench.arrivals)
        await bench.until(lambda: len(bench.arrivals) > seen)
        await unit.stop()
    assert {(one.instrument, one.source, len(one.data)) for one in heard} == {("oxymetre", "", 5)}
    assert len(heard) == count
    unit.pull()
