# SPDX-License-Identifier: Apache-2.0
"""One leg to a conference server, publishing or playing: dials, watches, dials again, until it is cancelled.

A server restarts without a word, and aiortc notices after half a minute. So a leg is dead when no packet came for
``SILENCE`` seconds; the answer is always another session. The one before is deleted, also when that was not possible
at the time: then before the next offer.
"""

import asyncio
import contextlib
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from call.relays import Choice
from call.wish import Endpoint
from call.wish_answers import Created, Declined
from call.wish_peer import OURS, End, WishPeer, lost
from call.wish_relays import named
from call.wish_sdp import chosen, fragment, kinds, taken, trickles
from device.errors import CallError, ChevetError

log = logging.getLogger(__name__)

CONNECT = 15.0
"""Seconds from a dial to a connection that stands."""
SILENCE = 6.0
"""Seconds without a packet from the server."""
ORPHAN = 4.0
"""Seconds that an offer which was given up may still be answered."""
GLANCE = 1.0
STEADY = 20.0
"""Seconds that a leg has to stand for its failures before to be forgotten."""
PAUSE, LONGEST_PAUSE = 0.5, 30.0
STALE = 8
"""Sessions that are remembered to be deleted."""


class Standing(msgspec.Struct, frozen=True):
    """Whether the leg stands, why not, how often it was dialled, and how long ago (monotonic) it stood or fell."""

    alive: bool = False
    trouble: ChevetError | None = None
    dials: int = 0
    since: float = 0.0


class Kept(Protocol):
    """Remembers sessions that were not deleted yet, over a restart of the process."""

    def get(self) -> tuple[str, ...]:
        """Their URLs."""
        ...

    def put(self, locations: tuple[str, ...]) -> None:
        """Keep these."""
        ...


class Pace(msgspec.Struct, frozen=True):
    """Deadlines and pauses, in seconds."""

    connect: float = CONNECT
    silence: float = SILENCE
    glance: float = GLANCE
    pause: float = PAUSE


def pause(failures: int, after: float, pace: Pace, chance: float) -> float:
    """Seconds until the next dial: twice as long each time, a fifth more or less by ``chance`` (0 to 1), and never less
    than the server asked for."""
    grown = min(LONGEST_PAUSE, pace.pause * 2.0 ** min(failures, 16))
    return max(after, grown * (0.8 + 0.4 * chance))


