# SPDX-License-Identifier: Apache-2.0
"""The whole cart in its own processes, on a screen nobody sees, with a doctor's browser when one is wanted."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cart.demo import story
from cart.demo.doctor import Doctor
from cart.demo.nurse import APPLICATION, Nurse
from cart.demo.world import World
from cart.stage.browser import browser
from cart.stage.display import Display
from device import commands as c
from device.entry import ConsentForm, Entry, MeasurementRecorded
from device.people import Patient, Sex
from device.station.client import StationClient
from device.station.state import CallPhase, State
from virtual.ble.control import Answer, tell

START_SECONDS = 90.0
JEANNE = Patient("IPP-1012", "LEROUX", "Jeanne", date(1936, 3, 12), Sex.FEMALE, room="12")


@dataclass
class Whole:
    """A cart that runs."""

    world: World
    display: Display
    folder: Path

    @asynccontextmanager
    async def station(self) -> AsyncIterator[StationClient]:
        """A client of the station."""
        async with StationClient.connect(self.world.socket) as client:
            yield client

    async def until(self, holds: Callable[[State], bool], seconds: float) -> State:
        """The first state for which ``holds``, whatever happens to the station meanwhile."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                async with self.station() as client:
                    return await client.until(holds, max(0.1, deadline - time.monotonic()))
            except OSError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.05)

    async def nurse(self) -> Nurse:
        """Hands at the kiosk that runs now."""
        return Nurse(self.display, await self.display.screen(APPLICATION), self.folder / "screens")

    async def open_file(self) -> None:
        """Jeanne's file, with her consent."""
        async with self.station() as client:
            for command in (
                c.SignIn("camille", story.PIN),
                c.OpenEncounter(JEANNE),
                c.ConfirmIdentity(),
                c.GiveConsent(ConsentForm.ORAL),
            ):
                assert (await client.request(command)).ok

    @asynccontextmanager
    async def doctor(self) -> AsyncIterator[Doctor]:
        """A doctor in the call, who sees the patient."""
        async with browser(self.folder) as chrome, self.station() as client:
            doctor = Doctor(await chrome.new_page())
            assert (await client.request(c.CallDoctor())).ok
            state = await client.until(lambda state: state.call.code != "", START_SECONDS)
            await doctor.knock(state.call.link, state.call.code, story.DOCTOR)
            state = await client.until(lambda state: bool(state.call.knocking), START_SECONDS)
            assert (await client.request(c.AdmitDoctor(state.call.knocking[0].peer))).ok
            await client.until(lambda state: state.call.phase is CallPhase.CONNECTED, START_SECONDS)
            await doctor.entered("LEROUX Jeanne")
            assert (await doctor.sees_picture()).alive
            yield doctor

    async def tell(self, **order: object) -> Answer:
        """Move an instrument."""
        answer = await tell(self.world.control, order)
        assert answer.ok, answer.error
        return answer

    async def recorded(self) -> list[Entry]:
        """Every recorded measurement of the journal."""
        entries: list[Entry] = []
        async with self.station() as client:
            state = await client.until(lambda _: True, 10)
            whole = asyncio.Event()

            def take(entry: Entry) -> None:
                entries.append(entry)
                if entry.sequence >= state.newest:
                    whole.set()

            client.read(0, take)
            if state.newest:
                await asyncio.wait_for(whole.wait(), 10)
        return [entry for entry in entries if isinstance(entry.body, MeasurementRecorded)]


@asynccontextmanager
async def running(folder: Path, *, screen: bool = True) -> AsyncIterator[Whole]:
    """Start it; leave no process behind."""
    world, display = World(folder / "out"), Display()
    world.write()
    try:
        if screen:
            display.start()
        await world.start_town()
        await world.start_cart(display.environment() if screen else None)
        await world.ready(START_SECONDS)
        yield Whole(world, display, folder)
    finally:
        await world.stop()
        if screen:
            display.close()
