# SPDX-License-Identifier: Apache-2.0
"""The station socket: a Unix stream socket for the screen, the sender and the tools (see ``station.messages``)."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import msgspec

from device.commands import Command, ReportQueue
from device.entry import Entry
from device.people import Patient, Practitioner
from device.station.messages import (
    MAX_LINE,
    PROTOCOL,
    ClientMessage,
    EntryMessage,
    Failure,
    GetResidents,
    Hello,
    Read,
    Reply,
    Request,
    Residents,
    Snapshot,
    StationMessage,
    Welcome,
)
from device.station.rights import Right, Rights, peer
from device.station.state import State
from device.station.technical import TechnicalMessage
from device.station.visit import ANSWER_SECONDS, Visit
from device.station.workshop import Workshop

log = logging.getLogger(__name__)

HELLO_SECONDS = 5.0
SEND_SECONDS = 5.0
MAX_CLIENTS = 16
TECHNICIAN = "technician"


class Offers(Protocol):
    """What the socket needs of the station."""

    async def submit(self, id: str, command: Command, by: Practitioner | None = None) -> Reply:  # noqa: A002 - the message's word
        """Carry out a command once."""
        ...

    def changes(self) -> AsyncIterator[State]:
        """The state now, then the newest one at each change."""
        ...

    def entries(self, after: int) -> AsyncIterator[Entry]:
        """Entries after a sequence, those to come included."""
        ...

    def residents(self) -> tuple[Patient, ...]:
        """The residents' list, empty while nobody is signed in."""
        ...


class StationServer:
    """Serves ``station`` at ``path`` to accounts that have the right, and ``workshop`` to technicians. A client that is
    too slow is let go: it comes back and reads on from its own position."""

    def __init__(
        self,
        station: Offers,
        path: Path,
        rights: Rights | None = None,
        workshop: Workshop | None = None,
    ) -> None:
        self._station = station
        self._path = path
        self._rights = rights or Rights()
        self._workshop = workshop
        self._clients: set[asyncio.Task[None]] = set()

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until cancelled; ``ready`` is called once the socket listens."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._accept, str(self._path), limit=MAX_LINE)
        self._path.chmod(0o660)
        self._admit_technicians()
        try:
            async with server:
                ready()
                await server.serve_forever()
        finally:
            for client in list(self._clients):
                client.cancel()
            await asyncio.gather(*self._clients, return_exceptions=True)
            self._path.unlink(missing_ok=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._clients.add(task)
        user, account = peer(writer.get_extra_info("socket"))
        connection = _Connection(self._station, self._workshop, account, self._rights.of(user), reader, writer)
        try:
            if len(self._clients) <= MAX_CLIENTS:
                await connection.serve()
            else:
                await connection.refuse("too many clients")
        except (OSError, TimeoutError, asyncio.CancelledError):
            log.debug("station socket: client gone")
        finally:
            self._clients.discard(task)
            writer.close()

    def _admit_technicians(self) -> None:
        """Let the technicians' group reach the socket, where this process belongs to it."""
        if (group := self._rights.group) is not None:
            with suppress(PermissionError):
                os.chown(self._path, -1, group)


class _Connection:
    """One client, by its account and its right."""

    def __init__(
        self,
        station: Offers,
        workshop: Workshop | None,
        account: str,
        right: Right,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._station = station
        self._workshop = workshop
        self._account = account
        self._right = right
        self._reader = reader
        self._writer = writer
        self._sending = asyncio.Lock()
        self._encoder = msgspec.json.Encoder()
        self._decoder: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
        self._role = ""
        self._reading: asyncio.Task[None] | None = None

    async def send(self, message: StationMessage) -> None:
        """Send one line. Raises TimeoutError when the client does not take it."""
        async with self._sending:
            self._writer.write(self._encoder.encode(message) + b"\n")
            async with asyncio.timeout(SEND_SECONDS):
                await self._writer.drain()

    async def serve(self) -> None:
        """Talk until the client leaves."""
        async with asyncio.timeout(HELLO_SECONDS):
            hello = await self._next()
        if not isinstance(hello, Hello) or hello.protocol != PROTOCOL:
            await self.send(
                Failure(
                    "MSG-02", "Ce programme n’est pas de la même version.", f"hello with protocol {PROTOCOL} expected"
                )
            )
            return
        technician = hello.role == TECHNICIAN
        if (Right.INSTRUMENTS if technician else Right.BEDSIDE) not in self._right:
            await self.refuse("peer credentials")
            return
        self._role = hello.role
        await self.send(Welcome(PROTOCOL))
        await (self._serve_technician() if technician else self._serve_bedside())

    async def refuse(self, why: str) -> None:
        """Say that this account may not, and why."""
        log.warning("station socket: account %s refused: %s", self._account, why)
        await self.send(Failure("MSG-03", "Accès refusé.", why))

    async def _serve_technician(self) -> None:
        if self._workshop is None:
            await self.send(Failure("MSG-03", "Accès refusé.", "no workshop"))
            return
        visit = Visit(self._workshop, self._account, self.send, ANSWER_SECONDS)
        sending = asyncio.create_task(visit.run())
        sending.add_done_callback(lambda _: self._writer.close())
        try:
            while (message := await self._next()) is not None:
                if isinstance(message, TechnicalMessage):
                    visit.take(message)
                else:
                    await self.send(Failure("MSG-02", "Message inattendu.", "not a technician's message"))
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _serve_bedside(self) -> None:
        states = asyncio.create_task(self._send_states())
        try:
            while (message := await self._next()) is not None:
                await self._answer(message)
        finally:
            tasks = [task for task in (states, self._reading) if task is not None]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _next(self) -> ClientMessage | None:
        while True:
            try:
                line = await self._reader.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                return None
            except asyncio.LimitOverrunError:
                await self.send(Failure("MSG-01", "Message trop long.", f"a line over {MAX_LINE} bytes"))
                return None
            try:
                return self._decoder.decode(line)
            except msgspec.MsgspecError as error:
                await self.send(Failure("MSG-01", "Message illisible.", str(error)))

    async def _answer(self, message: ClientMessage) -> None:
        match message:
            case Request(id, command):
                if isinstance(command, ReportQueue) != (self._role == "sync"):
                    await self.send(
                        Reply(id, ok=False, code="CMD-90", line="Cette commande n’est pas pour ce programme.")
                    )
                    return
                await self.send(await self._station.submit(id, command))
            case GetResidents(id):
                await self.send(Residents(id, self._station.residents()))
            case Read(after):
                if self._reading is not None:
                    self._reading.cancel()
                self._reading = asyncio.create_task(self._send_entries(after))
            case Hello():
                await self.send(Failure("MSG-02", "Message inattendu.", "hello comes once"))
            case _:
                await self.send(Failure("MSG-02", "Message inattendu.", "a technician's message"))

    async def _send_states(self) -> None:
        try:
            async for state in self._station.changes():
                await self.send(Snapshot(state))
        except (OSError, TimeoutError):
            self._writer.close()

    async def _send_entries(self, after: int) -> None:
        try:
            async for entry in self._station.entries(after):
                await self.send(EntryMessage(entry))
        except (OSError, TimeoutError):
            self._writer.close()
