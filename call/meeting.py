# SPDX-License-Identifier: Apache-2.0
"""The conference that the operator let into the call: sent the room's picture and sound, and heard and shown, until it
is closed. Nothing of it outlives the call, and whatever becomes of it, the doctors' own lines go on.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol

from call.conference import Conference
from call.incoming import Incoming
from call.relays import Choice
from call.whip import Pictures, Voice
from call.wish_leg import Standing
from device.clock import Clock
from device.station.state import ConferencePhase, ConferenceState

log = logging.getLogger(__name__)

AGAIN = 5.0
"""Seconds until a conference that failed as nobody foresaw is made anew."""
ENDING = 15.0
"""Most seconds that one waits for those before to be deleted at the server."""
_FAILED = "La réunion s’est arrêtée. Le chariot la refait."


class Guest(NamedTuple):
    """What a conference has of the call: what it is sent, what is made of what comes, and how it leaves."""

    pictures: Pictures
    voice: Voice
    incoming: Callable[[], Incoming]
    leave: Callable[[], None]


class Make(Protocol):
    """Makes a conference (``call.conference.Conference`` with its server)."""

    def __call__(
        self,
        pictures: Pictures,
        voice: Voice,
        incoming: Callable[[], Incoming],
        *,
        on_change: Callable[[], None],
        choice: Callable[[], Awaitable[Choice]],
    ) -> Conference:
        """A conference that does not run yet."""
        ...


class Meeting:
    """``make`` None: this cart has none. ``choice`` are the cart's relays; ``on_change`` is called at each change."""

    def __init__(
        self,
        make: Make | None,
        choice: Callable[[], Awaitable[Choice]],
        clock: Clock,
        on_change: Callable[[], None],
    ) -> None:
        self._make = make
        self._choice = choice
        self._clock = clock
        self._on_change = on_change
        self._guest: Guest | None = None
        self._conference: Conference | None = None
        self._task: asyncio.Task[None] | None = None
        self._before: set[asyncio.Task[None]] = set()
        self._failed = False
        self._known = ConferenceState(ConferencePhase.ABSENT if make is None else ConferencePhase.CLOSED)

    def open(self, guest: Callable[[], Guest], group: asyncio.TaskGroup) -> None:
        """Let it in; once it is, nothing more happens."""
        if self._make is None or self._guest is not None:
            return
        self._failed = False
        self._guest = guest()
        self._task = group.create_task(self._keep(self._make, self._guest, set(self._before)), name="conference")
        self._before.add(self._task)
        self._task.add_done_callback(self._before.discard)
        self._on_change()

    def close(self) -> None:
        """Send, show and play nothing more, at once. Its sessions are deleted meanwhile."""
        guest, self._guest = self._guest, None
        if guest is None:
            return
        conference, self._conference = self._conference, None
        if conference is not None:
            conference.hush()
        guest.leave()
        if self._task is not None:
            self._task.cancel()
        self._on_change()

    def moved(self) -> None:
        """Links or addresses changed."""
        if self._conference is not None:
            self._conference.moved()

    def state(self, *, shown: bool) -> ConferenceState:
        """How it is; ``shown``: the screen shows what comes from there."""
        phase, line = self._phase()
        known = self._known
        since = known.since if phase is known.phase else self._clock.now()
        self._known = ConferenceState(phase, since, line, shown and phase.lasts)
        return self._known

    def _phase(self) -> tuple[ConferencePhase, str]:
        if self._guest is None:
            return (ConferencePhase.ABSENT if self._make is None else ConferencePhase.CLOSED), ""
        standings = self._conference.standings if self._conference is not None else {}
        return read(standings, failed=self._failed)

    async def _keep(self, make: Make, guest: Guest, before: set[asyncio.Task[None]]) -> None:
        """Run it until cancelled; those before have their sessions deleted first, all of them: one that was closed
        while it waited itself is not what there is to wait for. What fails is made anew."""
        if before:
            await asyncio.wait(before, timeout=ENDING)
        while True:
            conference = make(
                guest.pictures, guest.voice, guest.incoming, on_change=self._on_change, choice=self._choice
            )
            self._conference = conference
            work = asyncio.create_task(conference.run(), name="conference-legs")
            try:
                await asyncio.wait((work,))
            finally:
                conference.hush()
                work.cancel()
                await _ended(work)
                if self._conference is conference:
                    self._conference = None
            self._failed = True
            log.error("CAL-61 the conference failed: %r", work.exception() if not work.cancelled() else None)
            self._on_change()
            await asyncio.sleep(AGAIN)


async def _ended(work: asyncio.Task[None]) -> None:
    """Wait until it has tidied up, within a deadline, also while the whole call is cancelled."""
    ends = time.monotonic() + ENDING
    while not work.done() and (left := ends - time.monotonic()) > 0:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait((work,), timeout=left)


def read(standings: dict[str, Standing], *, failed: bool = False) -> tuple[ConferencePhase, str]:
    """The phase, and what is wrong, of how the legs stand. Pure. It is open when what is sent gets there: whether
    anything comes back is another matter, and has its own line."""
    trouble = next((one.trouble for one in standings.values() if one.trouble is not None), None)
    line = trouble.line if trouble is not None else ""
    sending = standings.get("publish")
    if sending is not None and sending.alive:
        return ConferencePhase.OPEN, line
    if sending is not None and (sending.trouble is not None or sending.dials > 1):
        return ConferencePhase.CUT, line
    return (ConferencePhase.CUT, _FAILED) if failed else (ConferencePhase.OPENING, "")
