# SPDX-License-Identifier: Apache-2.0
"""The cart's WebSocket to the rendezvous server: always there, or coming back (docs/signalling.md §1).

It is also the cart's best view of the network: ``Network`` says since when the server answers, or why it does not.
Nothing waits for it: what cannot be sent now is refused, and the call dials again when the server is back. It is back
within a second of the way to the server: a dark way is knocked at every 0.4 s, and ``moved`` begins afresh at once.
"""

import asyncio
import contextlib
import logging
import math
import random
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import msgspec
from yarl import URL

from call.dark import light
from call.diagnosis import portal
from call.messages import LONGEST, FromServer, Ping, Pong, ToServer, Welcome, decode, encode
from call.names import Names
from call.netlink import Reach
from call.trouble import explain
from device.clock import Clock, Instant
from device.errors import CallError, ConfigurationError, MessageError
from device.station.state import Notice

log = logging.getLogger(__name__)

QUEUE = 64
"""Most messages waiting to go out."""
_POLICY = 1008
_VAGUE = ("CAL-03", "CAL-04")
"""Unreachable and silent: what an attempt says of a dozen troubles, now one and now the other."""


class Network(msgspec.Struct, frozen=True):
    """Whether the rendezvous server answers, since when, and why not."""

    online: bool
    since: Instant
    notice: Notice | None = None


class Pace(msgspec.Struct, frozen=True):
    """Deadlines and pauses, in seconds."""

    connect: float = 4.0
    socket: float = 1.5
    beat: float = 1.0
    lost: float = 3.0
    doubtful: float = 1.2
    pause: tuple[float, float] = (0.1, 0.5)
    refused: float = 5.0
    look: float = 10.0


