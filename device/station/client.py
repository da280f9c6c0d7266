# SPDX-License-Identifier: Apache-2.0
"""A client of the station socket, for tools and chevet-sync: the newest state, commands, entries."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import msgspec

from device.commands import Command
from device.entry import Entry
from device.errors import MessageError
from device.station.feed import Newest
from device.station.messages import (
    MAX_LINE,
    ClientMessage,
    EntryMessage,
    Failure,
    Hello,
    Read,
    Reply,
    Request,
    Snapshot,
    StationMessage,
)
from device.station.state import State

REPLY_SECONDS = 10.0
_GONE = "La liaison avec le chariot est perdue."


class StationClient:
    """One connection. ``states`` holds the newest state (None before the first)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._decoder: msgspec.json.Decoder[StationMessage] = msgspec.json.Decoder(StationMessage)
        self._replies: dict[str, asyncio.Future[Reply]] = {}
        self._entry: Callable[[Entry], None] | None = None
        self._gone = False
        self.states: Newest[State | None] = Newest(None)

    @classmethod
    @asynccontextmanager
    async def connect(cls, path: Path, role: str = "tool") -> AsyncIterator["StationClient"]:
        """Connect and say hello. Raises OSError when the station is not there; MessageError later, when it goes."""
        reader, writer = await asyncio.open_unix_connection(str(path), limit=MAX_LINE)
        client = cls(reader, writer)
        client._send(Hello(role))
        task = asyncio.create_task(client._listen())
        try:
            yield client
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            writer.close()

    async def request(self, command: Command, id: str | None = None) -> Reply:  # noqa: A002 - the message's word
        """Have a command carried out. Raises MessageError when the station goes, TimeoutError when it is silent."""
        name = id or str(uuid4())
        answer = self._replies.setdefault(name, asyncio.get_running_loop().create_future())
        self._send(Request(name, command))
        return await asyncio.wait_for(asyncio.shield(answer), REPLY_SECONDS)

    def read(self, after: int, entry: Callable[[Entry], None]) -> None:
        """Have ``entry`` called with each entry after a sequence, those to come included."""
        self._entry = entry
        self._send(Read(after))

    async def until(self, holds: Callable[[State], bool], seconds: float) -> State:
        """The first state for which ``holds``. Raises TimeoutError, or MessageError when the station goes."""
        async with asyncio.timeout(seconds):
            async for state in self.changes():
                if holds(state):
                    return state
        raise MessageError(9, _GONE, "the station hung up", retry=True)

    async def changes(self) -> AsyncIterator[State]:
        """The state, then the newest one at each change; ends when the station goes."""
        async for state in self.states.follow():
            if self._gone:
                return
            if state is not None:
                yield state

    def _send(self, message: ClientMessage) -> None:
        self._writer.write(msgspec.json.encode(message) + b"\n")

    async def _listen(self) -> None:
        try:
            while line := await self._reader.readline():
                self._take(self._decoder.decode(line))
        finally:
            self._gone = True
            self.states.put(self.states.value)
            for answer in self._replies.values():
                if not answer.done():
                    answer.set_exception(MessageError(9, _GONE, "the station hung up", retry=True))
                    answer.exception()

    def _take(self, message: StationMessage) -> None:
        match message:
            case Snapshot(state):
                self.states.put(state)
            case EntryMessage(entry) if self._entry is not None:
                self._entry(entry)
            case Reply(id):
                answer = self._replies.pop(id, None)
                if answer is not None and not answer.done():
                    answer.set_result(message)
            case Failure(code, line, detail):
                raise MessageError(int(code[-2:]), line, detail)
            case _:
                pass
