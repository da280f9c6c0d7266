# SPDX-License-Identifier: Apache-2.0
"""A storm as it is played: servers, and one sync process after another over one ledger."""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from hashlib import sha1
from pathlib import Path
from random import Random

import sync.drain
from device.attachments import Attachments
from device.commands import ReportQueue
from device.errors import JournalError
from sync.ledger import Ledger, ServerLedger
from sync.lines import LineState
from sync.profile import Identity
from sync.settings import Server as Profile
from sync.settings import Settings
from sync.steps import in_documents, steps
from sync.sync import Sync
from tests.sync.storm import schedule as s
from tests.sync.storm.disk import Death, Disk, Killed
from tests.sync.storm.given import as_named, as_sent, doubled
from tests.sync.storm.oracle import Expected, expected, faults
from tests.sync.storm.server import Server, authority
from tests.sync.storm.tale import Tale
from tests.sync.storm.warp import WarpLoop
from tests.sync.story import SOURCE

PICTURE = b"\xff\xd8" + bytes(range(256)) * 8
PATIENCE = 20_000.0
"""Seconds (of the loop) within which a calm world has everything."""
BIRTH_SECONDS, DEADLINE = 1.0, 2.0
_DEATH = 0.3
"""Seconds until the next action where a death has not come yet: it then comes in the midst of another."""
sync.drain.POLL_SECONDS = 30.0  # each entry wakes the process; asking every half second would only cost time


def play(plan: s.Schedule, folder: Path) -> list[str]:
    """What went wrong that must not; [] for nothing."""
    with asyncio.Runner(loop_factory=WarpLoop) as runner:
        return runner.run(World(plan, folder).run())


