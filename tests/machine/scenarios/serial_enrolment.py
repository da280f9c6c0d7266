# SPDX-License-Identifier: Apache-2.0
"""A technician and a USB serial adapter with udev's names; an instrument that dies behind its cable."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from device.clock import SystemClock
from device.enrolment import Step
from device.errors import SerialError
from device.instrument import InstrumentPhase
from device.serial import Enrolment, SerialBus
from tests.machine.kit.cart import registry
from tests.machine.kit.gadget import NAME, gadget
from tests.machine.scenario import Times, scenario
from tests.machine.scenarios.serial_line import NONIN, SerialEar, numbers, served, worn
from virtual.serial.finger import NoninTwoVoice


class Technician:
    """Notes what is told; a cable asks nothing."""

    def __init__(self) -> None:
        self.steps: list[Step] = []

    async def passkey(self) -> str:
        raise AssertionError("a passkey on a cable")

    def show(self, passkey: str) -> None:
        raise AssertionError(passkey)

    async def agrees(self, line: str) -> bool:
        raise AssertionError(line)

    def tell(self, step: Step) -> None:
        self.steps.append(step)


@asynccontextmanager
async def workshop() -> AsyncIterator[tuple[Enrolment, SerialEar, SerialBus]]:
    """A serial bus without any instrument, and what a technician does on it."""
    ear = SerialEar()
    with tempfile.TemporaryDirectory() as folder:
        bus = SerialBus(registry(Path(folder)), SystemClock(trusted=True), ear.arrive, ear.change, ear.scan)
        task = asyncio.ensure_future(bus.run())
        try:
            yield Enrolment(bus), ear, bus
        finally:
            task.cancel()
            async with asyncio.timeout(30):
                await asyncio.gather(task, return_exceptions=True)


@scenario()
async def a_technician_finds_an_adapter_and_enrols_what_is_behind_it(times: Times) -> None:
    async with gadget() as cable, workshop() as (work, ear, bus), worn(cable, NoninTwoVoice()):
        with times.of("found"):
            (candidate,) = [one for one in await work.discover(10) if one.address == str(NAME)]
        assert candidate.enrolled == ""
        assert "nonin-xpod" in candidate.models
        assert "contec-cms50dplus" not in candidate.models, "another adapter's number"
        enrolling = work.enrol(candidate, "contec-cms50dplus-v7", "faux", Technician())
        (refused,) = await asyncio.gather(enrolling, return_exceptions=True)
        assert isinstance(refused, SerialError), refused
        assert refused.code in {"SER-06", "SER-08"}, refused.code
        assert bus.registry.instruments == ()
        with times.of("enrolled", within=20):
            await work.enrol(candidate, "nonin-xpod", "oxymetre", Technician())
        (unit,) = bus.registry.instruments
        assert (unit.address, unit.serial) == (str(NAME), "V0001")
        with times.of("served"):
            await numbers(ear)
        assert all(step.passed for step in await work.test("oxymetre", Technician()))
        (found,) = [one for one in await work.discover(0) if one.address == str(NAME)]
        assert found.enrolled == "oxymetre"
        await work.retire("oxymetre")
        assert work.diagnoses() == ()


@scenario()
async def an_oximeter_dies_behind_its_cable_and_comes_back(times: Times) -> None:
    async with gadget() as cable, served(NONIN) as ear, worn(cable, NoninTwoVoice()) as oximeter:
        await numbers(ear)
        with times.of("noticed", within=3.0):
            await oximeter.stop()
            await ear.until(lambda: ear.phase(NONIN) is InstrumentPhase.ABSENT, "its silence is said", 30)
        assert ear.states[-1].code == "SER-05"
        await oximeter.start()
        with times.of("back"):
            await numbers(ear)
