# SPDX-License-Identifier: Apache-2.0
"""A doctor's page for tests, without a browser: joins the real rendezvous server and answers offers with aiortc."""

import asyncio
import contextlib
import hashlib
import json
import ssl
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import msgspec
from aiortc.exceptions import InvalidStateError

from call.call import Call, Cart
from call.rooms import RoomFile
from call.signalling import Pace, Signalling
from device.station.state import CallPhase
from doctor.config import Config
from doctor.server import serving
from tests.call.second import DoctorPeer
from tests.call.stubs import Bell, Desk, Ears, ListJournal, MovingPictures, Snapshots, TestClock, ToneMicrophone

TOKEN = "cart-token"  # noqa: S105 - of a test
FAST = Pace(connect=1.0, socket=0.5, beat=0.3, lost=1.0, pause=(0.05, 0.1), refused=0.2)


class Page:
    """One page: a WebSocket and the newest peer connection."""

    def __init__(self, origin: str, link: str, authority: Path | None = None) -> None:
        self._origin = origin
        self._context = ssl.create_default_context(cafile=authority) if authority else True
        self.room = link.rpartition("/")[2]
        self.resume = ""
        self.name = "Dr Hélène Roux"
        self.got: list[dict[str, object]] = []
        self.peer: DoctorPeer | None = None
        self.peers = 0
        self.beating = True
        self.answers = None
        self.bell = Bell()
        self._http: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def join(self, code: str = "", *, alive: bool = False) -> None:
        """Join with the code, or with the token of an earlier join."""
        self._http = aiohttp.ClientSession()
        self._socket = await self._http.ws_connect(f"{self._origin}/doctor", ssl=self._context)
        greeting = {"type": "join", "room": self.room, "name": self.name, "alive": alive}
        await self._socket.send_json({**greeting, **({"resume": self.resume} if self.resume else {"code": code})})
        self._tasks += [asyncio.create_task(self._listen(self._socket)), asyncio.create_task(self._beat())]

    async def say(self, kind: str, **fields: object) -> None:
        await self._socket.send_json({"type": kind, **fields})

    def heard(self, kind: str) -> bool:
        return any(message["type"] == kind for message in self.got)

    async def reload(self) -> None:
        """The browser reloads: everything but the token is gone, without a word."""
        await self.vanish()
        await self.join()

    async def vanish(self) -> None:
        """The page is gone without a word: no RTCP BYE, no close of DTLS, as when a laptop loses its network."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        if self._http is not None:
            await self._http.close()
        if self.peer is not None:
            peer, self.peer = self.peer, None
            await peer.vanish()

    async def reconnect(self) -> None:
        """Only the WebSocket is lost; the peer connection beats on."""
        peer, self.peer = self.peer, None
        await self.vanish()
        self.peer = peer
        await self.join(alive=True)
        await self.bell.until(lambda: self.got[-1]["type"] != "pong" or self.heard("pong"))

    async def close(self) -> None:
        await self.vanish()

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            message = json.loads(frame.data)
            self.got.append(message)
            match message["type"]:
                case "waiting" | "admitted":
                    self.resume = message["resume"]
                case "offer":
                    await (self.answers or self._answer)(message)
            self.bell.ring()

    async def _answer(self, offer: dict[str, object]) -> None:
        old, self.peer = self.peer, DoctorPeer()
        self.peers += 1
        answer = await self.peer.answer(offer["sdp"])
        await self.say("answer", call=offer["call"], sdp=answer)
        if old is not None:
            await old.vanish()

    async def _beat(self) -> None:
        count = 0
        while True:
            await self.say("ping", n=count)
            peer = self.peer
            if self.beating and peer is not None and "chevet" in peer.channels:
                count += 1
                with contextlib.suppress(aiohttp.ClientError, ConnectionError, InvalidStateError):
                    peer.say({"type": "beat", "n": count})
            await asyncio.sleep(0.3)


class Server:
    """The real rendezvous server, that can be restarted on its port."""

    def __init__(self) -> None:
        self._config = Config(key=b"k" * 32, carts={"cart-1": hashlib.sha256(TOKEN.encode()).hexdigest()}, port=0)
        self._stack = AsyncExitStack()
        self.origin = ""

    async def start(self) -> None:
        server = await self._stack.enter_async_context(serving(self._config))
        self.origin = server.origin
        self._config = msgspec.structs.replace(self._config, port=server.port)

    async def stop(self) -> None:
        await self._stack.aclose()

    async def restart(self) -> None:
        await self.stop()
        await self.start()


@asynccontextmanager
async def carts(tmp_path, conference=None):
    """A rendezvous server and a cart with a call that runs."""
    server = Server()
    await server.start()
    try:
        async with running(make_cart(server, tmp_path, conference=conference)) as cart:
            try:
                yield cart
            finally:
                for page in cart.pages:
                    await page.close()
    finally:
        await server.stop()


@asynccontextmanager
async def running(cart):
    """A call that runs."""
    cart.running = asyncio.create_task(cart.call.run())
    try:
        yield cart
    finally:
        cart.call.hang_up()
        cart.running.cancel()
        await asyncio.gather(cart.running, return_exceptions=True)


def make_cart(server: Server, tmp_path, authority: Path | None = None, conference=None):
    """A cart whose call does not run yet."""
    bell = Bell()
    views, journal, desk, ears = Snapshots(), ListJournal(), Desk(bell), Ears(bell)
    pictures, microphone = MovingPictures(), ToneMicrophone()
    states: list = []
    networks: list = []
    soundings: list = []
    clock = TestClock()
    parts = Cart(pictures, microphone, ears, ears, journal, views, desk, desk, RoomFile(tmp_path / "room.json"), clock)
    call = Call(
        parts,
        lambda on_message, on_change: Signalling(
            server.origin, TOKEN, clock, on_message, on_change, pace=FAST, authority=authority
        ),
        lambda state: (states.append(state), bell.ring()),
        lambda network: (networks.append(network), bell.ring()),
        ring="/ring",
        authority=authority,
        on_relays=lambda found: (soundings.append(found), bell.ring()),
        conference=conference,
    )

    async def settled() -> set[str]:
        """What still runs of the call a few seconds after it should all have ended."""
        names = {"line", "peer", "beat", "entries", "views", "captures", "doctor-picture", "doctor-voice", "close"}
        tasks = [task for task in asyncio.all_tasks() if task.get_name() in names]
        if not tasks:
            return set()
        _, pending = await asyncio.wait(tasks, timeout=5)
        return {task.get_name() for task in pending}

    return SimpleNamespace(
        settled=settled,
        pages=[],
        server=server,
        bell=bell,
        call=call,
        views=views,
        journal=journal,
        desk=desk,
        ears=ears,
        pictures=pictures,
        microphone=microphone,
        states=states,
        networks=networks,
        soundings=soundings,
    )


async def reached(cart, check, seconds: float = 10.0) -> None:
    """Wait for the call's state."""
    await cart.bell.until(lambda: check(cart.call.state), seconds)


async def knocking(cart, name: str = "Dr Hélène Roux") -> Page:
    """A doctor with the code of the moment."""
    page = Page(cart.server.origin, cart.call.state.link)
    page.name = name
    cart.pages.append(page)
    await page.join(cart.call.state.code)
    await page.bell.until(lambda: page.heard("waiting"))
    return page


async def connected(cart) -> Page:
    """A doctor who was invited, knocked and was let in."""
    await reached(cart, lambda state: state.phase is CallPhase.WAITING)
    page = await knocking(cart)
    await reached(cart, lambda state: state.knocking)
    cart.call.admit(cart.call.state.knocking[0].peer)
    await reached(cart, lambda state: state.phase is CallPhase.CONNECTED)
    return page