class World:
    """One schedule."""

    def __init__(self, plan: s.Schedule, folder: Path) -> None:
        self._plan, self._chance = plan, Random(plan.seed)  # noqa: S311 - a seed
        self._attachments = Attachments(folder / "captures")
        self._picture = self._attachments.put(PICTURE)
        self._hashes = {self._picture: b64encode(sha1(PICTURE, usedforsecurity=False).digest()).decode()}
        self._tale = Tale(plan.seed, self._picture, len(PICTURE))
        self._disk = Disk(folder / f"ledger-{plan.seed}.db", self._chance)
        self._disk.on_death = self._dead
        self._servers = [Server(self._moment, gives_ids=one[2] is not Identity.PUT) for one in plan.servers]
        self._settings = Settings(SOURCE)
        self._stirred = asyncio.Event()
        self._moments, self._fuse = 0, -1
        self._complaints: list[str] = []
        self._process: asyncio.Task[None] | None = None
        self._sync: Sync | None = None
        self._ledger: Ledger | None = None

    async def run(self) -> list[str]:
        """Play it, then calm down, and judge."""
        self._settings = Settings(SOURCE, tuple([await self._profile(number) for number in range(len(self._servers))]))
        try:
            await self._born()
            for action in self._plan.actions:
                await self._do(action)
                await self._revived()
            await self._calm()
            self._complaints.extend(self._judged())
        finally:
            await self._bury()
            for server in self._servers:
                await server.stop()
                server.store.close()
            for path in self._disk.path.parent.glob(self._disk.path.name + "*"):
                path.unlink()
        return self._complaints

    async def _profile(self, number: int) -> Profile:
        certificates = self._disk.path.with_name("authority.pem")
        certificates.write_bytes(authority())
        (batch, parallel, identity), base = self._plan.servers[number], await self._servers[number].start()
        return Profile(
            f"s{number}",
            base,
            ca_file=str(certificates),
            identity=identity,
            batch=batch,
            parallel=parallel,
            deadline=DEADLINE,
            connect=DEADLINE / 2,
        )

    async def _do(self, action: s.Action) -> None:  # noqa: C901 - one case an action
        match action:
            case s.Tell(lane, what):
                self._tale.tell(lane, what)
                if self._sync is not None:
                    self._sync.wake()
            case s.Ail(number, trouble):
                self._servers[number].trouble(trouble)
            case s.Cut(number, how, seconds):
                self._servers[number].line = how
                await self._until(lambda: False, seconds)
                self._servers[number].line = None
            case s.Die(None, after):
                self._fuse = self._moments + after
                await self._until(lambda: self._disk.dead is not None, _DEATH)
            case s.Die(death, after) if death is not None:
                self._disk.arm(death, after)
                await self._until(lambda: self._disk.dead is not None, _DEATH)
            case s.Sicken(illness, seconds):
                self._disk.ill = illness
                await self._until(lambda: False, seconds)
                self._disk.ill = None
            case s.Jump(seconds):
                self._tale.jump(seconds)
            case s.Retry():
                self._retry()
            case s.Wait(moments, seconds):
                goal = self._moments + moments
                await self._until(lambda: self._moments >= goal, seconds)
            case s.Die():
                raise AssertionError

    def _retry(self) -> None:
        if self._sync is not None and self._disk.dead is None:
            with suppress(JournalError, Killed):
                self._sync.retry()

    # Life and death.

    async def _born(self) -> None:
        """A process begins; on an ill disk it falls and is started again, as systemd does."""
        while True:
            self._disk.restart()
            for server in self._servers:
                server.dead = False
            try:
                self._ledger = Ledger.open(self._disk.path, engine=self._disk.module)
            except (JournalError, Killed):
                await asyncio.sleep(BIRTH_SECONDS)
                continue
            sync = Sync(
                self._settings, self._ledger, self._tale, self._attachments, self._publish, random=self._chance.random
            )
            self._sync, self._process = sync, asyncio.create_task(sync.run())
            self._process.add_done_callback(self._ended)
            return

    async def _revived(self) -> None:
        if self._disk.dead is not None:
            await self._bury()
            await self._born()

    def _moment(self) -> None:
        self._moments += 1
        if 0 <= self._fuse < self._moments:
            self._die()
        self._stirred.set()

    def _die(self) -> None:
        if self._disk.dead is None:
            self._disk.die()

    def _dead(self) -> None:
        """At the very moment: nothing more reaches a server."""
        self._fuse = -1
        for server in self._servers:
            server.dead = True
        if self._process is not None:
            self._process.cancel()
        self._stirred.set()

    def _ended(self, process: asyncio.Task[None]) -> None:
        """A process may die; it may not fall."""
        error = None if process.cancelled() else process.exception()
        for one in _leaves(error):
            if not isinstance(one, Killed | asyncio.CancelledError):
                self._complaints.append(f"the process fell: {type(one).__name__}: {one}")
        self._stirred.set()

    async def _bury(self) -> None:
        if self._process is not None:
            self._process.cancel()
            await asyncio.gather(self._process, return_exceptions=True)
        if self._ledger is not None:
            self._ledger.close()
        self._process = self._ledger = self._sync = None

    async def _until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait for it, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not true():
                    self._stirred.clear()
                    await self._stirred.wait()
        return true()

    # What must be.

    async def _calm(self) -> None:
        """Everything is well again, and a technician looks after what was refused."""
        for server in self._servers:
            server.troubles.clear()
        self._fuse = -1
        self._disk.arm(Death.BEFORE, 1 << 30)
        await self._revived()
        for _ in range(3):
            self._retry()
            if not await self._until(self._at_rest, PATIENCE):
                self._complaints.append("it never comes to rest")
                return
            if self._process is None or self._process.done():
                self._complaints.append("no process is left")
                return

    def _at_rest(self) -> bool:
        if self._ledger is None or self._sync is None:
            return False
        self._sync.wake()
        for server in self._settings.server:
            part = self._ledger.server(server.id)
            if part.position < self._tale.newest or part.lanes():
                return False
        return True

    def _judged(self) -> Iterator[str]:
        for number, server in enumerate(self._servers):
            own = self._plan.servers[number][2] is Identity.PUT
            told = expected(self._tale, self._hashes, steps if own else in_documents)
            step = next(iter(told.last.values()), None)
            versions = server.noted.writes
            if own or step is None:
                found = [*faults(told, as_sent(versions))]
            else:
                found = [
                    *doubled(versions, told.names, step),
                    *faults(told, as_named(versions, told.names, step, told.files)),
                ]
            for complaint in found:
                yield f"server {number}: {complaint}"
            for refusal in server.refusals:
                yield f"server {number}: refused of itself: {refusal}"
            if self._ledger is not None:
                yield from _pending(number, self._ledger.server(f"s{number}"), told)

    async def _publish(self, report: ReportQueue) -> None:
        """« Transmis » is said of nothing that a server has not."""
        if self._sync is None or self._disk.dead is not None:
            return
        said = set(report.acknowledged)
        lanes = {one.encounter for one in self._tale.entries if one.id in said}
        for number, drain in enumerate(self._sync._drains):
            there = {version.place for version in self._servers[number].noted.writes}
            for lane in lanes:
                lines = drain.ledger.lines(lane)
                for step in drain.lanes.derived(lane, 0).steps:
                    line = lines.get(step.key)
                    if step.sources & said and (line.place if line and line.place else step.place) not in there:
                        self._complaints.append(f"said to be sent, server {number} has no {step.place}")
        self._stirred.set()


def _pending(number: int, part: ServerLedger, told: Expected) -> Iterator[str]:
    for lane, wanted in told.lanes.items():
        lines = part.lines(lane)
        for step in wanted:
            line = lines.get(step.key)
            if step.key not in told.stuck and (line is None or line.state is not LineState.ACKNOWLEDGED):
                yield f"server {number}: {step.key} is {line.state.value if line else 'unheard of'} at the end"


def _leaves(error: BaseException | None) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _leaves(one)
    elif error is not None:
        yield error
