# SPDX-License-Identifier: Apache-2.0
"""A technician's commands against the real chevet-device with its virtual instruments."""

import asyncio
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cart.demo.world import World
from device.clock import SystemClock
from device.entry import InstrumentEnrolled, InstrumentRetired
from device.journal import Journal
from tests.cart.test_recording import conforms
from virtual.ble.control import Answer, tell

START_SECONDS = 60.0
SECONDS = 60.0
THERMOMETER = "C0:00:00:00:18:09"


class Bench:
    """The device process alone."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def chevet(self, *words: object) -> tuple[int, str]:
        """Run a command as a technician types it, with nobody to answer."""
        return await self.done(await self.begin(*words))

    async def begin(self, *words: object) -> asyncio.subprocess.Process:
        folders = ["--config", self.world.config, "--runtime", self.world.runtime]
        return await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "cart", *map(str, (*words, *folders))],
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )

    async def done(self, process: asyncio.subprocess.Process) -> tuple[int, str]:
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    async def move(self, **order: object) -> Answer:
        return await tell(self.world.control, order)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    world = World(tmp_path)
    world.write()
    try:
        await world.start_program("device", "--virtual")
        await world.ready(START_SECONDS)
        yield Bench(world)
    finally:
        await world.stop()


async def test_list_test_record_retire_and_enrol_again(bench: Bench, tmp_path: Path):
    status, said = await bench.chevet("instruments", "list")
    assert status == 0
    assert {"tensiometre", "oxymetre", "thermometre"} <= {line.split()[0] for line in said.splitlines() if line.split()}

    assert (await bench.move(instrument="oxymetre", do="start")).ok
    out = tmp_path / "frames" / "nonin-3230.json"
    out.parent.mkdir()
    recording = await bench.begin("record", "oxymetre", "--seconds", 8, "--out", out)
    assert recording.stdout is not None
    assert b"Mesurez" in await asyncio.wait_for(recording.stdout.readline(), SECONDS)
    assert (await bench.move(instrument="oxymetre", do="insert-finger", saturation="95", pulse="71")).ok
    assert (await bench.move(instrument="oxymetre", do="spot-check")).ok
    assert "CMD-71" in (await bench.chevet("instruments", "test", "oxymetre"))[1]
    status, said = await bench.done(recording)
    assert (status, "Saturation : 95 %" in said) == (0, True), said
    conforms("nonin-3230", out.parent)

    status, said = await bench.chevet("instruments", "test", "oxymetre")
    assert (status, "✗" in said, "✓" in said) == (0, False, True), said

    assert (await bench.chevet("instruments", "retire", "thermometre", "--yes"))[0] == 0
    shown = asyncio.create_task(
        bench.move(instrument="thermometre", do="measure-temperature", celsius="37.2", seconds=1)
    )
    words = ["--address", THERMOMETER, "--model", "profile-thermometer", "--name", "thermo-2", "--seconds", 4]
    status, said = await bench.chevet("instruments", "enrol", *words)
    assert status == 0, said
    assert (await shown).ok
    kept = tomllib.loads((bench.world.config / "instruments.toml").read_text("utf-8"))
    assert {"tensiometre", "oxymetre", "thermo-2"} <= set(kept)
    assert "thermometre" not in kept
    assert kept["thermo-2"] | {"label": ""} == {
        "model": "profile-thermometer",
        "address": THERMOMETER,
        "serial": "T180900001",
        "label": "",
        "simulated": True,
    }
    await bench.world.processes.stop_all()
    journal = Journal.open(bench.world.state / "journal.db", SystemClock(trusted=True), bench.world.key)
    facts = [entry.body for entry in journal.after(0)]
    journal.close()
    assert [type(one) for one in facts if isinstance(one, InstrumentEnrolled | InstrumentRetired)] == [
        InstrumentRetired,
        InstrumentEnrolled,
    ]
