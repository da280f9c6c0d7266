# SPDX-License-Identifier: Apache-2.0
"""The link is dead for ten minutes in an encounter: the journal goes on; then everything arrives in order, once."""

import asyncio
import base64
import hashlib
from random import Random

import pytest

from device.attachments import Attachments
from sync.ledger import Ledger
from sync.settings import Server as Profile
from sync.settings import Settings
from sync.sync import Sync
from tests.sync.storm.given import as_sent
from tests.sync.storm.oracle import expected, faults
from tests.sync.storm.schedule import Line
from tests.sync.storm.server import Server, authority
from tests.sync.storm.tale import Tale
from tests.sync.storm.warp import WarpLoop
from tests.sync.story import SOURCE

DEAD_SECONDS = 600.0
BACK_SECONDS = 60.0
"""Within which it is noticed that the way is there again: the longest pause between two tries is ten seconds."""
PICTURE = b"\xff\xd8" + bytes(range(256)) * 4096


@pytest.mark.parametrize("line", [Line.DEAF, Line.DROPPED])
def test_f26_ten_minutes_without_a_link_lose_double_and_disorder_nothing(tmp_path, line):  # noqa: PLR0915 - one story
    attachments = Attachments(tmp_path / "captures")
    picture = attachments.put(PICTURE)
    hashes = {picture: base64.b64encode(hashlib.sha1(PICTURE, usedforsecurity=False).digest()).decode()}
    (tmp_path / "authority.pem").write_bytes(authority())
    tale, reports = Tale(26, picture, len(PICTURE)), []

    async def publish(report) -> None:
        reports.append(report)

    async def main():
        server, loop = Server(lambda: None), asyncio.get_running_loop()
        ca = str(tmp_path / "authority.pem")
        profile = Profile("s", await server.start(), ca_file=ca, deadline=5.0, connect=2.0)
        ledger = Ledger.open(tmp_path / "ledger.db")
        sync = Sync(
            Settings(SOURCE, (profile,)),
            ledger,
            tale,
            attachments,
            publish,
            random=Random(26).random,  # noqa: S311
        )
        running = asyncio.create_task(sync.run())

        async def settled(seconds):
            async with asyncio.timeout(seconds):
                while not (reports and reports[-1].reachable and not reports[-1].waiting):
                    await asyncio.sleep(0.5)

        for what in ("opening", "pressure", "capture"):
            tale.tell(0, what)
            sync.wake()
        await settled(60)
        server.line = line
        dead = loop.time()
        for what in ("temperature", "call", "capture", "oxygen", "saturation", "wrong", "pressure", "conclusion"):
            tale.tell(0, what)
            sync.wake()
            await asyncio.sleep(DEAD_SECONDS / 8)
        told = reports[-1]
        server.line = None
        sync.online()  # as the station's state tells it
        back = loop.time()
        await settled(BACK_SECONDS)
        late = loop.time() - back
        tale.tell(0, "finished")
        sync.wake()
        await asyncio.sleep(5)
        await settled(60)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        ledger.close()
        await server.stop()
        return server, told, back - dead, late

    with asyncio.Runner(loop_factory=WarpLoop) as runner:
        server, told, dead, late = runner.run(main())
    assert dead >= DEAD_SECONDS
    assert late < BACK_SECONDS
    assert not told.reachable
    assert told.waiting >= 7
    assert told.quarantined == 0
    assert "reprendra tout seul" in told.why
    assert list(faults(expected(tale, hashes), as_sent(server.noted.writes))) == []
    assert server.refusals == []
    server.store.close()
