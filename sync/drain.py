# SPDX-License-Identifier: Apache-2.0
"""One records server: follows the journal, sends what is due, learns from each outcome, for ever."""

import asyncio
import logging
from collections.abc import Callable
from uuid import UUID

import msgspec

from device.entry import CART, FileClosed
from device.errors import JournalError
from sync.client import Client
from sync.journal import Entries
from sync.lanes import Lanes
from sync.learn import Health, Situation, learn
from sync.ledger import ServerLedger
from sync.lines import wanted
from sync.outcome import Silence
from sync.plan import Lane, Request, Rest, choose, due, next_request
from sync.profile import Identity
from sync.settings import Server
from sync.step import Rank

POLL_SECONDS = 0.5
"""How often the journal is looked at when nothing wakes us."""
PROBE_SECONDS = 15.0
"""How often a server is asked whether it is there when there is nothing to send."""
STORAGE_SECONDS = 5.0
"""Pause after the journal or the ledger could not be read or written."""
PAGE = 200
_log = logging.getLogger(__name__)


class Drain:
    """Empties the journal into one server. ``changed`` is called whenever what waits may have changed."""

    def __init__(  # noqa: PLR0913 - what it stands on
        self,
        server: Server,
        ledger: ServerLedger,
        journal: Entries,
        lanes: Lanes,
        client: Client,
        changed: Callable[[], None],
        *,
        random: Callable[[], float],
    ) -> None:
        self.server, self.ledger, self.health = server, ledger, Health()
        self._journal, self.lanes, self._client = journal, lanes, client
        self._changed, self._random = changed, random
        self._open: dict[UUID, Lane] = {}
        self._busy: dict[UUID, Request] = {}
        self._wake = asyncio.Event()
        self._turn = 0
        self._spoken = -PROBE_SECONDS
        self._harmless = server.kind == "fhir" and server.identity is Identity.PUT
        self.position = 0

    def wake(self) -> None:
        """There may be something new."""
        self._wake.set()

    def online(self) -> None:
        """The network came back: what waits for its time is tried now, unless the server itself asked to wait."""
        if not self.health.reachable or self.health.not_before <= asyncio.get_running_loop().time():
            self._open = {name: msgspec.structs.replace(lane, not_before=0.0) for name, lane in self._open.items()}
            self.health = msgspec.structs.replace(self.health, not_before=0.0)
        self.wake()

    def again(self) -> None:
        """The ledger was changed by a technician: look at it again, at once. Raises JournalError."""
        self._open = self.ledger.lanes() | {lane: self._open[lane] for lane in self._busy}
        self.health = msgspec.structs.replace(self.health, failures=0, not_before=0.0)
        self.wake()
        self._changed()

    async def run(self) -> None:
        """Drain until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._resume()
            while True:
                pause = POLL_SECONDS
                try:
                    behind = await self._catch_up()
                    pause = min(pause, self._start(group))
                    pause = 0.0 if behind else pause
                except JournalError as error:
                    self._stumble(error)
                    pause = STORAGE_SECONDS
                await self._rest(pause)

    def _resume(self) -> None:
        self.position = self.ledger.position
        self._open = self.ledger.lanes()
        self._turn = max((lane.turn for lane in self._open.values()), default=0)

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass
        self._wake.clear()

    async def _catch_up(self) -> bool:
        """Note which lanes have new entries, a page at a time; whether there may be more. What was purged or is damaged
        at the journal's end has been looked at, too: it is not waited for."""
        newest = self._journal.newest
        if self.server.identity is Identity.POST and not self.position:
            self.ledger.begin(newest)
        if newest < self.position:
            _log.warning("server %s: another journal, from its beginning", self.server.id)
            self.ledger.restart()
            self.lanes.forget()
            self._resume()
        page = self._journal.after(self.position, limit=PAGE)
        more = len(page) == PAGE
        reached = max(0 if more else newest, *(entry.sequence for entry in page), self.position)
        if reached > self.position:
            touched = {entry.encounter: entry.sequence for entry in page if entry.encounter != CART}
            closed = {entry.encounter for entry in page if isinstance(entry.body, FileClosed)}
            self.ledger.advance(reached, touched, closed, self.server.batch)
            self.position = reached
            self._open = self.ledger.lanes()
            for lane, last in touched.items():
                self.ledger.follow(lane, self.lanes.derived(lane, last).steps)
                await asyncio.sleep(0)
            self._changed()
        return more

    def _start(self, group: asyncio.TaskGroup) -> float:
        """Start the requests that are due; how long until there may be more."""
        now = asyncio.get_running_loop().time()
        if self.health.not_before > now:
            return self.health.not_before - now
        room = self.server.parallel - len(self._busy)
        later: set[UUID] = set()
        for lane in choose(self._open.values(), self._busy, now, 8 * self.server.parallel) if room > 0 else ():
            request = self._next(lane)
            if isinstance(request, Request) and _heavy(request) and self._crowded():
                later.add(lane.id)
            elif isinstance(request, Request):
                self._turn += 1
                lane = msgspec.structs.replace(lane, turn=self._turn)  # noqa: PLW2901 - the lane, as it is now
                self._open[lane.id] = lane
                self.ledger.sending(request, lane, synced=not self._harmless)
                self._busy[lane.id] = request
                group.create_task(self._carry(request))
                room -= 1
                if room == 0:
                    break
            elif request is Rest.IDLE:
                self._idle(lane)
            else:
                later.add(lane.id)
        if not self._busy and now - self._spoken >= PROBE_SECONDS:
            self._spoken = now
            group.create_task(self._probe())
        if room <= 0:  # the end of a request wakes us
            return POLL_SECONDS
        at = due(self._open.values(), {*self._busy, *later})
        return POLL_SECONDS if at is None else max(0.0, at - now)

    def _next(self, lane: Lane) -> Request | Rest:
        derived = self.lanes.derived(lane.id, lane.newest)
        lines = self.ledger.follow(lane.id, derived.steps)
        in_flight = {step.place for request in self._busy.values() for step in request.steps}
        return next_request(lane, wanted(derived.steps, lines), lines, in_flight, self.server.identity)

    def _crowded(self) -> bool:
        """Whether as many files are under way as may be: what is measured at the bedside finds a way beside them."""
        return sum(_heavy(one) for one in self._busy.values()) >= max(1, self.server.parallel - 1)

    def _idle(self, lane: Lane) -> None:
        self.ledger.rest(msgspec.structs.replace(lane, idle=True))
        del self._open[lane.id]
        self._changed()

    async def _carry(self, request: Request) -> None:
        """Send one request and learn from it."""
        try:
            outcome = await self._client.send(request)
            self._spoken = asyncio.get_running_loop().time()
            situation = Situation(
                lines=self.ledger.lines(request.lane, request.steps),
                lane=self._open[request.lane],
                health=self.health,
                now=asyncio.get_running_loop().time(),
                fraction=self._random(),
            )
            lesson = learn(request, outcome, situation)
            self.ledger.learn(lesson, synced=not self._harmless or _begins(request))
            self._open[request.lane] = lesson.lane
            self._say(request, lesson.health)
        except JournalError as error:
            self._stumble(error)
        finally:
            del self._busy[request.lane]
            self._wake.set()
            self._changed()

    async def _probe(self) -> None:
        """Ask whether the server is there, so that the screen can tell before there is anything to send."""
        outcome = await self._client.probe()
        silent = outcome if isinstance(outcome, Silence) else None
        if not self._busy and self.health.not_before <= asyncio.get_running_loop().time():
            trouble = silent.why.trouble if silent else None
            why, code = (trouble.line, trouble.code) if trouble else ("", "")
            self.health = Health(reachable=silent is None, why=why, code=code)
            self._changed()

    def _say(self, request: Request, health: Health) -> None:
        if health.why and health.why != self.health.why:
            _log.warning("server %s: lane %s: %s %s", self.server.id, request.lane, health.code, health.why)
        self.health = health

    def _stumble(self, error: JournalError) -> None:
        """The journal or the ledger cannot be used now: nothing is lost, it is tried again."""
        _log.warning("server %s: %s: %s", self.server.id, error.code, error)
        until = asyncio.get_running_loop().time() + STORAGE_SECONDS
        self.health = msgspec.structs.replace(self.health, not_before=until, why=error.line, code=error.code)
        self._changed()


def _begins(request: Request) -> bool:
    """Whether it begins an encounter: sent again after the encounter's end, that would undo the end."""
    return any(step.rank is Rank.ENCOUNTER for step in request.steps)


def _heavy(request: Request) -> bool:
    return any(step.attachment for step in request.steps)
