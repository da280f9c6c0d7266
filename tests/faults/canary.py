# SPDX-License-Identifier: Apache-2.0
"""A resident who does not exist, in an encounter of the cart's real processes, with everything that goes wrong in one:
then every log and every byte that is kept can be searched for names, numbers and values."""

import asyncio
import json
import os
import re
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from cart.demo import story
from cart.demo.world import World
from device import commands as c
from device.codes import Metric, Position
from device.entry import CaptureTaken, ConsentForm, Entry
from device.people import Patient, Sex
from device.station.client import StationClient
from tests.device.documents.samples import pdf
from virtual.ble.control import tell

START_SECONDS = 90.0
SECONDS = 30.0
NAMES = ("Zyxcanari", "Quetzalina", "Opcanarienne", "Nomduconte", "Xylotext")
"""The resident's, the operator's, and a word that is said."""
IDENTITY = "IPP-777183"
NUMBERS = ("67.89", "67,89", "187/113", "03/03/1933", "1933-03-03")
"""A weight that is typed in, a pressure that is measured, a birth date."""
WRONG_PIN = "918273"
RESIDENT = Patient(IDENTITY, NAMES[0].upper(), NAMES[1], date(1933, 3, 3), Sex.FEMALE, room="77")
PRESSURE = story.Pressure(187, 113, 97)


@dataclass
class Left:
    """What one encounter left: the logs by process, what a technician's commands printed, what the disk held while it
    went on and after it, and what it was made of."""

    world: World
    logs: dict[str, str] = field(default_factory=dict)
    printed: dict[str, str] = field(default_factory=dict)
    during: dict[str, bytes] = field(default_factory=dict)
    after: dict[str, bytes] = field(default_factory=dict)
    processes: dict[str, bytes] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def taken_away(self) -> Path:
        """Where the encounter was exported to while the cart ran."""
        return self.world.out / "taken-away"


async def play(folder: Path) -> Left:
    """The whole of it, at the most talkative level of the logs."""
    world = World(folder)
    world.write()
    rename(world.config)
    left = Left(world)
    try:
        await world.start_town()
        screen = {"QT_QPA_PLATFORM": "offscreen", "QT_QUICK_BACKEND": "software", "QSG_RENDER_LOOP": "basic"}
        await world.start_cart(screen, "--size", "1280x800")
        await world.ready(START_SECONDS)
        async with StationClient.connect(world.socket) as station:
            station.read(0, left.entries.append)
            await encounter(world, station, left)
            left.during = kept(world.state)
            left.processes = told(world)
            await ending(station, left)
        await technician(world, left)
    finally:
        await world.stop()
    left.after = kept(world.state)
    left.logs = {path.name: path.read_text("utf-8", errors="replace") for path in (folder / "logs").iterdir()}
    return left


def rename(config: Path) -> None:
    """The canaries' files."""
    line = f"{IDENTITY};{NAMES[0]};{NAMES[1]};{NAMES[1]};03/03/1933;F;Albi;77;provisoire\n"
    with (config / "residents.csv").open("a", encoding="utf-8") as file:
        file.write(line)
    operators = config / "operators.toml"
    operators.write_text(operators.read_text("utf-8").replace("Camille Morel", f"{NAMES[2]} {NAMES[3]}"), "utf-8")


async def encounter(world: World, station: StationClient, left: Left) -> None:
    """An encounter with measurements, a capture, a sound, documents and words; and what is refused."""

    async def do(*commands: c.Command, ok: bool = True) -> None:
        for command in commands:
            reply = await station.request(command)
            assert reply.ok == ok, (command, reply)
            if not reply.ok:
                left.refusals.append(reply.code)

    await trouble(world, "Observation", words=f"{NAMES[0]} {NAMES[1]}: 67.89 kg refused")
    await do(c.SignIn("camille", WRONG_PIN), c.EndEncounter(), ok=False)
    await do(c.SignIn("camille", story.PIN), c.OpenEncounter(RESIDENT))
    await do(c.WriteConclusion(NAMES[4]), ok=False)
    await do(c.ConfirmIdentity(), c.GiveConsent(ConsentForm.ORAL), c.CallDoctor())
    answer = await tell(world.control, PRESSURE.order(1.0))
    assert answer.ok
    left.frames += answer.sent
    await do(c.EnterMeasurement(((Metric.WEIGHT, Decimal("67.89")),)))
    state = await station.until(lambda state: state.camera != "", SECONDS)
    camera = next(one for one in state.cameras if one.id == state.camera)
    await do(c.Capture(camera.sites[0]), c.StartAuscultation(Position.MITRAL))
    await do(c.ShowText(NAMES[4]))
    await document(world, station, do)
    await do(c.StopAuscultation())
    await station.until(lambda state: state.newest >= len(left.entries) > 8, SECONDS)


