# SPDX-License-Identifier: Apache-2.0
"""Carts and pages as bare WebSockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from doctor.server import Server

TOKEN = "a-cart-token-that-is-long-enough"  # noqa: S105 - opens nothing but a test's own server
SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"


class Wire:
    """One side of a conversation, with a deadline on every word."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def say(self, **message: object) -> None:
        await self.socket.send_json(message)

    async def hear(self, kind: str, deadline: float = 5) -> dict[str, Any]:
        """The next message, which must be of that type (pongs are passed over)."""
        async with asyncio.timeout(deadline):
            while True:
                frame = await self.socket.receive()
                assert frame.type is aiohttp.WSMsgType.TEXT, frame
                message: dict[str, Any] = json.loads(frame.data)
                if message["type"] != "pong":
                    break
        assert message["type"] == kind, message
        return message

    async def closed(self, deadline: float = 6) -> int | None:
        """The code that the other side closed with."""
        async with asyncio.timeout(deadline):
            while not self.socket.closed:
                await self.socket.receive()
        return self.socket.close_code

    async def quiet(self) -> None:
        """Nothing was said before the answer to a ping."""
        await self.say(type="ping", n=77)
        async with asyncio.timeout(5):
            assert json.loads((await self.socket.receive()).data) == {"type": "pong", "n": 77}


@asynccontextmanager
async def cart_wire(server: Server, token: str = TOKEN) -> AsyncIterator[Wire]:
    """A cart that has been welcomed."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{server.origin}/cart", headers=headers) as socket,
    ):
        wire = Wire(socket)
        await wire.hear("welcome")
        yield wire


@asynccontextmanager
async def page_wire(server: Server) -> AsyncIterator[Wire]:
    """A page that has said nothing yet."""
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{server.origin}/doctor") as socket:
        yield Wire(socket)


async def invited(cart: Wire) -> dict[str, Any]:
    await cart.say(type="invite", id="i")
    return await cart.hear("invited")


async def seated(cart: Wire, page: Wire, invitation: dict[str, Any], name: str = "Dr Martin") -> dict[str, Any]:
    """Bring a page in; what ``admitted`` said."""
    await page.say(type="join", room=invitation["room"], code=invitation["code"], name=name)
    await page.hear("waiting")
    knock = await cart.hear("knock")
    assert knock["name"] == name
    invitation |= await cart.hear("invited")
    await cart.say(type="admit", room=invitation["room"], peer=knock["peer"])
    return await page.hear("admitted")
