# SPDX-License-Identifier: Apache-2.0
"""The cart around a call, for tests: generated pictures and sound, a list for a journal."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from uuid import UUID

import numpy as np

from device.clock import Instant
from device.commands import Command
from device.entry import Entry
from device.errors import AudioError, CameraError
from device.people import Operator, Patient, Practitioner
from device.ring import Picture
from device.station.messages import Reply
from device.station.state import CartInfo, EncounterState, State

ENCOUNTER = UUID("0190a5f0-0000-7000-8000-000000000001")
OTHER = UUID("0190a5f0-0000-7000-8000-000000000002")
NURSE = Operator("op1", "Claire Dubois", "infirmière")
PATIENT = Patient("ipp1", "MOREAU", "Jeanne", date(1938, 5, 4))


class Bell:
    """Rings at whatever happens; tests wait for it, not for time."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self, *_: object) -> None:
        self._rung.set()
        self._rung = asyncio.Event()

    async def until(self, check, seconds: float = 10.0) -> None:
        """Wait until ``check()`` holds; TimeoutError after ``seconds``."""
        async with asyncio.timeout(seconds):
            while not check():
                await self._rung.wait()


class TestClock:
    __test__ = False

    def now(self) -> Instant:
        return Instant(datetime.now(UTC), time.monotonic(), trusted=True)


class MovingPictures:
    """A moving gradient."""

    def __init__(self, width: int = 640, height: int = 480, fps: float = 30.0) -> None:
        self.width, self.height, self.fps = width, height, fps
        self.sequence = 0
        self.absent = False
        self.asked = 0
        self._at = time.monotonic()
        x = np.arange(width)[None, :] + np.arange(height)[:, None]
        self._base = (x % 200 + 20).astype(np.uint8)

    async def next(self, after: int, deadline: float) -> Picture:
        self.asked += 1
        if self.absent:
            await asyncio.sleep(deadline)
            raise CameraError(1, "caméra débranchée", "test")
        self._at = max(self._at + 1 / self.fps, time.monotonic() - 1 / self.fps)
        await asyncio.sleep(max(0.0, self._at - time.monotonic()))
        self.sequence += 1
        i420 = np.full((self.height * 3 // 2, self.width), 128, np.uint8)
        i420[: self.height] = np.roll(self._base, self.sequence * 4, axis=1)
        i420.flags.writeable = False
        return Picture(max(self.sequence, after + 1), time.monotonic(), self.width, self.height, i420)


class ToneMicrophone:
    def __init__(self) -> None:
        self.broken = False
        self._at = time.monotonic()

    async def read(self) -> np.ndarray:
        if self.broken:
            raise AudioError(1, "micro absent", "test")
        self._at = max(self._at + 0.02, time.monotonic() - 0.02)
        await asyncio.sleep(max(0.0, self._at - time.monotonic()))
        return (np.sin(np.arange(960) * 2 * np.pi * 500 / 48_000) * 9000).astype(np.int16)


class Ears:
    """A loudspeaker and a picture sink that count."""

    def __init__(self, bell: Bell | None = None) -> None:
        self._bell = bell or Bell()
        self.blocks: list[np.ndarray] = []
        self.pictures: list[Picture] = []
        self.written = 0

    def write(self, thing) -> None:
        self.written += 1
        kept = self.pictures if isinstance(thing, Picture) else self.blocks
        kept.append(thing)
        del kept[:-50]
        self._bell.ring()


class ListJournal:
    """Entries in a list; readers wait for the next."""

    def __init__(self) -> None:
        self.list: list[Entry] = []
        self.read = 0
        self._more = asyncio.Condition()

    async def append(self, *entries: Entry) -> None:
        self.list.extend(entries)
        async with self._more:
            self._more.notify_all()

    async def entries(self, after: int) -> AsyncIterator[Entry]:
        at = next((i for i, entry in enumerate(self.list) if entry.sequence > after), len(self.list))
        while True:
            async with self._more:
                while at >= len(self.list):
                    await self._more.wait()
            self.read += 1
            yield self.list[at]
            at += 1


class Snapshots:
    """The station's state, changed by the test."""

    def __init__(self) -> None:
        now = TestClock().now()
        encounter = EncounterState(ENCOUNTER, 1, PATIENT, NURSE, now, identified=now)
        cart = CartInfo("Chariot 1", "EHPAD", "01", "02")
        self.state = State(1, now, cart, (NURSE,), encounter=encounter, operator=NURSE, camera="room")
        self._more = asyncio.Condition()

    async def change(self, state: State) -> None:
        self.state = state
        async with self._more:
            self._more.notify_all()

    async def changes(self) -> AsyncIterator[State]:
        seen = None
        while True:
            async with self._more:
                await self._more.wait_for(lambda: self.state is not seen)  # noqa: B023 - the newest, on purpose
            seen = self.state
            yield seen


class Desk:
    """Takes commands and captures."""

    def __init__(self, bell: Bell | None = None) -> None:
        self._bell = bell or Bell()
        self.commands: list[tuple[str, Command, Practitioner | None]] = []
        self.captures: dict[str, bytes] = {}

    async def submit(self, id: str, command: Command, by: Practitioner | None = None) -> Reply:  # noqa: A002 - the port's
        self.commands.append((id, command, by))
        self._bell.ring()
        return Reply(id, ok=True)

    def get(self, sha256: str) -> bytes:
        return self.captures[sha256]
