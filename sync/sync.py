# SPDX-License-Identifier: Apache-2.0
"""The body of the chevet-sync process: from the journal to every records server, and what waits to the station."""

import asyncio
import logging
import random as randomness
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack, suppress
from uuid import UUID

import msgspec

from device.attachments import Attachments
from device.commands import ReportQueue
from device.errors import ChevetError, JournalError
from sync.client import Client, Fhir
from sync.dicom.steps import instances
from sync.drain import Drain
from sync.journal import Entries
from sync.lanes import Derive, Lanes, acknowledged
from sync.learn import Health
from sync.ledger import Ledger, Queue
from sync.lines import wanted
from sync.queue import Standing, report
from sync.settings import Server, Settings
from sync.steps import in_documents, steps
from sync.upload import Pace
from sync.waiting import Waiting, let_go, retry, waiting

BYTES_OF_A_KILOBIT = 125
REPORT_SECONDS = 15.0
"""The station hears from us at least this often."""
PROGRESS_SECONDS = 3.0
"""And this often while a body is under way, so that somebody who waits for it sees it go."""
_PAUSE = 0.2
_SHARE = 20
"""A report is made in a twentieth of the time at most: a long queue goes out before it is counted again."""
_RETRY = 2.0
_REPORT_DEADLINE = 5.0
_OPEN_LANES = 3
_log = logging.getLogger(__name__)

Publish = Callable[[ReportQueue], Awaitable[None]]


def _client(server: Server, attachments: Attachments, pace: Pace) -> Client:
    if server.kind == "fhir":
        return Fhir(server, attachments, pace)
    from sync.dicom.client import DicomWeb  # noqa: PLC0415 - pydicom: 47 MB that only a cart with a PACS needs to carry

    return DicomWeb(server, attachments, pace)


def _way(server: Server) -> Derive:
    """What such a server is sent of an encounter."""
    if server.kind == "dicomweb":
        return instances
    return in_documents if server.inline else steps


class Sync:
    """Store and forward. ``publish`` brings a report to the station; it may raise ChevetError, OSError or TimeoutError:
    the report is then made again a little later. Nothing is ever purged here."""

    def __init__(
        self,
        settings: Settings,
        ledger: Ledger,
        journal: Entries,
        attachments: Attachments,
        publish: Publish,
        *,
        random: Callable[[], float] = randomness.random,
    ) -> None:
        self._ledger, self._journal, self._publish = ledger, journal, publish
        self._dirty = asyncio.Event()
        self._pace = Pace(settings.upload.call_kbits * BYTES_OF_A_KILOBIT)
        self._clients = [_client(server, attachments, self._pace) for server in settings.server]
        ways = {server.id: _way(server) for server in settings.server}
        lanes = {way: Lanes(settings.source, journal, attachments, way) for way in ways.values()}
        self._drains = [
            Drain(
                server,
                ledger.server(server.id),
                journal,
                lanes[ways[server.id]],
                client,
                self._dirty.set,
                random=random,
            )
            for server, client in zip(settings.server, self._clients, strict=True)
        ]

    def wake(self) -> None:
        """The journal has a new entry."""
        for drain in self._drains:
            drain.wake()

    def online(self) -> None:
        """The network came back."""
        for drain in self._drains:
            drain.online()

    def call(self, *, on: bool) -> None:
        """A call began or ended: while it is on, its pictures go first."""
        self._pace.call(on=on)

    def waiting(self) -> list[Waiting]:
        """What each server has not. Raises JournalError."""
        return waiting(self._ledger, [drain.server.id for drain in self._drains])

    def standing(self) -> dict[str, Health]:
        """How each server is."""
        return {drain.server.id: drain.health for drain in self._drains}

    def retry(self, *, number: int | None = None, lane: UUID | None = None) -> int:
        """Try again at once: an entry, an encounter, or whatever a server refuses; how many refused resources there are
        of it. Raises JournalError."""
        count = sum(retry(self._ledger, drain.server.id, number=number, lane=lane) for drain in self._drains)
        self._again()
        return count

    def let_go(self, number: int) -> int:
        """Send an entry that is refused no more; how many resources there are of it. Raises JournalError."""
        count = sum(let_go(self._ledger, drain.server.id, number) for drain in self._drains)
        self._again()
        return count

    def _again(self) -> None:
        for drain in self._drains:
            drain.again()

    async def run(self) -> None:
        """Drain and report until cancelled. Raises ConfigurationError."""
        async with AsyncExitStack() as stack:
            for client in self._clients:
                await stack.enter_async_context(client)
            async with asyncio.TaskGroup() as group:
                for drain in self._drains:
                    group.create_task(drain.run())
                group.create_task(self._report())

    async def _report(self) -> None:
        """Publish what waits whenever it changed, and now and then."""
        loop, last, told = asyncio.get_running_loop(), None, 0.0
        while True:
            self._dirty.clear()
            began = loop.time()
            made = self._made()
            cost = loop.time() - began
            if made is not None and (made != last or began - told >= REPORT_SECONDS) and await self._published(made):
                last, told = made, began
            with suppress(TimeoutError):
                async with asyncio.timeout(PROGRESS_SECONDS if self._pace.under_way else REPORT_SECONDS):
                    await self._dirty.wait()
            await asyncio.sleep(max(_PAUSE, cost * _SHARE))

    async def _published(self, made: ReportQueue) -> bool:
        try:
            async with asyncio.timeout(_REPORT_DEADLINE):
                await self._publish(made)
        except (ChevetError, OSError, TimeoutError) as error:
            _log.info("the station did not take the report: %s", type(error).__name__)
            asyncio.get_running_loop().call_later(_RETRY, self._dirty.set)
            return False
        return True

    def _made(self) -> ReportQueue | None:
        """The report, or None while the ledger or the journal cannot be read."""
        try:
            names = [drain.server.id for drain in self._drains]
            queue = self._ledger.queue(names) if names else Queue()
            queue = msgspec.structs.replace(queue, waiting=max(queue.waiting, self._behind()))
            lanes = {lane for drain in self._drains for lane in drain.ledger.open_lanes(_OPEN_LANES)}
            made = report([self._standing(drain, lanes, queue) for drain in self._drains], queue)
            left = max(0, queue.size - self._pace.under_way)
            return msgspec.structs.replace(made, bytes_waiting=left, seconds_left=self._pace.seconds(left))
        except JournalError as error:
            _log.warning("no report: %s: %s", error.code, error)
            asyncio.get_running_loop().call_later(_RETRY, self._dirty.set)
            return None

    def _behind(self) -> int:
        """Entries that some server's part has not looked at; 0 while the journal cannot be read: each part says so."""
        try:
            newest = self._journal.newest
        except JournalError:
            return 0
        return max((max(0, newest - drain.position) for drain in self._drains), default=0)

    def _standing(self, drain: Drain, lanes: Iterable[UUID], queue: Queue) -> Standing:
        """How a server stands with the open ``lanes`` that any server knows: one that lags behind has none of them."""
        taken: set[UUID] = set()
        sent: set[UUID] = set()
        for lane in lanes:
            lines = drain.ledger.lines(lane)
            derived = wanted(drain.lanes.derived(lane, 0).steps, lines)
            taken |= acknowledged(derived, lines)
            sent.update(*(step.sources for step in derived))
        health = drain.health
        if health.reachable and not queue.waiting:
            health = msgspec.structs.replace(health, why="", code="")
        return Standing(health, frozenset(taken), frozenset(sent))
