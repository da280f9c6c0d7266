# SPDX-License-Identifier: Apache-2.0
"""How long a measurement travels: from the indication to the journal, to the kiosk's glass, to the doctor's page; and
what each process weighs in that call."""

import asyncio
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import psutil
from playwright.async_api import Page

from cart.bench.result import Result, at_most, figure, percentile
from cart.demo import story
from cart.demo.doctor import Doctor
from cart.demo.world import World
from cart.stage.browser import browser
from cart.stage.display import Display
from device import commands as c
from device.entry import ConsentForm, Entry, MeasurementRecorded
from device.errors import ChevetError
from device.station.client import StationClient
from device.station.residents import load
from virtual.ble.control import tell

READINGS = 220
PAUSE_SECONDS = 0.3
START_SECONDS = 120.0
SETTLE_SECONDS = 30.0
LIMITS_MB = {"device": 250, "ui": 200, "sync": 80}
_PAINTED = """() => Array.from(document.querySelectorAll("#measures .row[data-sequence][data-painted]")).map(
  (row) => [Number(row.dataset.sequence), Number(row.dataset.painted)])"""
_MEMORYLESS = """
[bench-oximeter]
label = "Oxymètre d’essai"
kind = "Oxymètre"
driver = "pulse-oximeter"
services = ["1822"]
characteristics = ["2a5e"]
metrics = ["saturation", "pulse-oximeter", "perfusion"]
stored = "never"
maturity = "virtual"
"""


def measure() -> Iterator[Result]:
    """One call, ``READINGS`` spot checks of an instrument without a memory (one with a memory is judged only when it
    has been quiet, on purpose)."""
    with tempfile.TemporaryDirectory(prefix="chevet-bench-") as folder:
        yield from asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> list[Result]:
    world, display = World(folder / "out"), Display()
    probe = folder / "probe"
    world.write()
    _enrol(world.config)
    try:
        display.start()
        await world.start_town()
        await world.start_cart(display.environment(), "--probe", str(probe))
        await world.ready(START_SECONDS)
        async with browser(folder) as chrome, StationClient.connect(world.socket) as station:
            page = await chrome.new_page()
            journalled: dict[int, float] = {}
            whole = asyncio.Event()
            station.read(0, lambda entry: _note(entry, journalled, whole))
            await call(station, Doctor(page))
            began = await _readings(world)
            await _settled(page, journalled, whole)
            painted = await _painted(page)
            memory = list(_memory(world))
    finally:
        await world.stop()
        display.close()
    return [*_latencies(began, journalled, _probed(probe), painted), *memory]


def _enrol(config: Path) -> None:
    models = config / "models.toml"
    models.write_text(models.read_text("utf-8") + _MEMORYLESS, "utf-8")
    instruments = config / "instruments.toml"
    model = tomllib.loads(instruments.read_text("utf-8"))["oxymetre"]["model"]
    instruments.write_text(instruments.read_text("utf-8").replace(f'"{model}"', '"bench-oximeter"'), "utf-8")


async def call(station: StationClient, doctor: Doctor) -> None:
    """Open a file and call; the doctor is let in and sees."""
    patient = load(Path(__file__).parents[2] / "config" / "residents.csv").patients[0]
    for command in (
        c.SignIn("camille", story.PIN),
        c.OpenEncounter(patient),
        c.ConfirmIdentity(),
        c.GiveConsent(ConsentForm.ORAL),
        c.NoteOxygen(0),  # type: ignore[arg-type]
        c.CallDoctor(),
    ):
        reply = await station.request(command)
        if not reply.ok:
            raise ChevetError(1, reply.line, f"{type(command).__name__}: {reply.code}")
    state = await station.until(lambda state: state.call.code != "", START_SECONDS)
    await doctor.knock(state.call.link, state.call.code, story.DOCTOR)
    state = await station.until(lambda state: bool(state.call.knocking), START_SECONDS)
    await station.request(c.AdmitDoctor(state.call.knocking[0].peer))
    await doctor.entered(f"{patient.family} {patient.given}")
    await doctor.sees_picture()


async def _readings(world: World) -> list[float]:
    """The monotonic instants of the indications, in order."""
    await tell(world.control, {"instrument": "oxymetre", "do": "start"})
    began = []
    for number in range(READINGS):
        numbers = {"saturation": 90 + number % 10, "pulse": 60 + number // 10}
        while True:
            answer = await tell(world.control, {"instrument": "oxymetre", "do": "spot-check", **numbers})
            if answer.ok:
                break
            await asyncio.sleep(0.2)
        began.append(answer.began)
        await asyncio.sleep(PAUSE_SECONDS)
    return began


def _note(entry: Entry, journalled: dict[int, float], whole: asyncio.Event) -> None:
    if isinstance(entry.body, MeasurementRecorded):
        journalled[entry.sequence] = time.monotonic()
        if len(journalled) == READINGS:
            whole.set()


async def _settled(page: Page, journalled: dict[int, float], whole: asyncio.Event) -> None:
    """Wait until the page has painted the last reading."""
    await asyncio.wait_for(whole.wait(), SETTLE_SECONDS)
    await page.wait_for_selector(f'#measures .row[data-sequence="{max(journalled)}"][data-painted]', state="attached")


async def _painted(page: Page) -> dict[int, float]:
    """When each entry was first painted on the page, on our monotonic clock."""
    offset = time.time() - time.monotonic()
    found: dict[int, float] = {}
    for sequence, milliseconds in await page.evaluate(_PAINTED):
        found[sequence] = min(milliseconds / 1000 - offset, found.get(sequence, float("inf")))
    return found


def _probed(probe: Path) -> dict[int, float]:
    lines = (line.split() for line in probe.read_text().splitlines())
    return {int(words[0]): int(words[1]) / 1e9 for words in lines if words[0].isdigit()}


def _latencies(
    began: list[float], journalled: dict[int, float], probed: dict[int, float], painted: dict[int, float]
) -> Iterator[Result]:
    sequences = sorted(journalled)
    for name, where, reached in (
        ("journal", "the journal (read back through the station socket)", journalled),
        ("kiosk", "the kiosk's glass", probed),
        ("page", "the doctor's page, painted", painted),
    ):
        taken = [
            (reached[sequence] - start) * 1000
            for sequence, start in zip(sequences, began, strict=True)
            if sequence in reached
        ]
        what = f"from the indication to {where}, {len(taken)} readings"
        yield figure(f"latency.{name}.p50", what, percentile(taken, 50), "ms")
        worst = percentile(taken, 99)
        yield (
            at_most(f"latency.{name}.p99", what, worst, "ms", 150)
            if name == "page"
            else figure(f"latency.{name}.p99", what, worst, "ms")
        )


def _memory(world: World) -> Iterator[Result]:
    for name, most in LIMITS_MB.items():
        resident = psutil.Process(world.processes.identity(name)).memory_info().rss / 2**20
        yield at_most(f"memory.{name}", f"resident memory of chevet-{name} in a call", resident, "MB", most)
