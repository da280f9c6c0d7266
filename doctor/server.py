# SPDX-License-Identifier: Apache-2.0
"""The rendezvous server: the doctor's page, the carts' and the pages' WebSockets (docs/signalling.md §1).

Nothing personal is logged: cart and peer identifiers, codes, no names, no addresses, no message.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec
from aiohttp import hdrs, web

from doctor.config import Config
from doctor.errors import Rejected
from doctor.limits import TokenBucket
from doctor.messages import Join, PageMessage, Ping, Pong, Refused, from_cart, from_page
from doctor.room import Page, Room
from doctor.rooms import Denied, Rooms
from doctor.tokens import Signer, cart_of
from doctor.wire import FINISHED, GOING_AWAY, POLICY, Connection, prepared

log = logging.getLogger(__name__)

PAGE = Path(__file__).parent / "page"
RATE, BURST = 20.0, 100.0
"""Messages a second and at once that a connection may send."""
JOIN = 10.0
"""Seconds for a page to say who it is."""
SOCKETS = 512
"""Most WebSockets at once."""
ALIVE = "chevet rendezvous\n"
"""Answered at ``/alive``; docs/signalling.md §1 has it too."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "media-src 'self' blob: mediastream:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'none'"
    ),
    "Permissions-Policy": (
        "camera=(self), microphone=(self), autoplay=(self), fullscreen=(self), geolocation=(), payment=(), usb=(), "
        "serial=(), display-capture=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server(NamedTuple):
    """A server that listens. ``origin`` is where it is reached on its own address."""

    origin: str
    port: int


class Rendezvous:
    """The handlers of one server."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._rooms = Rooms(Signer(config.key), config.relay, config.invitation_minutes * 60)
        self._connections: set[Connection] = set()

    def app(self) -> web.Application:
        """The application, to be run by ``serving``."""
        app = web.Application(client_max_size=16 * 1024)
        app.on_response_prepare.append(self._secure)
        app.on_shutdown.append(self._end)
        app.router.add_get("/cart", self._cart)
        app.router.add_get("/doctor", self._doctor)
        app.router.add_get("/d/{room}", self._page)
        app.router.add_get("/health", self._health)
        app.router.add_get("/alive", self._alive)
        app.router.add_get("/relays", self._relays)
        app.router.add_static("/page", PAGE)
        return app

    async def _secure(self, _: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(HEADERS)
        if self._config.certificate is not None:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"

    async def _end(self, _: web.Application) -> None:
        for connection in self._connections:
            connection.abort(GOING_AWAY)

    async def _health(self, _: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def _alive(self, _: web.Request) -> web.Response:
        """What no captive portal answers, and (its Date) what time it is."""
        return web.Response(text=ALIVE)

    async def _relays(self, request: web.Request) -> web.Response:
        """A technician's look at the relays, with the cart's token: no connection of the cart is disturbed."""
        body = msgspec.json.encode(self._rooms.relays(self._cart_of(request)))
        return web.Response(body=body, content_type="application/json")

    async def _page(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")

    async def _cart(self, request: web.Request) -> web.StreamResponse:
        cart = self._cart_of(request)
        origin = self._config.public or f"{request.scheme}://{request.host}"
        async with self._connected(request) as (socket, connection):
            self._rooms.cart_here(cart, connection)
            log.info("cart %s connected", cart)
            try:
                code = await connection.run(
                    lambda text: self._rooms.from_cart(cart, connection, origin, from_cart(text))
                )
            finally:
                self._rooms.cart_gone(cart, connection)
            log.info("cart %s gone (%d)", cart, code)
            return socket

    def _cart_of(self, request: web.Request) -> str:
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        cart = cart_of(token.strip(), self._config.carts) if scheme.lower() == "bearer" else None
        if cart is None:
            log.warning("a cart with an unknown token was refused")
            raise web.HTTPUnauthorized(headers={hdrs.WWW_AUTHENTICATE: "Bearer"})
        return cart

    async def _doctor(self, request: web.Request) -> web.StreamResponse:
        if not self._same_origin(request):
            raise web.HTTPForbidden
        async with self._connected(request) as (socket, connection):
            seat = _Seat(self._rooms, connection, self._address(request))
            patience = asyncio.get_running_loop().call_later(JOIN, seat.impatient)
            try:
                code = await connection.run(lambda text: seat.receive(from_page(text)))
            finally:
                patience.cancel()
                seat.leave()
            log.info("page %s gone (%d)", seat.peer, code)
            return socket

    @asynccontextmanager
    async def _connected(self, request: web.Request) -> AsyncIterator[tuple[web.WebSocketResponse, Connection]]:
        if len(self._connections) >= SOCKETS:
            raise web.HTTPServiceUnavailable
        socket = prepared()
        await socket.prepare(request)
        connection = Connection(socket, TokenBucket(RATE, BURST))
        self._connections.add(connection)
        try:
            yield socket, connection
        finally:
            self._connections.discard(connection)

    def _same_origin(self, request: web.Request) -> bool:
        origin = request.headers.get(hdrs.ORIGIN)
        return origin is None or urlsplit(origin).netloc in (request.host, urlsplit(self._config.public).netloc)

    def _address(self, request: web.Request) -> str:
        forwarded = request.headers.get("X-Forwarded-For", "") if self._config.behind_proxy else ""
        return forwarded.rpartition(",")[2].strip() or request.remote or ""


class _Seat:
    """A page's place: nowhere until it has joined."""

    def __init__(self, rooms: Rooms, connection: Connection, address: str) -> None:
        self._rooms = rooms
        self._connection = connection
        self._address = address
        self._place: tuple[Room, Page] | None = None

    @property
    def peer(self) -> str:
        """For the log."""
        return self._place[1].peer if self._place else "-"

    def receive(self, message: PageMessage) -> None:
        """Carry out a message; may raise Rejected."""
        if isinstance(message, Ping):
            self._connection.send(Pong(message.n))
        elif self._place is not None:
            room, page = self._place
            if page.post is not self._connection:
                raise Rejected("replaced", "another connection took this place")
            room.from_page(page, message)
        elif isinstance(message, Join):
            self._join(message)
        else:
            raise Rejected("join", "join first")

    def _join(self, message: Join) -> None:
        try:
            self._place = self._rooms.join(self._address, message, self._connection)
        except Denied as denied:
            log.info("a join was refused: %s", denied.code)
            self._connection.send(Refused(denied.code, denied.line))
            self._connection.finish(FINISHED)

    def impatient(self) -> None:
        """Nobody joined in time."""
        if self._place is None:
            self._connection.abort(POLICY)

    def leave(self) -> None:
        """The socket is gone."""
        if self._place is not None:
            room, page = self._place
            room.away(page, self._connection)


@asynccontextmanager
async def serving(config: Config) -> AsyncIterator[Server]:
    """Listen as long as the context lasts; raises ConfigurationError (certificate) or OSError (port)."""
    runner = web.AppRunner(Rendezvous(config).app(), access_log=None, shutdown_timeout=2.0)
    tls = config.tls()
    await runner.setup()
    try:
        site = web.TCPSite(runner, config.host, config.port, ssl_context=tls)
        await site.start()
        port = int(runner.addresses[0][1])
        log.info("listening on port %d", port)
        yield Server(f"{'https' if tls else 'http'}://{config.host}:{port}", port)
    finally:
        await runner.cleanup()


async def run(config: Config, ready: Callable[[Server], None] | None = None) -> None:
    """Serve until cancelled; ``ready`` is called once the port listens."""
    async with serving(config) as server:
        if ready is not None:
            ready(server)
        await asyncio.Event().wait()
