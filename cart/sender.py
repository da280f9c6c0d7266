# SPDX-License-Identifier: Apache-2.0
"""``chevet sync``: reads the journal, sends it to the records servers, tells the station what waits."""

import argparse
import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from cart.cli import folder_arguments, plain_argument
from cart.config import Configuration
from cart.key import storage_key
from cart.notify import heartbeat, notify
from cart.signals import until_stopped
from cart.supervise import supervise
from device.attachments import Attachments
from device.commands import ReportQueue, Settled
from device.errors import ChevetError, JournalError, MessageError
from device.journal.sealing import seal_plain
from device.station.client import StationClient
from device.station.state import CallPhase
from sync.counter import Counter
from sync.journal import LateJournal
from sync.ledger import Ledger
from sync.retention import forget, settled
from sync.schema import SCHEMA
from sync.settings import Settings
from sync.sync import Sync

log = logging.getLogger(__name__)

ABSENT_SECONDS = 1.0
RETENTION_SECONDS = 20.0
_QUIET = frozenset({CallPhase.IDLE, CallPhase.WAITING})
"""Phases in which nobody is seen or heard."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Folders."""
    folder_arguments(parser)
    plain_argument(parser)


def run(options: argparse.Namespace) -> int:
    """Send until asked to stop."""
    configuration = Configuration.load(options.config)
    settings = Settings.load(configuration.file(configuration.files.records))
    key = storage_key(encrypted=configuration.storage.encrypted and not options.plain)
    own = Path(os.environ.get("RUNTIME_DIRECTORY") or options.runtime)
    sockets = Sockets(options.runtime / "station", own / "queue")
    asyncio.run(until_stopped(_run(settings, key, options.state, sockets)))
    return 0


class Sockets(NamedTuple):
    """The station's, and our own for the technician (``chevet queue``)."""

    station: Path
    queue: Path


class Report:
    """The way to the station: kept open, and found again when the device process restarts."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._client: StationClient | None = None
        self.wake: Callable[[], None] = _nothing
        self.online: Callable[[], None] = _nothing
        self.call: Callable[[bool], None] = lambda _: None
        self.settled: tuple[Settled, ...] = ()

    async def __call__(self, report: ReportQueue) -> None:
        """Give a report. Raises OSError, TimeoutError or MessageError when the station does not take it."""
        if self._client is None:
            raise MessageError(9, "La liaison avec le chariot est perdue.", "no station yet", retry=True)
        await self._client.request(msgspec.structs.replace(report, settled=self.settled))

    async def run(self) -> None:
        """Stay connected; each new entry wakes the sender."""
        while True:
            try:
                async with StationClient.connect(self._socket, "sync") as client:
                    self._client = client
                    self.wake()
                    await self._follow(client)
            except (OSError, ChevetError) as error:
                log.info("no station: %s", type(error).__name__)
            finally:
                self._client = None
                self.call(False)  # noqa: FBT003 - no station, no call
            await asyncio.sleep(ABSENT_SECONDS)

    async def _follow(self, client: StationClient) -> None:
        known = (-1, False)
        async for state in client.changes():
            self.call(state.call.phase not in _QUIET)
            if state.online and not known[1]:
                self.online()
            elif state.newest != known[0]:
                self.wake()
            known = (state.newest, state.online)


def _nothing() -> None:
    """What a wake does before there is a sender."""


async def _run(settings: Settings, key: bytes | None, state: Path, sockets: Sockets) -> None:
    journal = LateJournal(state / "journal.db", key)
    if key is not None:
        seal_plain(state / "ledger.db", key, SCHEMA)
    ledger = Ledger.open(state / "ledger.db", key)
    report = Report(sockets.station)
    sync = Sync(settings, ledger, journal, Attachments.reading(state / "captures", journal), report)
    names = [server.id for server in settings.server]
    report.wake, report.online, report.call = sync.wake, sync.online, lambda on: sync.call(on=on)
    parts = {"sync": sync.run, "report": report.run, "watchdog": heartbeat, "queue": Counter(sync, sockets.queue).run}
    parts["retention"] = lambda: _retention(ledger, journal, names, report)
    notify("READY=1")
    try:
        async with asyncio.TaskGroup() as group:
            for name, start in parts.items():
                group.create_task(supervise(name, start, _tell), name=name)
    finally:
        ledger.close()
        journal.close()


async def _retention(ledger: Ledger, journal: LateJournal, servers: Sequence[str], report: Report) -> None:
    """Say what is settled, and forget what the device process has purged of it; until cancelled."""
    while True:
        try:
            done = settled(ledger, servers)
            count = forget(ledger, journal.purged, done)
        except JournalError as error:
            log.warning("retention: %s: %s", error.code, error)
        else:
            report.settled = done
            if count:
                log.info("%d lanes forgotten: their encounters were purged", count)
        await asyncio.sleep(RETENTION_SECONDS)


def _tell(part: str, error: ChevetError | None) -> None:
    log.error("part %s: %s", part, error.code if error is not None else "unexpected")
