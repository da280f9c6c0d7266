# SPDX-License-Identifier: Apache-2.0
"""The cart's WebSocket to the rendezvous server: always there, or coming back (docs/signalling.md §1).

It is also the cart's best view of the network: ``Network`` says since when the server answers, or why it does not.
Nothing waits for it: what cannot be sent now is refused, and the call dials again when the server is back.
"""

import asyncio
import contextlib
import logging
import random
import ssl
from collections.abc import Callable
from pathlib import Path

import aiohttp
import msgspec

from call.messages import LONGEST, FromServer, Ping, Pong, ToServer, Welcome, decode, encode
from call.trouble import explain
from device.clock import Clock, Instant
from device.errors import CallError, ConfigurationError, MessageError
from device.station.state import Notice

log = logging.getLogger(__name__)

QUEUE = 64
"""Most messages waiting to go out."""
_POLICY = 1008


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
    pause: tuple[float, float] = (0.2, 0.7)
    refused: float = 5.0


class Signalling:
    """``url`` is the server's (http, https, ws or wss), ``token`` this cart's, ``authority`` a CA file (PEM) or None
    for the system's. ``on_message`` and ``on_change`` are called in the event loop and must not wait."""

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
    ) -> None:
        self._url = url.rstrip("/") + "/cart"
        self._headers = {"Authorization": f"Bearer {token}"}
        self._clock = clock
        self._on_message = on_message
        self._on_change = on_change
        self._authority = authority
        self._pace = pace or Pace()
        self._queue: asyncio.Queue[ToServer] = asyncio.Queue(QUEUE)
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

    async def run(self) -> None:
        """Keep the connection, for ever. Raises ConfigurationError when the CA file cannot be used."""
        if self.online:
            self._publish(Network(online=False, since=self._clock.now()))
        context = await asyncio.to_thread(_context, self._authority)
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._pace.socket)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                trouble = await self._once(session, context)
                self._offline(trouble)
                pause = random.uniform(*self._pace.pause)  # noqa: S311 - spreads reconnections, guards nothing
                await asyncio.sleep(pause if trouble.retry else self._pace.refused)

    async def _once(self, session: aiohttp.ClientSession, context: ssl.SSLContext) -> CallError:
        """One connection, until it ends; why it ended."""
        try:
            async with asyncio.timeout(self._pace.connect):
                socket = await session.ws_connect(
                    self._url,
                    headers=self._headers,
                    ssl=context,
                    max_msg_size=LONGEST,
                    timeout=aiohttp.ClientWSTimeout(ws_close=0.2),
                )
            async with socket:
                await self._talk(socket)
        except (aiohttp.ClientError, OSError, TimeoutError, MessageError, CallError) as error:
            return explain(error, clock_trusted=self._clock.now().trusted)
        return explain(ConnectionError("closed"), clock_trusted=True)

    async def _talk(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while not self._queue.empty():
            self._queue.get_nowait()
        writer = asyncio.create_task(self._write(socket), name="signalling-writer")
        try:
            while True:
                frame = await socket.receive(timeout=self._pace.lost)
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    raise _closed(socket.close_code)
                self._receive(decode(frame.data))
        except MessageError:
            await socket.close(code=_POLICY)
            raise
        finally:
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, aiohttp.ClientError, OSError):
                await writer

    def _receive(self, message: FromServer) -> None:
        match message:
            case Pong():
                return
            case Welcome():
                self._publish(Network(online=True, since=self._clock.now()))
        self._on_message(message)

    async def _write(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        beat = 0
        while True:
            try:
                async with asyncio.timeout(self._pace.beat):
                    message = await self._queue.get()
            except TimeoutError:
                beat += 1
                message = Ping(beat)
            await socket.send_str(encode(message))

    def _offline(self, trouble: CallError) -> None:
        notice = Notice(trouble.code, trouble.line)
        if not self.network.online and self.network.notice == notice:
            return
        log.warning("%s %s", trouble.code, trouble)
        since = self._clock.now() if self.network.online else self.network.since
        self._publish(Network(online=False, since=since, notice=notice))

    def _publish(self, network: Network) -> None:
        self.network = network
        self._on_change(network)


def _closed(code: int | None) -> CallError:
    return CallError(
        4, "Le serveur d’appel ne répond plus. Le chariot réessaie tout seul.", f"closed {code}", retry=True
    )


def _context(authority: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=authority)
    except OSError as error:
        line = "Le certificat du serveur d’appel est absent de ce chariot. Prévenez l’assistance."
        raise ConfigurationError(21, line, f"{authority}: {error}") from error