async def document(world: World, station: StationClient, do) -> None:
    """A file that names the resident is attached; another one is refused."""
    folder = world.state / "import"
    for name, data in ((f"{NAMES[0]}.pdf", pdf()), (f"{NAMES[0]}-bad.pdf", b"%PDF-1.4 " + NAMES[1].encode() * 50)):
        part = folder / f"{name}.part"
        part.write_bytes(data)
        part.rename(folder / name)
    state = await station.until(lambda state: bool(state.documents), SECONDS)
    await do(c.AttachDocument(state.documents[0].id, "ecg"))


async def ending(station: StationClient, left: Left) -> None:
    """It ends; what a server refused stays refused, the rest is sent."""
    for command in (c.EndEncounter(), c.CloseFile()):
        assert (await station.request(command)).ok
    await station.until(lambda state: state.queue is not None and state.queue.quarantined > 0, SECONDS)
    left.refusals += [one.code for one in (await station.until(lambda _: True, SECONDS)).notices]


async def technician(world: World, left: Left) -> None:
    """What a technician may print."""
    folders = ["--config", world.config, "--runtime", world.runtime]
    key = ["--state", world.state, "--key", world.credentials / "journal.key"]
    opening = ["--config", world.config, "--state", world.state, "--journal-key", world.credentials / "journal.key"]
    left.taken_away.mkdir()
    for words in (
        ["instruments", "list", *folders],
        ["instruments", "list", "--json", *folders],
        ["verify", *key],
        ["export", "--list", *opening],
        ["export", left.entries[0].encounter, "--plain", "--to", left.taken_away, *opening],
    ):
        process = await asyncio.create_subprocess_exec(
            *[sys.executable, "-m", "cart", *map(str, words)],
            env={**os.environ, "CHEVET_LOG": "DEBUG"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()
        assert process.returncode == 0, said
        left.printed[" ".join(map(str, words[:3]))] = said.decode()


async def trouble(world: World, path: str, words: str) -> None:
    """The records server refuses a kind of resource, in words that name the resident."""
    settings = (world.config / "records.toml").read_text("utf-8")
    base = re.search(r'^base = "(http://[^/"]+)', settings, re.MULTILINE)
    assert base is not None
    body = json.dumps({"ill": "status", "status": 422, "times": None, "path": path, "words": words}).encode()
    request = urllib.request.Request(f"{base[1]}/control/trouble", body, method="POST")  # noqa: S310 - of this test
    await asyncio.to_thread(urllib.request.urlopen, request, timeout=SECONDS)


def kept(state: Path) -> dict[str, bytes]:
    """Every byte under the folder of the state, but the files for import, which are the technician's."""
    files = (path for path in state.rglob("*") if path.is_file() and "import" not in path.relative_to(state).parts)
    return {str(path.relative_to(state)): path.read_bytes() for path in files}


def told(world: World) -> dict[str, bytes]:
    """Arguments and environment of the cart's processes, as any program of the same user can read them."""
    return {
        f"{name} {what}": Path(f"/proc/{world.processes.identity(name)}/{what}").read_bytes()
        for name in ("device", "sync", "ui", "doctor")
        for what in ("cmdline", "environ")
    }


def spellings(left: Left) -> Iterator[str]:
    """Everything that must stay out of a log."""
    yield from (*NAMES, *(name.upper() for name in NAMES), IDENTITY, *NUMBERS, *left.frames, left.world.key.hex())
    yield from (story.PIN, WRONG_PIN)


def images(left: Left) -> list[CaptureTaken]:
    """The captures of the encounter."""
    return [entry.body for entry in left.entries if isinstance(entry.body, CaptureTaken)]
