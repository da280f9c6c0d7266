# SPDX-License-Identifier: Apache-2.0
"""What waits to be written, in order: nothing is given up while the storage fails, and the operator is told."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID

from device.encounter import Bedside
from device.entry import Body, Entry
from device.errors import JournalError, Refusal

log = logging.getLogger(__name__)

MAX_WAITING = 2048
"""Groups waiting to be judged: more than every memory of a cart together."""
RETRY_SECONDS = 1.0
SETTLE_SECONDS = 5.0
Decided = Callable[[Bedside], tuple[UUID, Sequence[Body]]]
"""The chain and the bodies that the state makes of what waits, when its turn comes."""


class Desk(Protocol):
    """What writing needs of the station."""

    async def record(self, decided: Decided) -> tuple[Entry, ...]:
        """Write what ``decided`` makes of the state. Raises JournalError."""
        ...

    def notify(self, code: str, line: str) -> None:
        """Show one calm line, or take it away."""
        ...


class Writer:
    """A queue of what is to be decided and written. ``put`` never waits; ``run`` writes until cancelled."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: asyncio.Queue[Decided] = asyncio.Queue(MAX_WAITING)

    def put(self, decided: Decided) -> None:
        """Add one; refused, with a line to the operator, when the storage has failed for so long that all is full."""
        if self._waiting.full():
            log.error("JRN-90 %d groups wait to be written: one is refused", MAX_WAITING)
            self._desk.notify("JRN-90", "Le chariot n’arrive plus à enregistrer. Notez les mesures sur papier.")
        else:
            self._waiting.put_nowait(decided)

    async def settled(self) -> None:
        """Return once everything put before is written. Raises Refusal when that takes too long."""
        try:
            await asyncio.wait_for(self._waiting.join(), SETTLE_SECONDS)
        except TimeoutError as error:
            line = "Le chariot n’a pas fini d’enregistrer. Réessayez dans un instant."
            raise Refusal(13, line, "the writer has not settled") from error

    async def run(self) -> None:
        """Write what waits."""
        while True:
            decided = await self._waiting.get()
            try:
                await self._write(decided)
            finally:
                self._waiting.task_done()

    async def _write(self, decided: Decided) -> None:
        failing = ""
        while True:
            try:
                await self._desk.record(decided)
            except JournalError as error:
                failing = error.code
                self._desk.notify(error.code, error.line)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                if failing:
                    self._desk.notify(failing, "")
                return
