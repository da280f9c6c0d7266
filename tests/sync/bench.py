# SPDX-License-Identifier: Apache-2.0
"""A sync process's body and a strict records endpoint on loopback, joined."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from device.attachments import Attachments
from device.commands import ReportQueue
from sync.ledger import Ledger
from sync.settings import Server, Settings
from sync.sync import Sync
from sync.upload import Upload
from tests.sync.story import SOURCE, Story
from virtual.records import Records, Store, exported

TOKEN = "only-for-tests"  # noqa: S105 - of the test's own server
DEADLINE = 20.0


@dataclass
class Bench:
    """``reports`` are what the station would have been told."""

    folder: Path
    records: Records
    server: Server
    story: Story = field(default_factory=Story)
    reports: list[ReportQueue] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    jitter: Callable[[], float] = lambda: 0.01
    upload: Upload = field(default_factory=Upload)
    deadline: float = DEADLINE

    @property
    def attachments(self) -> Attachments:
        return Attachments(self.folder / "captures")

    @property
    def export(self) -> dict[str, Any]:
        return exported(self.records.store)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [one["body"] for one in self.export["resources"] if one["type"] == kind]

    def answered(self, method: str, path: str) -> list[int | None]:
        return [
            one.status for one in self.records.store.requests() if one.method == method and one.path.startswith(path)
        ]

    async def publish(self, queue: ReportQueue) -> None:
        self.reports.append(queue)
        self.changed.set()

    async def until(self, wanted: Callable[[ReportQueue], bool]) -> ReportQueue:
        """Wait for a report made from now on that is wanted."""
        self.changed.clear()
        async with asyncio.timeout(self.deadline):
            while not (self.reports and wanted(self.reports[-1])):
                await self.changed.wait()
                self.changed.clear()
        return self.reports[-1]

    @asynccontextmanager
    async def running(self, **server: object) -> AsyncIterator[Sync]:
        self.reports.clear()
        ledger = Ledger.open(self.folder / "ledger.db")
        profile = msgspec.structs.replace(self.server, **server)
        settings = Settings(SOURCE, (profile,), self.upload)
        sync = Sync(settings, ledger, self.story, self.attachments, self.publish, random=self.jitter)
        task = asyncio.create_task(sync.run())
        try:
            yield sync
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            ledger.close()

    def ledger(self) -> Ledger:
        return Ledger.open(self.folder / "ledger.db")


def drained(queue: ReportQueue) -> bool:
    return queue.waiting == 0 and queue.reachable


@asynccontextmanager
async def bench(folder: Path, tls: ssl.SSLContext | None = None, **more: Any) -> AsyncIterator[Bench]:
    records = Records(Store.open(folder / "records.db"), token=TOKEN, **more)
    base = await records.start(tls=tls)
    (folder / "token").write_text(TOKEN)
    server = Server("records", base, token_file=str(folder / "token"), deadline=2.0, connect=1.0)
    try:
        yield Bench(folder, records, server)
    finally:
        await records.stop()
        records.store.close()
