# SPDX-License-Identifier: Apache-2.0
"""A whole station on a real journal, with a generated camera seam and a call that only notes what it is told."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest

from device import commands as c
from device.attachments import Attachments
from device.camera import CameraPhase, CameraState
from device.clock import Instant
from device.codes import Metric, Site
from device.encounter import Limits
from device.entry import Body, ConsentForm
from device.journal import Journal
from device.measurement import Arrival, Measurement, Provenance
from device.people import Operator, Patient, Sex
from device.station.access import HASHER, Operators
from device.station.core import Station
from device.station.eyes import Eyes
from device.station.intake import Intake
from device.station.messages import Reply
from device.station.state import CartInfo
from device.video.stills import Still

CAMILLE = Operator("camille", "Camille Morel", "infirmière")
JEANNE = Patient("IPP-1012", "LEROUX", "Jeanne", date(1936, 3, 12), Sex.FEMALE)
PAUL = Patient("IPP-1003", "BERNARD", "Paul", date(1931, 7, 4), Sex.MALE)
CONFIG = Path(__file__).parents[3] / "config"
JPEG = b"\xff\xd8 a still \xff\xd9"
SECONDS = 5.0


class HandClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.instant = Instant(datetime(2026, 11, 21, 14, 0, tzinfo=UTC), 1000.0, trusted=True)

    def now(self) -> Instant:
        return self.instant

    def forward(self, seconds: float) -> None:
        wall, monotonic = self.instant.wall + timedelta(seconds=seconds), self.instant.monotonic + seconds
        self.instant = Instant(wall, monotonic, trusted=True)


class Eye:
    """A camera seam that holds still."""

    def __init__(self, name: str, sites: tuple[Site, ...]) -> None:
        self.id, self.label, self.sites = name, name.title(), sites
        self.held = False
        self.slow: asyncio.Event | None = None

    @property
    def state(self) -> CameraState:
        return CameraState(self.id, self.label, self.id, CameraPhase.LIVE, f"/ring/{self.id}", self.sites)

    @property
    def size(self) -> tuple[int, int]:
        return 1280, 720

    def hold(self, frozen: bool) -> None:
        self.held = frozen

    async def still(self) -> Still:
        if self.slow is not None:
            await self.slow.wait()
        return Still(JPEG, "image/jpeg", 1600, 1200, Instant(datetime(2026, 11, 21, tzinfo=UTC), 1.0, trusted=True))


class EyeSet:
    """Two cameras."""

    def __init__(self) -> None:
        self.room, self.otoscope = Eye("room", (Site.ROOM,)), Eye("otoscope", (Site.LEFT_EAR, Site.RIGHT_EAR))

    def __iter__(self) -> Iterator[Eye]:
        return iter((self.room, self.otoscope))

    def choose(self, identifier: str) -> Eye:
        return {"room": self.room, "otoscope": self.otoscope}[identifier]


class NotedCall:
    """Notes what the station asks of the call."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []

    def dial(self, encounter: UUID, after: int) -> None:
        self.told.append(("dial", encounter, after))

    def hang_up(self) -> None:
        self.told.append(("hang-up",))

    def admit(self, peer: str) -> None:
        self.told.append(("admit", peer))

    def refuse(self, peer: str) -> None:
        self.told.append(("refuse", peer))

    def open_conference(self) -> None:
        self.told.append(("open-conference",))

    def close_conference(self) -> None:
        self.told.append(("close-conference",))


@dataclass
class Bench:
    """The station under test and what stands around it."""

    station: Station
    intake: Intake
    journal: Journal
    clock: HandClock
    eyes: EyeSet
    call: NotedCall
    attachments: Attachments
    number: list[int] = field(default_factory=lambda: [0])

    async def do(self, command: c.Command, **more: object) -> Reply:
        """Submit under a fresh id."""
        self.number[0] += 1
        return await self.station.submit(f"r{self.number[0]}", command, **more)  # type: ignore[arg-type]

    async def ok(self, *commands: c.Command) -> None:
        """Submit what must be accepted."""
        for command in commands:
            reply = await self.do(command)
            assert reply.ok, reply

    async def open(self) -> None:
        """Jeanne's file, identified and consented."""
        await self.ok(c.SignIn("camille", "123456"), c.OpenEncounter(JEANNE), c.ConfirmIdentity())
        await self.ok(c.GiveConsent(ConsentForm.ORAL))
        self.clock.forward(1)

    def kinds(self) -> list[str]:
        """The kinds of every entry."""
        return [type(entry.body).__name__ for entry in self.journal.after(0)]

    def bodies(self, kind: type[Body]) -> list[Body]:
        """Every body of a kind."""
        return [entry.body for entry in self.journal.after(0) if isinstance(entry.body, kind)]

    def live(self, metric: Metric, value: str | None, *, continuous: bool = False, connection: int = 1) -> Arrival:
        """An arrival of now."""
        number = Decimal(value) if value is not None else None
        one = Measurement(metric, number, continuous=continuous)
        provenance = Provenance("thermo", "m", "M", "1", frame=f"{self.clock.instant.monotonic}{value}")
        return Arrival((one,), provenance, self.clock.now(), live=True, connection=connection)


def oximeter(bench: Bench) -> Arrival:
    """A good sample of a stream."""
    numbers = (Metric.SATURATION, Decimal(96)), (Metric.PULSE_OXIMETER, Decimal(74))
    samples = tuple(Measurement(metric, value, continuous=True) for metric, value in numbers)
    provenance = Provenance("oxy", "m", "M", "1", frame=str(bench.clock.instant.monotonic))
    return Arrival(samples, provenance, bench.clock.now(), live=True, connection=1)


def make(folder: Path, clock: HandClock, journal: Journal, attachments: Attachments | None = None) -> Bench:
    """A station on a journal."""
    eyes, call, attachments = EyeSet(), NotedCall(), attachments or Attachments(folder / "captures")
    limits = Limits.load(CONFIG / "limits.toml")
    station = Station(
        info=CartInfo("Chariot 3", "EHPAD", "1", "2"),
        clock=clock,
        journal=journal,
        newest=journal.newest,
        operators=Operators({CAMILLE: HASHER.hash("123456")}),
        residents=(JEANNE, PAUL),
        eyes=Eyes(eyes, attachments),
        limits=limits,
    )
    station.attach(call)
    intake = Intake(station, station.writer, limits, clock, enrolled=frozenset({"thermo", "oxy"}), quiet=lambda _: 0.05)
    station.settle = intake.settle
    return Bench(station, intake, journal, clock, eyes, call, attachments)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    clock = HandClock()
    journal = Journal.open(tmp_path / "journal.db", clock)
    bench = make(tmp_path, clock, journal)
    writing = asyncio.create_task(bench.station.writer.run())
    yield bench
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    journal.close()