class Signalling:
    """``url`` is the server's (http, https, ws or wss), ``token`` this cart's, ``authority`` a CA file (PEM) or None
    for the system's. ``on_message`` and ``on_change`` are called in the event loop and must not wait. ``look`` finds
    out more of a trouble (``call.diagnosis``) while the next attempts go on."""

    def __init__(  # noqa: PLR0913 - each is a fact of the installation or a way out
        self,
        url: str,
        token: str,
        clock: Clock,
        on_message: Callable[[FromServer], None],
        on_change: Callable[[Network], None],
        *,
        authority: Path | None = None,
        pace: Pace | None = None,
        look: Callable[[CallError], Awaitable[CallError]] | None = None,
    ) -> None:
        self._url = URL(url.rstrip("/") + "/cart")
        self._headers = {"Authorization": f"Bearer {token}"}
        self._clock = clock
        self._on_message = on_message
        self._on_change = on_change
        self._authority = authority
        self._pace = pace or Pace()
        self._look = look
        self._looking: asyncio.Task[None] | None = None
        self._looked = -math.inf
        self._known: tuple[str, CallError] | None = None
        self._queue: asyncio.Queue[ToServer] = asyncio.Queue(QUEUE)
        self._names = Names()
        self._dark = False
        self._moved = asyncio.Event()
        self._limit: asyncio.Timeout | None = None
        self._here = ""
        self.epoch = 0
        self.network = Network(online=False, since=clock.now())

    @property
    def online(self) -> bool:
        """Whether the server answers now."""
        return self.network.online

    def send(self, message: ToServer) -> bool:
        """Send a message now; False when the server is away or too slow to take it."""
        if not self.online:
            return False
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            log.warning("signalling is too slow: %s dropped", type(message).__name__)
            return False
        return True

    def moved(self, now: Reach) -> None:
        """Links or addresses changed: an attempt under way begins afresh; a connection has to answer soon, or ends at
        once when its own address is no more and there are others."""
        self._names.renew()
        self._known, self._looked = None, -math.inf
        self._moved.set()
        if self._limit is None:
            return
        gone = bool(now.addresses) and not now.has(self._here)
        soon = asyncio.get_running_loop().time() + (0.0 if gone else self._pace.doubtful)
        self._limit.reschedule(min(soon, self._limit.when() or soon))
        self.send(Ping(0))

    async def run(self) -> None:
        """Keep the connection, for ever. Raises ConfigurationError when the CA file cannot be used."""
        if self.online:
            self._publish(Network(online=False, since=self._clock.now()))
        context = await asyncio.to_thread(trusted, self._authority)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._pace.socket)
        self._names = Names()
        connector = aiohttp.TCPConnector(resolver=self._names, use_dns_cache=False)
        try:
            follows = aiohttp.TraceConfig()
            follows.on_request_redirect.append(_elsewhere)
            async with aiohttp.ClientSession(timeout=timeout, connector=connector, trace_configs=[follows]) as session:
                while True:
                    trouble = await self._once(session, context)
                    self._offline(trouble)
                    pause = random.uniform(*self._pace.pause)  # noqa: S311 - spreads reconnections, guards nothing
                    await self._rest(pause if trouble.retry else self._pace.refused)
        finally:
            if self._looking is not None:
                self._looking.cancel()
                await asyncio.wait((self._looking,))
            await self._names.close()

    async def _rest(self, seconds: float) -> None:
        """A pause that ends when the network changes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._moved.wait()

    async def _once(self, session: aiohttp.ClientSession, context: ssl.SSLContext) -> CallError:
        """One connection, until it ends; why it ended."""
        line = None
        try:
            async with await self._connected(session, context) as connection:
                self._dark = False
                line = connection.get_extra_info("socket")
                await self._talk(connection)
        except (aiohttp.ClientError, OSError, TimeoutError, MessageError, CallError) as error:
            self._dark = isinstance(error, TimeoutError)
            return explain(error, clock_trusted=self._clock.now().trusted)
        finally:
            if line is not None:  # or what was not sent yet would keep it for minutes, on a way that is dead
                with contextlib.suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)
        return explain(ConnectionError("closed"), clock_trusted=True)

    async def _connected(
        self, session: aiohttp.ClientSession, context: ssl.SSLContext
    ) -> aiohttp.ClientWebSocketResponse:
        """A connection, begun afresh whenever the network changes meanwhile."""
        while True:
            self._moved.clear()
            connecting = asyncio.create_task(self._connect(session, context), name="signalling-connect")
            moving = asyncio.create_task(self._moved.wait(), name="signalling-moved")
            try:
                await asyncio.wait((connecting, moving), return_when=asyncio.FIRST_COMPLETED)
                if connecting.done():
                    return connecting.result()
            finally:
                connecting.cancel()
                moving.cancel()
                await asyncio.gather(connecting, moving, return_exceptions=True)

    async def _connect(
        self, session: aiohttp.ClientSession, context: ssl.SSLContext
    ) -> aiohttp.ClientWebSocketResponse:
        async with asyncio.timeout(self._pace.connect):
            if self._dark:
                await light(await self._names.addresses(self._url.host or ""), self._url.port or 443)
            return await session.ws_connect(
                self._url,
                headers=self._headers,
                ssl=context,
                max_msg_size=LONGEST,
                timeout=aiohttp.ClientWSTimeout(ws_close=0.2),
            )

    async def _talk(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()
        self._here = str((connection.get_extra_info("sockname") or ("",))[0])
        writer = asyncio.create_task(self._write(connection), name="signalling-writer")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._pace.lost) as self._limit:
                while True:
                    frame = await connection.receive()
                    if frame.type is not aiohttp.WSMsgType.TEXT:
                        raise _closed(connection.close_code)
                    self._limit.reschedule(loop.time() + self._pace.lost)
                    self._receive(decode(frame.data))
        except MessageError:
            await connection.close(code=_POLICY)
            raise
        finally:
            self._limit = None
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, aiohttp.ClientError, OSError):
                await writer

    def _receive(self, message: FromServer) -> None:
        match message:
            case Pong():
                return
            case Welcome():
                self.epoch += 1
                self._publish(Network(online=True, since=self._clock.now()))
        self._on_message(message)

    async def _write(self, connection: aiohttp.ClientWebSocketResponse) -> None:
        beat = 0
        while True:
            try:
                async with asyncio.timeout(self._pace.beat):
                    message = await self._queue.get()
            except TimeoutError:
                beat += 1
                message = Ping(beat)
            await connection.send_str(encode(message))

    def _offline(self, trouble: CallError) -> None:
        if self.network.online:
            self._known = None
            self._looked = -math.inf
        self._find_out(trouble)
        self._say(trouble)

    def _say(self, trouble: CallError) -> None:
        about, known = self._known or ("", trouble)
        if trouble.code not in {about, *_VAGUE}:
            known = trouble
        notice = Notice(known.code, known.line)
        if not self.network.online and self.network.notice == notice:
            return
        log.warning("%s %s", known.code, known)
        since = self._clock.now() if self.network.online else self.network.since
        self._publish(Network(online=False, since=since, notice=notice))

    def _find_out(self, trouble: CallError) -> None:
        """Look closer at what is in the way, now and then, while the attempts go on."""
        now = asyncio.get_running_loop().time()
        if self._looking is not None and self._looking.done():
            done, self._looking = self._looking, None
            done.result()
        if self._look is None or self._looking is not None or now - self._looked < self._pace.look:
            return
        self._looked = now
        self._looking = asyncio.create_task(self._look_closer(self._look, trouble), name="signalling-look")

    async def _look_closer(self, look: Callable[[CallError], Awaitable[CallError]], trouble: CallError) -> None:
        """What is found is said in the place of what an attempt alone can tell, unless that tells more."""
        self._known = trouble.code, await look(trouble)
        if not self.online:
            self._say(trouble)

    def _publish(self, network: Network) -> None:
        self.network = network
        self._on_change(network)


async def _elsewhere(*_: object) -> None:
    """A redirection is never followed: the server has none, and a portal's page is nothing to us."""
    raise portal("redirected")


def _closed(code: int | None) -> CallError:
    return CallError(
        4, "Le serveur d’appel ne répond plus. Le chariot réessaie tout seul.", f"closed {code}", retry=True
    )


def trusted(authority: Path | None) -> ssl.SSLContext:
    """Who is believed: ``authority`` alone, or the system's. Raises ConfigurationError."""
    try:
        return ssl.create_default_context(cafile=authority)
    except OSError as error:
        line = "Le certificat du serveur d’appel est absent de ce chariot. Prévenez l’assistance."
        raise ConfigurationError(21, line, f"{authority}: {error}") from error
