# SPDX-License-Identifier: Apache-2.0
"""Where a technician asks chevet-sync what waits, and has it tried again: a Unix socket, a line of JSON each way.

Who may ask is told by the kernel (``device.station.rights``): the cart's own account, root and the technicians' group.
One question a connection; each has a deadline.
"""

import asyncio
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from uuid import UUID

import msgspec

from device.errors import JournalError
from device.station.rights import Right, Rights, peer
from sync.learn import Health
from sync.waiting import Waiting

MAX_LINE = 1 << 16
MAX_ANSWER = 16 << 20
SECONDS = 5.0
MAX_CLIENTS = 4
_log = logging.getLogger(__name__)


class _Message(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True, omit_defaults=True):
    pass


class List(_Message, frozen=True, tag="list"):
    """What waits."""


class Retry(_Message, frozen=True, tag="retry"):
    """Try again: an entry, an encounter, or (neither) whatever is refused."""

    number: int | None = None
    encounter: UUID | None = None


class LetGo(_Message, frozen=True, tag="let-go"):
    """Send an entry that is refused no more."""

    number: int


Question = List | Retry | LetGo


class Standing(msgspec.Struct, frozen=True):
    """How one server is: ``why`` is a French line with its ``code``, or ""."""

    server: str
    reachable: bool
    why: str = ""
    code: str = ""


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """The answer to any question: ``code`` and ``line`` where it was refused; ``count`` of resources that were
    changed."""

    code: str = ""
    line: str = ""
    count: int = 0
    servers: tuple[Standing, ...] = ()
    waiting: Sequence[Waiting] = ()


class Sender(Protocol):
    """What the counter needs of Sync. Each raises JournalError."""

    def waiting(self) -> list[Waiting]:
        """What each server has not."""
        ...

    def standing(self) -> dict[str, Health]:
        """How each server is."""
        ...

    def retry(self, *, number: int | None = None, lane: UUID | None = None) -> int:
        """Try again."""
        ...

    def let_go(self, number: int) -> int:
        """Send no more."""
        ...


class Counter:
    """Serves ``sender`` at ``path``."""

    def __init__(self, sender: Sender, path: Path, rights: Rights | None = None) -> None:
        self._sender, self._path, self._rights = sender, path, rights or Rights()
        self._clients = 0

    async def run(self) -> None:
        """Serve until cancelled."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._accept, str(self._path), limit=MAX_LINE)
        self._path.chmod(0o660)
        if (group := self._rights.group) is not None:
            with suppress(PermissionError):
                os.chown(self._path, -1, group)
        try:
            async with server:
                await server.serve_forever()
        finally:
            self._path.unlink(missing_ok=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients += 1
        try:
            async with asyncio.timeout(SECONDS):
                writer.write(msgspec.json.encode(await self._served(reader, writer)) + b"\n")
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            _log.debug("counter: client gone")
        finally:
            self._clients -= 1
            writer.close()

    async def _served(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Reply:
        user, account = peer(writer.get_extra_info("socket"))
        if Right.INSTRUMENTS not in self._rights.of(user) or self._clients > MAX_CLIENTS:
            _log.warning("counter: account %s refused", account)
            return Reply("MSG-03", "Accès refusé.")
        try:
            question = msgspec.json.decode(await reader.readuntil(b"\n"), type=Question)
        except (msgspec.MsgspecError, asyncio.LimitOverrunError):
            return Reply("MSG-01", "Message illisible.")
        try:
            return self._answer(question)
        except JournalError as error:
            return Reply(error.code, error.line)

    def _answer(self, question: Question) -> Reply:
        match question:
            case List():
                healths = self._sender.standing().items()
                servers = tuple(Standing(name, one.reachable, one.why, one.code) for name, one in healths)
                return Reply(servers=servers, waiting=self._sender.waiting())
            case Retry(number, encounter):
                return Reply(count=self._sender.retry(number=number, lane=encounter))
            case LetGo(number):
                return Reply(count=self._sender.let_go(number))
