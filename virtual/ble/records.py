# SPDX-License-Identifier: Apache-2.0
"""The Record Access Control Point 0x2A52 of a virtual meter (Glucose Service 1.0.1 §3.4), and its bad habits."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, Protocol

from virtual.ble.peripheral import LinkLost

MEASUREMENT, CONTEXT, CONTROL = 0x2A18, 0x2A34, 0x2A52
REPORT, ABORT, COUNT, COUNTED, RESPONSE = 0x01, 0x03, 0x04, 0x05, 0x06
ALL, AT_LEAST, FIRST, LAST = 0x01, 0x03, 0x05, 0x06
SUCCESS, NO_OP_CODE, NO_OPERATOR, INVALID_OPERAND, NO_RECORDS, NOT_COMPLETED = 1, 2, 4, 5, 6, 8


class Recorded(Protocol):
    """A record as the control point sees it."""

    @property
    def number(self) -> int:
        """Its sequence number."""
        ...

    def frame(self) -> bytes:
        """Its measurement."""
        ...

    def context(self) -> bytes | None:
        """Its context, where it has one."""
        ...


class Habits(NamedTuple):
    """What meters do that a cart must bear. ``filters``: it can select by number. ``backwards``: newest first, contexts
    before their measurements. ``contexts``: those announced are sent. ``breaks``: it gives up after that many records.
    ``mute``: it never answers."""

    filters: bool = True
    backwards: bool = False
    contexts: bool = True
    breaks: int | None = None
    mute: bool = False


class Procedure:
    """One request at a time, answered in a task of its own. ``done`` is set when the newest record was given."""

    def __init__(
        self,
        memory: Callable[[], Sequence[Recorded]],
        send: Callable[[int, bytes], Awaitable[None]],
        habits: Habits,
    ) -> None:
        self.done = asyncio.Event()
        self.habits = habits
        self.requests: list[bytes] = []
        self._memory = memory
        self._send = send
        self._running: asyncio.Task[None] | None = None

    def ask(self, data: bytes) -> None:
        """A cart wrote ``data``. Another request under way is given up."""
        self.requests.append(data)
        if self._running is not None:
            self._running.cancel()
        self._running = asyncio.ensure_future(self._answer(data))

    async def stop(self) -> None:
        """Give up what is under way."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def _answer(self, data: bytes) -> None:
        if self.habits.mute:
            return
        with contextlib.suppress(LinkLost):
            match data[:1], data[1:2]:
                case (b"\x03", _):
                    await self._respond(ABORT, SUCCESS)
                case (b"\x04", b"\x01"):
                    count = len(self._memory()).to_bytes(2, "little")
                    await self._send(CONTROL, bytes([COUNTED, 0]) + count)
                case (b"\x01", _):
                    await self._report(data)
                case _:
                    await self._respond(data[0] if data else 0, NO_OP_CODE)

    async def _report(self, data: bytes) -> None:
        chosen = self._chosen(data)
        if isinstance(chosen, int):
            await self._respond(REPORT, chosen)
            return
        if not chosen:
            await self._respond(REPORT, NO_RECORDS)
            return
        for given, record in enumerate(reversed(chosen) if self.habits.backwards else chosen):
            if given == self.habits.breaks:
                await self._respond(REPORT, NOT_COMPLETED)
                return
            await self._give(record)
        await self._respond(REPORT, SUCCESS)
        if self._memory() and chosen[-1].number == self._memory()[-1].number:
            self.done.set()

    async def _give(self, record: Recorded) -> None:
        context = record.context() if self.habits.contexts else None
        if context is not None and self.habits.backwards:
            await self._send(CONTEXT, context)
        await self._send(MEASUREMENT, record.frame())
        if context is not None and not self.habits.backwards:
            await self._send(CONTEXT, context)

    def _chosen(self, data: bytes) -> Sequence[Recorded] | int:
        """The records asked for, or a response code."""
        memory = self._memory()
        match data[1:2], data[2:]:
            case (b"\x01", b""):
                return memory
            case (b"\x05", b""):
                return memory[:1]
            case (b"\x06", b""):
                return memory[-1:]
            case (b"\x03", operand) if self.habits.filters:
                if len(operand) != 3 or operand[0] != 1:  # noqa: PLR2004 - the filter and a number
                    return INVALID_OPERAND
                least = int.from_bytes(operand[1:], "little")
                return [record for record in memory if record.number >= least]
        return NO_OPERATOR

    async def _respond(self, request: int, code: int) -> None:
        await self._send(CONTROL, bytes([RESPONSE, 0, request, code]))
