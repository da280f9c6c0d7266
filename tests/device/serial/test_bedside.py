# SPDX-License-Identifier: Apache-2.0
"""Serial instruments as the nurse has them: a whole station on a journal, the intake, the bus, virtual cables."""

import asyncio
from contextlib import asynccontextmanager
from datetime import date

import msgspec

from device import commands as c
from device.clock import SystemClock
from device.codes import Metric
from device.encounter import Limits
from device.entry import MeasurementRecorded
from device.ins import InsTraits
from device.instrument import InstrumentPhase
from device.journal import Journal
from device.people import Sex
from device.station.intake import Intake
from device.station.scanned import Scans
from tests.device.serial.bench import Bench
from tests.device.station import conftest as station
from virtual.serial.finger import Finger
from virtual.serial.scanner import datamatrix

JEANNE = InsTraits("277010115400329", "1.2.250.1.213.1.4.11", "LEROUX", "JEANNE MARIE", date(1936, 3, 12), Sex.FEMALE)


class Bedside:
    def __init__(self, serial: Bench, desk: station.Bench, intake: Intake) -> None:
        self.serial = serial
        self.desk = desk
        self.scans = Scans(desk.station, serial.clock)
        self._intake = intake

    def change(self, state) -> None:
        self.desk.station.show_instrument(state)
        if state.phase is not InstrumentPhase.CONNECTED:
            self._intake.unlink(state.id)

    def live(self, instrument: str):
        """Saturation as it is shown: its number, whether it looks live."""
        for one in self.desk.station.state.live:
            if one.provenance.instrument == instrument and one.measurement.metric is Metric.SATURATION:
                return one.measurement.value, one.linked
        return None

    async def until(self, holds) -> None:
        async with asyncio.timeout(10):
            async for _ in self.desk.station.changes():
                if holds():
                    return


@asynccontextmanager
async def bedside(tmp_path, *units: str):
    serial = Bench(tmp_path)
    for name in units:
        serial.enrol(name)
    serial.enrol("lecteur", "serial-scanner")
    clock = SystemClock(trusted=True)
    journal = Journal.open(tmp_path / "journal.db", clock)
    desk = station.make(tmp_path, clock, journal)
    limits = Limits.load(station.CONFIG / "limits.toml")
    quick = msgspec.structs.replace(limits.stream, window=3.0, samples=3)
    limits = msgspec.structs.replace(limits, stream=quick)
    intake = Intake(desk.station, desk.station.writer, limits, clock, enrolled=frozenset(units), quiet=lambda _: 0.05)
    desk.station.settle = intake.settle
    at = Bedside(serial, desk, intake)
    serial.on_arrival, serial.on_change, serial.on_scan = intake.arrive, at.change, at.scans.take
    writing = asyncio.create_task(desk.station.writer.run())
    try:
        async with serial.serving():
            yield at
    finally:
        at.scans.forget()
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        journal.close()


async def opened(at: Bedside) -> None:
    await at.desk.ok(c.SignIn("camille", "123456"), c.OpenEncounter(station.JEANNE), c.ConfirmIdentity())


async def test_f01_a_serial_oximeter_that_dies_leaves_its_last_value_and_does_not_look_live(tmp_path):
    async with bedside(tmp_path, "oxy") as at:
        unit = at.serial.oximeter("oxy")
        unit.plug()
        await opened(at)
        await unit.insert(Finger(97, 72))
        await at.until(lambda: at.desk.bodies(MeasurementRecorded))
        (recorded, *_) = at.desk.bodies(MeasurementRecorded)
        assert {one.metric: int(one.value) for one in recorded.measurements} == {
            Metric.SATURATION: 97,
            Metric.PULSE_OXIMETER: 72,
        }
        assert at.live("oxy") == (97, True)
        await unit.stop()
        await at.until(lambda: at.live("oxy") == (97, False))
        (state,) = [one for one in at.desk.station.state.instruments if one.id == "oxy"]
        assert (state.code, "remplacez la pile" in state.line) == ("SER-05", True)
        await unit.start()
        await at.until(lambda: at.live("oxy") == (97, True))
        unit.pull()
        await at.until(lambda: at.live("oxy") == (97, False))
        await unit.stop()


async def test_f02_two_serial_oximeters_are_two_and_one_that_is_not_enrolled_is_none(tmp_path):
    async with bedside(tmp_path, "oxy-1", "oxy-2") as at:
        fingers = {"oxy-1": Finger(97, 72), "oxy-2": Finger(91, 110), "voisin": Finger(80, 50)}
        units = {name: at.serial.oximeter(name) for name in fingers}
        await opened(at)
        for name, unit in units.items():
            unit.plug()
            unit.finger = fingers[name]
            await unit.start()
        await at.until(lambda: at.live("oxy-1") == (97, True) and at.live("oxy-2") == (91, True))
        assert {one.provenance.instrument for one in at.desk.station.state.live} == {"oxy-1", "oxy-2"}
        for unit in units.values():
            await unit.stop()
            unit.pull()


async def test_a_scan_finds_the_resident_on_the_screen(tmp_path):
    async with bedside(tmp_path) as at:
        scanner = at.serial.scanner("lecteur")
        scanner.plug()
        await at.desk.ok(c.SignIn("camille", "123456"))
        await at.until(lambda: any(one.phase is InstrumentPhase.CONNECTED for one in at.desk.station.state.instruments))
        scanner.read(datamatrix(JEANNE))
        await at.until(lambda: at.desk.station.state.scanned is not None)
        assert at.desk.station.state.scanned.resident == station.JEANNE.id
        await at.desk.ok(c.OpenEncounter(station.JEANNE))
        assert at.desk.station.state.scanned is None
        scanner.pull()
