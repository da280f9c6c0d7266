# SPDX-License-Identifier: Apache-2.0
"""A station with a bus of the tests behind its socket. It has a thread: the technician's commands block."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from device.encounter import Bedside, Encounter
from device.entry import CART, Body
from device.people import Practitioner
from device.station.messages import Reply
from device.station.server import StationServer
from device.station.state import CartInfo, State
from device.station.workshop import Workshop
from tests.device.station.buses import NOW, Bus
from tests.device.station.conftest import CAMILLE, JEANNE

SECONDS = 10.0


class Desk:
    """What a workshop needs of a station, and what its socket does; ``written`` are the bodies of the cart's chain."""

    def __init__(self) -> None:
        self.writer = self
        self.bedside = Bedside()
        self.state = State(0, NOW, CartInfo("Chariot 3", "EHPAD", "1", "2"), ())
        self.written: list[Body] = []

    def put(self, decided: Callable[[Bedside], tuple[UUID, Any]]) -> None:
        chain, bodies = decided(self.bedside)
        assert chain == CART
        self.written += bodies

    def forget_instrument(self, instrument: str) -> None:
        """Nothing shows it here."""

    def open(self) -> None:
        self.bedside = Bedside(Encounter(UUID(int=1), 1, JEANNE, CAMILLE, NOW))

    async def submit(self, id: str, command: object, by: Practitioner | None = None) -> Reply:  # noqa: A002, ARG002
        raise AssertionError

    changes = entries = residents = submit


class Cart:
    """A running station. ``bus`` belongs to its thread: move it with ``at_once``."""

    def __init__(self, runtime: Path) -> None:
        self.runtime = runtime
        self.desk = Desk()
        self.bus = Bus()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._task: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run)

    @contextmanager
    def running(self) -> Iterator["Cart"]:
        self._thread.start()
        assert self._ready.wait(SECONDS)
        try:
            yield self
        finally:
            assert self._task is not None
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(SECONDS)
            assert not self._thread.is_alive(), "the station did not end"
            self._loop.close()

    def at_once(self, do: Callable[[], object]) -> None:
        """Have something done in the station's loop, and wait until it is."""
        done: Future[None] = Future()

        def act() -> None:
            do()
            done.set_result(None)

        self._loop.call_soon_threadsafe(act)
        done.result(SECONDS)

    def listening(self) -> None:
        """Wait until somebody overhears the bus."""
        asyncio.run_coroutine_threadsafe(asyncio.wait_for(self.bus.listening.wait(), SECONDS), self._loop).result()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        workshop = Workshop(self.desk)  # type: ignore[arg-type]
        workshop.attach("ble", self.bus)
        server = StationServer(self.desk, self.runtime / "station", workshop=workshop)  # type: ignore[arg-type]
        self._task = self._loop.create_task(server.run(self._ready.set))
        self._loop.run_until_complete(asyncio.wait({self._task}))
