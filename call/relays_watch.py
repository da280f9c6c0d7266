# SPDX-License-Identifier: Apache-2.0
"""Which relay is used now: all are sounded side by side at the start, whenever the network changes, and now and then.

Whoever dials asks for the ``choice`` and waits a moment at most for a sounding under way: never for a dead address.
"""

import asyncio
import contextlib
import logging
import math
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from call.messages import IceServer
from call.names import Names
from call.relays import Choice, Relay, Sounding, Trouble, Way, choose, relays, settled
from call.relays_probe import sound
from device.errors import ConfigurationError

log = logging.getLogger(__name__)

MOST = 16
"""Most addresses that are sounded."""
GRACE = 0.3
"""Seconds after the first relay that answers in which a better way may still win."""
PATIENCE = 1.0
"""Most seconds that a dial waits for a sounding under way."""
ROUTINE, ANXIOUS = 300.0, 30.0
"""Seconds until all are sounded again, and while one does not answer."""

Key = tuple[Way, str, int]


class Relays:
    """``authority`` (PEM) is believed beside the system's authorities. ``on_change`` gets the newest soundings, in the
    event loop; ``ask`` is called when credentials are to be renewed."""

    def __init__(
        self,
        authority: Path | None = None,
        on_change: Callable[[tuple[Sounding, ...]], None] = lambda _: None,
        ask: Callable[[], object] = lambda: None,
    ) -> None:
        self._authority = authority
        self._on_change = on_change
        self._ask = ask
        self._relays: dict[Key, Relay] = {}
        self._found: dict[Key, Sounding] = {}
        self._ready = asyncio.Event()
        self._ready.set()
        self._again = asyncio.Event()
        self._names = Names()
        self._asked = -math.inf
        self._context: ssl.SSLContext | None = None

    @property
    def soundings(self) -> tuple[Sounding, ...]:
        """The newest of each server, with its present credentials."""
        present = self._relays
        return tuple(msgspec.structs.replace(s, relay=present[key]) for key, s in self._found.items() if key in present)

    def learn(self, ice: Iterable[IceServer]) -> None:
        """The server's newest list: other addresses are sounded at once, new credentials alone only if old ones were
        refused."""
        found, unreadable = relays(ice)
        if unreadable:
            log.warning("CAL-13 a relay's address cannot be read")
        before, self._relays = self._relays, {(one.way, one.host, one.port): one for one in found[:MOST]}
        refused = any(one.trouble is Trouble.REFUSED for one in self._found.values())
        if before.keys() != self._relays.keys() or (refused and before != self._relays):
            self.renew()

    def renew(self) -> None:
        """The network changed: nothing that was found holds any more."""
        self._names.renew()
        self._found = {}
        if self._relays:
            self._ready.clear()
        self._again.set()

    def doubt(self) -> None:
        """A path died: sound again; what was found is used until something else is."""
        self._again.set()

    async def choice(self, within: float = PATIENCE) -> Choice:
        """What to use now; what is not known within ``within`` seconds is not waited for."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._ready.wait()
        return choose(self.soundings)._replace(context=self._context)

    async def run(self) -> None:
        """Sound for ever. Raises ConfigurationError when the authority's file cannot be used."""
        context = self._context = await asyncio.to_thread(believing, self._authority)
        self._names = Names()
        again = asyncio.create_task(self._again.wait(), name="relays-again")
        try:
            while True:
                self._again.clear()
                if not again.done():
                    again.cancel()
                again = asyncio.create_task(self._again.wait(), name="relays-again")
                await self._round(context, again)
                anxious = any(one.trouble is not None for one in self._found.values())
                await asyncio.wait((again,), timeout=ANXIOUS if anxious else ROUTINE)
        finally:
            again.cancel()
            self._ready.set()
            await self._names.close()

    async def _round(self, context: ssl.SSLContext, again: asyncio.Task[bool]) -> None:
        """Sound every server side by side; given up as soon as the network changes ``again``."""
        loop = asyncio.get_running_loop()
        pending = {asyncio.create_task(sound(one, self._names, context)) for one in self._relays.values()}
        grace: asyncio.TimerHandle | None = None
        try:
            while pending:
                await asyncio.wait((*pending, again), return_when=asyncio.FIRST_COMPLETED)
                if again.done():
                    return
                for task in [one for one in pending if one.done()]:
                    pending.discard(task)
                    found = task.result()
                    self._found[found.relay.way, found.relay.host, found.relay.port] = found
                if settled(self.soundings):
                    self._ready.set()
                elif grace is None and choose(self.soundings).relay is not None:
                    grace = loop.call_later(GRACE, self._ready.set)
            self._ready.set()
            self._told()
        finally:
            if grace is not None:
                grace.cancel()
            for task in pending:
                task.cancel()
            if pending:
                await asyncio.wait(pending)

    def _told(self) -> None:
        now = asyncio.get_running_loop().time()
        refused = any(one.trouble is Trouble.REFUSED for one in self.soundings)
        if now - self._asked >= (ANXIOUS if refused else ROUTINE):
            self._asked = now
            self._ask()
        self._on_change(self.soundings)


def believing(authority: Path | None) -> ssl.SSLContext:
    """The system's authorities, and ours: a relay carries what is encrypted end to end. Raises ConfigurationError."""
    context = ssl.create_default_context()
    try:
        if authority is not None:
            context.load_verify_locations(authority)
    except OSError as error:
        line = "Le certificat du serveur d’appel est absent de ce chariot. Prévenez l’assistance."
        raise ConfigurationError(21, line, f"{authority}: {error}") from error
    return context