class Leg:
    """``end`` makes what goes out or comes in, anew for each dial; ``choice`` are the cart's own relays; ``on_change``
    is told of each new standing."""

    def __init__(  # noqa: PLR0913 - the parts of a leg
        self,
        name: str,
        endpoint: Endpoint,
        end: Callable[[], End],
        on_change: Callable[[Standing], None] = lambda _: None,
        *,
        choice: Callable[[], Awaitable[Choice]] | None = None,
        kept: Kept | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.name = name
        self._endpoint = endpoint
        self._end = end
        self._on_change = on_change
        self._choice = choice
        self._kept = kept
        self._pace = pace or Pace()
        self._stale: list[str] = []
        self._again = asyncio.Event()
        self._peer: WishPeer | None = None
        self._said = ""
        self._hushed = False
        self._stood = math.inf
        self._posting: asyncio.Task[Created | Declined] | None = None
        self.standing = Standing()

    def moved(self) -> None:
        """Links or addresses changed: a pause ends, and what stands is made anew."""
        self._again.set()
        if self._peer is not None:
            self._peer.failed.set()

    def hush(self) -> None:
        """Send, show and play nothing more, for good: what remains is to cancel ``run``."""
        self._hushed = True
        if self._peer is not None:
            self._peer.hush()

    async def run(self) -> None:
        """Keep the leg, until cancelled; once hushed, wait for that."""
        if self._kept is not None:
            self._stale = list(await asyncio.to_thread(self._kept.get))[-STALE:]
        failures = 0
        try:
            while True:
                self._again.clear()
                self._stood = math.inf
                refusal = await self._once()
                failures = 0 if time.monotonic() - self._stood > STEADY else failures + 1
                self._told(alive=False, trouble=refusal.error)
                self._say(refusal.error)
                chance = random.random()  # noqa: S311 - spreads dials, guards nothing
                if self._hushed:
                    await asyncio.Event().wait()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause(failures - 1, refusal.after, self._pace, chance)):
                        await self._again.wait()
        finally:
            self._told(alive=False, trouble=None)
            await self._settle()
            await self._sweep()
            await self._endpoint.close()

    def _say(self, error: ChevetError) -> None:
        """Logged when it is another trouble than the last one: a server that is away for days fills no log."""
        known, self._said = self._said == error.code, error.code
        log.log(logging.DEBUG if known else logging.WARNING, "%s %s: %s", error.code, self.name, error)

    async def _once(self) -> Declined:
        """One dial, and the connection until it ends; why it ended."""
        await self._sweep()
        self.standing = msgspec.structs.replace(self.standing, dials=self.standing.dials + 1)
        peers: list[WishPeer] = []
        try:
            async with asyncio.timeout(self._pace.connect):
                refusal = await self._dial(peers)
            if refusal is None:
                refusal = await self._watch(peers[-1])
                self._told(alive=False, trouble=refusal.error)
        except TimeoutError:
            return Declined(lost(f"not connected within {self._pace.connect:g} s"))
        except CallError as error:
            return Declined(error)
        else:
            return refusal
        finally:
            self._peer = None
            for peer in peers:
                peer.hush()
            try:
                await self._settle()
                await self._sweep()
            finally:
                for peer in peers:
                    await peer.close()

    async def _dial(self, peers: list[WishPeer]) -> Declined | None:
        """Offer, and wait for the connection. Raises CallError."""
        choice = await self._choice() if self._choice is not None else Choice()
        peer = self._begin(peers, choice, OURS)
        sdp = await peer.offer()
        self._posting = asyncio.create_task(self._endpoint.post(sdp), name="offer")
        session = await asyncio.shield(self._posting)
        if isinstance(session, Declined):
            if session.location:
                await self._note(session.location)
            return session
        await self._note(session.location)
        late: list[str] = []
        if session.counter:
            await peers.pop().close()
            offered = kinds(taken(chosen(session.sdp)))
            peer = self._begin(peers, await named(session.ice, choice), offered)
            refusal = await self._endpoint.answer(session, await peer.answer(session.sdp))
            if refusal is not None:
                return refusal
        else:
            if choice.relay is None and session.ice:
                late = await peer.late(await named(session.ice, choice))
            await peer.answered(session.sdp)
        if not session.counter and (session.etag or trickles(session.sdp)):
            await self._endpoint.trickle(session, fragment(sdp, late))
        await _first(peer.connected, peer.failed)
        return None if peer.connected.is_set() else Declined(lost("the connection failed"))

    def _begin(self, peers: list[WishPeer], choice: Choice, offered: tuple[str, ...]) -> WishPeer:
        peer = self._peer = WishPeer(self._end(), choice, offered)
        peers.append(peer)
        if self._hushed:
            peer.hush()
        return peer

    async def _settle(self) -> None:
        """An offer that was given up while the server answered it may have made a session all the same."""
        posting = self._posting
        if posting is None:
            return
        await asyncio.wait((posting,), timeout=ORPHAN)
        self._posting = None
        made = posting.result() if posting.done() else None
        posting.cancel()
        if made is not None and made.location and made.location not in self._stale:
            await self._note(made.location)

    async def _watch(self, peer: WishPeer) -> Declined:
        """Until it fails, or falls silent."""
        self._said, self._stood = "", time.monotonic()
        self._told(alive=True, trouble=None)
        count, heard = -1, time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._pace.glance):
                    await peer.failed.wait()
                    return Declined(lost("the connection ended"))
            peer.follow()
            now, packets = time.monotonic(), await peer.packets()
            if packets != count:
                count, heard = packets, now
            elif now - heard > self._pace.silence:
                return Declined(lost(f"no packet for {self._pace.silence:g} s"))

    async def _note(self, location: str) -> None:
        """A session that has to be deleted."""
        self._stale = [*self._stale, location][-STALE:]
        await self._keep()

    async def _sweep(self) -> None:
        """Delete what is left of sessions before; what cannot be reached is tried again with the next dial."""
        if not self._stale:
            return
        gone = await asyncio.gather(*(self._endpoint.delete(one) for one in self._stale))
        self._stale = [one for one, done in zip(self._stale, gone, strict=True) if not done]
        await self._keep()

    async def _keep(self) -> None:
        if self._kept is not None:
            await asyncio.to_thread(self._kept.put, tuple(self._stale))

    def _told(self, *, alive: bool, trouble: ChevetError | None) -> None:
        self.standing = Standing(alive, trouble, self.standing.dials, time.monotonic())
        self._on_change(self.standing)


async def _first(*events: asyncio.Event) -> None:
    """Wait for one of ``events``."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
