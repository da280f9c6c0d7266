# SPDX-License-Identifier: Apache-2.0
"""The sender's own body, run until everything is acknowledged."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from device.attachments import Attachments
from device.commands import ReportQueue
from sync.ledger import Ledger
from sync.settings import Server, Settings
from sync.sync import Sync
from tests.sync.story import SOURCE, Story

DEADLINE = 600.0


async def emptied(
    folder: Path, name: str, server: Server, told: Callable[[Attachments], Story], *, restarts: int = 0
) -> None:
    """Send a whole story to one server, from a ledger of that name; ``restarts``: as often the sender is stopped in
    mid-work, after some more answers each time."""
    attachments = Attachments(folder / "captures")
    story = told(attachments)
    for stop in [*(40 * (index + 1) for index in range(restarts)), None]:
        ledger = Ledger.open(folder / f"{name}.db")
        try:
            await _run(server, ledger, story, attachments, stop)
        finally:
            ledger.close()


async def _run(server: Server, ledger: Ledger, story: Story, attachments: Attachments, stop: int | None) -> None:
    """Until all is acknowledged, or until ``stop`` entries are."""
    done = asyncio.Event()
    reports: list[ReportQueue] = []

    async def publish(report: ReportQueue) -> None:
        reports.append(report)
        assert report.quarantined == 0, list(ledger.quarantine())
        settled = report.waiting == 0 and report.reachable and ledger.server(server.id).position == story.newest
        if settled or (stop is not None and len(reports) * 10 >= stop):
            done.set()

    sync = Sync(Settings(SOURCE, (server,)), ledger, story, attachments, publish, random=lambda: 0.01)
    task = asyncio.create_task(sync.run())
    try:
        async with asyncio.timeout(DEADLINE):
            while not done.is_set():
                finished, _ = await asyncio.wait({task}, timeout=0.1)
                if finished:
                    task.result()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
