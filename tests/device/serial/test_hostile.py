# SPDX-License-Identifier: Apache-2.0
"""Hostile and broken lines: counted, capped, dropped, met more and more rarely; the others go on."""

import asyncio
import random

from device.instrument import InstrumentPhase
from virtual.serial.finger import Finger


async def flood(port, chunk: bytes) -> None:
    while True:
        port.send(chunk)
        await asyncio.sleep(0.001)


async def test_f12_a_port_that_floods_is_dropped_again_and_again_and_the_other_is_not_disturbed(bench):
    bench.enrol("fou")
    bench.enrol("oxymetre")
    mad, sane = bench.port("fou"), bench.oximeter("oxymetre")
    mad.plug_in()
    sane.plug()
    flooding = asyncio.create_task(flood(mad, bytes((0x86, 0x30, 0x05, 72, 97)) * 800))
    async with bench.serving() as bus:
        await sane.insert(Finger(97, 72))
        state = await bench.phase("fou", InstrumentPhase.FAULT, "SER-04")
        assert state.line == "L’oxymètre envoie trop de messages : liaison coupée. Prévenez le technicien."
        counters = bus.sessions["fou"].wiring.health.counters
        await bench.until(lambda: counters["SER-04"] >= 4)
        assert counters["frames"] < counters["SER-04"] * 10_000
        seen = len(bench.numbers("oxymetre"))
        await bench.until(lambda: len(bench.numbers("oxymetre")) > seen)
        assert bench.state("oxymetre").phase is InstrumentPhase.CONNECTED
        flooding.cancel()
        await sane.stop()
    await asyncio.gather(flooding, return_exceptions=True)
    mad.pull()
    sane.pull()


async def test_f12_a_garbage_stream_brings_no_number_and_is_cut(bench):
    bench.enrol("oxymetre")
    port = bench.port("oxymetre")
    port.plug_in()
    chance = random.Random(12)  # noqa: S311 - a reproducible test, no secret

    async def babble() -> None:
        while True:
            port.send(chance.randbytes(120))
            await asyncio.sleep(0.002)

    babbling = asyncio.create_task(babble())
    async with bench.serving() as bus:
        await bench.phase("oxymetre", InstrumentPhase.FAULT, "SER-06")
        assert bus.sessions["oxymetre"].wiring.health.counters["dropped-bytes"] > 2048
        babbling.cancel()
    await asyncio.gather(babbling, return_exceptions=True)
    assert bench.arrivals == []
    port.pull()


async def test_f12_after_garbage_the_real_instrument_is_heard_again(bench):
    bench.enrol("oxymetre")
    unit = bench.oximeter("oxymetre")
    unit.plug()
    async with bench.serving():
        await unit.insert(Finger(97, 72))
        await bench.phase("oxymetre", InstrumentPhase.CONNECTED)
        unit.port.send(random.Random(13).randbytes(600))  # noqa: S311 - likewise
        seen = len(bench.arrivals)
        await bench.until(lambda: len(bench.arrivals) >= seen + 2)
        await unit.stop()
    assert set(bench.numbers("oxymetre")) == {97}
    unit.pull()


async def test_f01_its_battery_dies_in_mid_measure_and_the_cable_stays(bench):
    bench.enrol("oxymetre")
    unit = bench.oximeter("oxymetre")
    unit.plug()
    async with bench.serving() as bus:
        await unit.insert(Finger(97, 72))
        await bench.phase("oxymetre", InstrumentPhase.CONNECTED)
        last = bench.arrivals[-1].received
        await unit.stop()
        state = await bench.phase("oxymetre", InstrumentPhase.ABSENT, "SER-05")
        assert state.line == "L’oxymètre ne dit plus rien : remplacez la pile s’il est éteint, sinon vérifiez le câble."
        assert state.last_seen.monotonic >= last.monotonic
        assert bus.deadlines.silence < 3.0
        await unit.start()
        await bench.phase("oxymetre", InstrumentPhase.CONNECTED)
        await unit.stop()
    unit.pull()


async def test_f06_finger_out_and_searching_are_no_number_and_the_reason(bench):
    bench.enrol("oxymetre", "contec-cms50dplus-v7")
    unit = bench.oximeter("oxymetre", "contec-cms50dplus-v7")
    unit.plug()
    async with bench.serving():
        await unit.start()
        await bench.until(lambda: bench.arrivals)
        for one in bench.arrivals[-1].measurements:
            assert one.value is None
            assert {doubt.line for doubt in one.doubts} == {"doigt absent"}
        await unit.stop()
    unit.pull()
