# SPDX-License-Identifier: Apache-2.0
"""The serial bus on a USB serial adapter, with udev's names."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from device.clock import SystemClock
from device.codes import Metric
from device.instrument import InstrumentPhase
from device.registry import Instrument
from device.scan import Scan
from device.serial import SerialBus, SystemPorts
from tests.machine.kit.cart import Ear, registry, values
from tests.machine.kit.gadget import NAME, Gadget, gadget
from tests.machine.scenario import Times, scenario
from virtual.serial.finger import ContecSevenVoice, Finger, NoninTwoVoice, Voice
from virtual.serial.oximeter import VirtualSerialOximeter
from virtual.serial.scanner import VirtualScanner

CONTEC = Instrument("oxymetre", "contec-cms50dplus-v7", str(NAME), "V0001", "Contec CMS50D+", simulated=True)
NONIN = Instrument("oxymetre", "nonin-xpod", str(NAME), "V0001", "Nonin Xpod", simulated=True)
SCANNER = Instrument("lecteur", "serial-scanner", str(NAME), "V0001", "Lecteur", simulated=True)


class SerialEar(Ear):
    """Scans, too."""

    def __init__(self) -> None:
        super().__init__()
        self.scans: list[Scan] = []

    def scan(self, scan: Scan) -> None:
        self.scans.append(scan)
        self._changed.set()


@asynccontextmanager
async def served(unit: Instrument) -> AsyncIterator[SerialEar]:
    """The serial bus at work for one unit, on the machine's own ports."""
    ear = SerialEar()
    with tempfile.TemporaryDirectory() as folder:
        enrolled = registry(Path(folder), unit)
        bus = SerialBus(enrolled, SystemClock(trusted=True), ear.arrive, ear.change, ear.scan)
        task = asyncio.ensure_future(bus.run())
        try:
            yield ear
        finally:
            task.cancel()
            async with asyncio.timeout(30):
                await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def worn(cable: Gadget, voice: Voice) -> AsyncIterator[VirtualSerialOximeter]:
    """An oximeter on a finger behind the adapter, its cable in."""
    oximeter = VirtualSerialOximeter(cast("Any", cable), voice)
    oximeter.plug()
    await cable.plugged()
    oximeter.finger = Finger(96, 71)
    await oximeter.start()
    try:
        yield oximeter
    finally:
        await oximeter.stop()


async def numbers(ear: Ear) -> None:
    """Wait until its numbers come from now on."""
    before = len(ear.arrivals)

    def come() -> bool:
        return any(values(one).get(Metric.SATURATION) == 96 for one in ear.arrivals[before:])

    await ear.until(come, "its numbers come", 30)


async def pulled_and_back(unit: Instrument, voice: Voice, times: Times) -> None:
    async with gadget() as cable, served(unit) as ear, worn(cable, voice) as oximeter:
        with times.of("first numbers"):
            await numbers(ear)
        assert str(NAME) in {one.address for one in SystemPorts().plugged()}
        with times.of("noticed", within=3.0):
            oximeter.pull()
            await ear.until(lambda: ear.phase(unit) is InstrumentPhase.ABSENT, "it is said to be gone")
        oximeter.plug()
        with times.of("back"):
            await cable.plugged()
            await numbers(ear)


@scenario()
async def an_oximeter_that_streams_is_pulled_and_back(times: Times) -> None:
    await pulled_and_back(NONIN, NoninTwoVoice(), times)


@scenario()
async def an_oximeter_that_must_be_asked_is_pulled_and_back(times: Times) -> None:
    await pulled_and_back(CONTEC, ContecSevenVoice(), times)


@scenario()
async def an_oximeter_comes_back_under_another_number(times: Times) -> None:
    async with gadget() as cable, served(NONIN) as ear, worn(cable, NoninTwoVoice()) as oximeter:
        await numbers(ear)
        before = cable.device
        held = os.open(before, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            oximeter.pull()
            await ear.until(lambda: ear.phase(NONIN) is InstrumentPhase.ABSENT, "it is said to be gone")
            oximeter.plug()
            with times.of("back"):
                await cable.plugged()
                await numbers(ear)
            assert cable.device != before
        finally:
            os.close(held)


@scenario()
async def a_code_arrives_whole_with_its_separators(times: Times) -> None:
    code = "IS010000000000000000000000S1269054958815780S21.2.250.1.213.1.4.8\x1dS3JEANNE\x1dS4MOREAU\x1dS5F"
    async with gadget() as cable, served(SCANNER) as ear:
        scanner = VirtualScanner(cast("Any", cable))
        scanner.plug()
        await cable.plugged()
        await ear.until(lambda: ear.phase(SCANNER) is InstrumentPhase.CONNECTED, "the scanner is open", 30)
        with times.of("scan"):
            scanner.read(code)
            await ear.until(lambda: bool(ear.scans), "the code arrives", 10)
        assert ear.scans[0].text == code
