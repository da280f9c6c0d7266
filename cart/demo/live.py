# SPDX-License-Identifier: Apache-2.0
"""The demonstration for a person: the kiosk on their display, instruments that live, a link for a doctor's browser."""

import asyncio
import os
import random
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from cart.demo import story
from cart.demo.world import World
from device.errors import ChevetError
from device.station.client import StationClient
from device.station.state import State
from virtual.ble.control import tell

START_SECONDS = 120.0
RETRY_SECONDS = 1.0
HELP = f"""
The kiosk is on your display. Sign in as {story.OPERATOR} with {story.PIN}, choose a resident, call the doctor.
The instruments come to life once a patient is identified. You may also type, followed by Enter:
  t  the cuff measures (10 s)          m  the patient moves: the cuff fails
  s  a finger in the oximeter          o  the finger out
  f  the thermometer in the ear        b  the oximeter's battery dies
  Ctrl-C stops everything.
"""


async def live(world: World) -> None:
    """Run until Ctrl-C; then every process is ended."""
    world.write()
    try:
        await world.start_town()
        await world.start_cart(dict(os.environ))
        await world.ready(START_SECONDS)
        _say(HELP)
        puppeteer = Puppeteer(world)
        async with asyncio.TaskGroup() as group:
            group.create_task(puppeteer.follow())
            group.create_task(puppeteer.listen())
    finally:
        await world.stop()
        _say("Everything is stopped.")


class Puppeteer:
    """Moves the instruments: once for each patient by itself, and whenever a key says so."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._encounter: object = None
        self._invitation = ("", "")
        self._tasks: set[asyncio.Task[None]] = set()

    async def follow(self) -> None:
        """Print the doctor's link when there is one, and let the instruments live with each patient."""
        while True:
            with suppress(OSError, ChevetError):
                async with StationClient.connect(self._world.socket) as station:
                    async for state in station.changes():
                        self._look(state)
            await asyncio.sleep(RETRY_SECONDS)

    async def listen(self) -> None:
        """Obey the keys; a closed standard input is no reason to end."""
        keys: asyncio.Queue[str] = asyncio.Queue(16)
        loop = asyncio.get_running_loop()

        def read() -> None:
            line = sys.stdin.readline()
            if line:
                with suppress(asyncio.QueueFull):
                    keys.put_nowait(line.strip().lower()[:1])
            else:
                loop.remove_reader(sys.stdin)

        with suppress(OSError, ValueError):
            loop.add_reader(sys.stdin, read)
        while True:
            order = ORDERS.get(await keys.get())
            if order is not None:
                self._start(self._do(order()))

    def _look(self, state: State) -> None:
        invitation = state.call.link, state.call.code
        if state.call.link and invitation != self._invitation:
            self._invitation = invitation
            _say(f"The doctor's link: {state.call.link}\n         and code: {state.call.code}\n")
        file = state.encounter
        if file is not None and file.identified is not None and file.closed is None and file.id != self._encounter:
            self._encounter = file.id
            self._start(self._life())

    async def _life(self) -> None:
        """What a nurse usually does first."""
        await asyncio.sleep(3)
        await self._do({"instrument": "oxymetre", "do": "start"})
        await self._do(_finger())
        await asyncio.sleep(8)
        await self._do(_pressure())
        await self._do(_ear())

    async def _do(self, order: dict[str, Any]) -> None:
        with suppress(OSError):
            answer = await tell(self._world.control, order)
            _say(f"{order['instrument']}: {order['do']} {'done' if answer.ok else answer.error}")

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _pressure() -> dict[str, Any]:
    systolic = random.randint(115, 150)  # noqa: S311 - a pressure, not a secret
    return story.Pressure(systolic, systolic - random.randint(45, 55), random.randint(62, 88)).order(10.0)  # noqa: S311


def _finger() -> dict[str, Any]:
    return {**story.finger(), "saturation": random.randint(93, 98), "pulse": random.randint(62, 88)}  # noqa: S311


def _ear() -> dict[str, Any]:
    return story.ear(f"{random.randint(364, 382) / 10:.1f}")  # noqa: S311


ORDERS: dict[str, Callable[[], dict[str, Any]]] = {
    "t": _pressure,
    "m": lambda: {"instrument": "tensiometre", "do": "move"},
    "s": _finger,
    "o": lambda: {"instrument": "oxymetre", "do": "remove-finger"},
    "f": _ear,
    "b": lambda: {"instrument": "oxymetre", "do": "die"},
}


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
