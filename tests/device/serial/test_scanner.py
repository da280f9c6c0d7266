# SPDX-License-Identifier: Apache-2.0
"""A 2D scanner on the bus: codes whole, group separators kept, never a measurement, never without bounds."""

import asyncio
import logging

from device.instrument import InstrumentPhase

GS = "\x1d"
CODE = f"IS01{22 * '0'}S1277010115400329S21.2.250.1.213.1.4.8{GS}S3SARAH-LOU ANNA{GS}S4GARCIA{GS}S5FS621-01-1977"


async def test_a_code_is_read_whole_with_its_group_separators(bench, caplog):
    caplog.set_level(logging.DEBUG)
    bench.enrol("lecteur", "serial-scanner")
    scanner = bench.scanner("lecteur")
    scanner.plug()
    heard = []
    async with bench.serving() as bus:
        bus.overhear(heard.append)
        state = await bench.phase("lecteur", InstrumentPhase.CONNECTED)
        assert state.metrics == ()
        for end in ("\r", "\n", "\r\n"):
            scanner.read(CODE, end)
        scanner.read("3400930000000")
        await bench.until(lambda: len(bench.scans) == 4)
        assert [scan.text for scan in bench.scans] == [CODE, CODE, CODE, "3400930000000"]
    assert bench.arrivals == []
    assert heard == [], "what a scanner reads may be a person's identity"
    assert "GARCIA" not in caplog.text
    scanner.pull()


async def test_a_code_that_comes_in_pieces_is_one_code(bench):
    bench.enrol("lecteur", "serial-scanner")
    scanner = bench.scanner("lecteur")
    scanner.plug()
    async with bench.serving():
        await bench.phase("lecteur", InstrumentPhase.CONNECTED)
        for place in range(0, len(CODE), 17):
            scanner.port.send(CODE[place : place + 17].encode())
            await asyncio.sleep(0.01)
        scanner.port.send(b"\r")
        await bench.until(lambda: bench.scans)
        assert [scan.text for scan in bench.scans] == [CODE]
    scanner.pull()


async def test_a_code_without_an_end_is_given_up_and_said(bench):
    bench.enrol("lecteur", "serial-scanner")
    scanner = bench.scanner("lecteur")
    scanner.plug()
    async with bench.serving():
        await bench.phase("lecteur", InstrumentPhase.CONNECTED)
        scanner.read(CODE, end="")
        await bench.phase("lecteur", InstrumentPhase.CONNECTED, "SER-09")
        assert bench.state("lecteur").line == "Le lecteur de codes ne termine pas ses codes. Prévenez le technicien."
        scanner.read("3400930000000")
        await bench.until(lambda: bench.scans)
        assert [scan.text for scan in bench.scans] == ["3400930000000"]
        assert bench.state("lecteur").line == ""
    scanner.pull()


async def test_a_megabyte_without_an_end_is_bounded_and_cut(bench):
    bench.enrol("lecteur", "serial-scanner")
    scanner = bench.scanner("lecteur")
    scanner.plug()

    async def pour() -> None:
        left = 1 << 20
        while left > 0:
            left -= scanner.port.send(b"A" * 2048)
            await asyncio.sleep(0.001)

    pouring = asyncio.create_task(pour())
    async with bench.serving() as bus:
        await bench.until(lambda: bench.states and bench.state("lecteur").code in {"SER-04", "SER-09"})
        counters = bus.sessions["lecteur"].wiring.health.counters
        await bench.until(lambda: counters["SER-04"] + counters["SER-09"] >= 2)
        pouring.cancel()
        await asyncio.gather(pouring, return_exceptions=True)
        scanner.pull()
        scanner.plug()
        await bench.phase("lecteur", InstrumentPhase.CONNECTED, "")
        scanner.read(CODE)
        await bench.until(lambda: bench.scans)
    assert [scan.text for scan in bench.scans] == [CODE]
    scanner.pull()


async def test_control_characters_are_no_code(bench):
    bench.enrol("lecteur", "serial-scanner")
    scanner = bench.scanner("lecteur")
    scanner.plug()
    async with bench.serving() as bus:
        await bench.phase("lecteur", InstrumentPhase.CONNECTED)
        for text in ("AB\x1b[2J", "\x00\x00", "\x1d\x1d"):
            scanner.read(text)
        scanner.read("bon")
        await bench.until(lambda: bench.scans)
        assert bus.sessions["lecteur"].wiring.health.counters["FRM-01"] == 3
    assert [scan.text for scan in bench.scans] == ["bon"]
    scanner.pull()
