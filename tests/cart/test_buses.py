# SPDX-License-Identifier: Apache-2.0
"""The serial bus as the cart wires it: simulated cables, the station, the intake, the scanner, the workshop."""

import asyncio
from datetime import date
from pathlib import Path

from cart.buses import Buses, Enrolled, Parts
from cart.puppets import Puppets
from device import commands as c
from device.clock import SystemClock
from device.encounter import Limits
from device.ins import InsTraits
from device.instrument import InstrumentPhase
from device.journal import Journal
from device.people import Sex
from device.registry import Instrument, Registry
from device.station.intake import Intake
from device.station.workshop import Workshop
from tests.device.station import conftest as station
from virtual.ble.control import tell
from virtual.serial.scanner import datamatrix

JEANNE = InsTraits("277010115400329", "1.2.250.1.213.1.4.11", "LEROUX", "JEANNE", date(1936, 3, 12), Sex.FEMALE)
UNITS = (("oxymetre", "contec-cms50dplus-v7"), ("lecteur", "serial-scanner"))


async def test_cables_of_the_demonstration_reach_the_screen_the_tray_and_the_technician(tmp_path: Path):
    registry = Registry.load(station.CONFIG / "models.toml", tmp_path / "instruments.toml")
    for name, model in UNITS:
        label = registry.models[model].label
        registry.enrol(Instrument(name, model, f"/dev/serial/by-id/usb-{name}", "1", label, simulated=True))
    clock = SystemClock(trusted=True)
    journal = Journal.open(tmp_path / "journal.db", clock)
    desk = station.make(tmp_path, clock, journal)
    limits = Limits.load(station.CONFIG / "limits.toml")
    writer = desk.station.writer
    intake = Intake(desk.station, writer, limits, clock, enrolled=Enrolled(registry), quiet=lambda _: 0.05)
    workshop = Workshop(desk.station)
    puppets = Puppets(registry, tmp_path / "strings")
    buses = Buses(Parts(registry, clock, desk.station, intake, workshop), puppets)
    running = [asyncio.create_task(one()) for one in (puppets.run, buses.serial, writer.run)]

    async def shown(holds) -> None:
        async with asyncio.timeout(15):
            async for state in desk.station.changes():
                if holds(state):
                    return

    try:
        await puppets.ready.wait()
        await shown(lambda state: {one.id for one in state.instruments} == {"oxymetre", "lecteur"})
        await desk.ok(c.SignIn("camille", "123456"))
        await shown(lambda state: any(one.phase is InstrumentPhase.CONNECTED for one in state.instruments))
        assert (
            await tell(tmp_path / "strings", {"instrument": "lecteur", "do": "scan", "text": datamatrix(JEANNE)})
        ).ok
        await shown(lambda state: state.scanned is not None and state.scanned.resident == station.JEANNE.id)
        await desk.ok(c.OpenEncounter(station.JEANNE), c.ConfirmIdentity())
        order = {"instrument": "oxymetre", "do": "insert-finger", "saturation": 95, "pulse": 80}
        assert (await tell(tmp_path / "strings", order)).ok
        await shown(lambda state: any(one.measurement.value == 95 and one.linked for one in state.live))
        assert (await tell(tmp_path / "strings", {"instrument": "oxymetre", "do": "unplug"})).ok
        await shown(lambda state: state.live and not any(one.linked for one in state.live))
        assert {one.model for one in workshop.diagnoses()} == {model for _, model in UNITS}
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        journal.close()
