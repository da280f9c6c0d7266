# SPDX-License-Identifier: Apache-2.0
"""WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep) in front of the videoroom of a real Janus.

What is published in a room is a publisher of Janus's room, who plays is a subscriber. A subscriber gets its offer from
Janus (1.1.2 takes none), so an offer to play is answered by 406 with Janus's own, as simple-whep-server of Janus's
makers does. For tests and the demonstration: one bearer token for all, and nothing limits who may publish where.
"""

import asyncio
import contextlib
import itertools
import secrets
from typing import NamedTuple

from aiohttp import web
from aiohttp.typedefs import Handler

from virtual.whip.janus import Body, Janus, JanusError

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
AGAIN = "1"
"""Seconds until a player is to ask again for a room without a publisher."""


class Session(NamedTuple):
    """A WHIP or WHEP session: its handle in Janus, its entity-tag."""

    handle: int
    etag: str


class Front:
    """The two endpoints of every room of the Janus at ``url``; ``token`` is asked of everybody."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._janus: Janus | None = None
        self._opening = asyncio.Lock()
        self._names = itertools.count(1)
        self.sessions: dict[str, Session] = {}
        self.trickled = 0
        self.application = web.Application(middlewares=[self._guard])
        self.application.router.add_route("POST", "/whip/{room:\\d+}", self._publish)
        self.application.router.add_route("POST", "/whep/{room:\\d+}", self._play)
        self.application.router.add_route("OPTIONS", "/{kind:whip|whep}/{room:\\d+}", self._options)
        self.application.router.add_route("PATCH", "/session/{name}", self._patch)
        self.application.router.add_route("DELETE", "/session/{name}", self._delete)
        self.application.on_cleanup.append(self._close)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """The token, and what Janus does not want or is not there for."""
        given = request.headers.get("Authorization", "")
        if request.method != "OPTIONS" and not secrets.compare_digest(given, f"Bearer {self._token}"):
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        try:
            return await handler(request)
        except JanusError as error:
            if self._janus is not None and self._janus.alive:
                return web.Response(status=400, text=str(error))
            return web.Response(status=503, text=str(error), headers={"Retry-After": AGAIN})

    async def _options(self, request: web.Request) -> web.Response:
        del request
        return web.Response(status=200, headers={"Accept-Post": SDP})

    async def _publish(self, request: web.Request) -> web.Response:
        offer, janus = await self._offer(request), await self._there()
        handle = await janus.attach()
        body = {"request": "joinandconfigure", "ptype": "publisher", "room": int(request.match_info["room"])}
        try:
            data = await janus.message(handle, body, {"type": "offer", "sdp": offer})
        except JanusError:
            await janus.detach(handle)
            raise
        return self._made(201, handle, data["jsep"])

    async def _play(self, request: web.Request) -> web.Response:
        await self._offer(request)
        janus, room = await self._there(), int(request.match_info["room"])
        handle = await janus.attach()
        try:
            people = (await janus.message(handle, {"request": "listparticipants", "room": room}))["participants"]
            feeds = [one["id"] for one in people if one.get("publisher")]
            if not feeds:
                await janus.detach(handle)
                return web.Response(status=409, headers={"Retry-After": AGAIN})
            body = {"request": "join", "ptype": "subscriber", "room": room, "streams": [{"feed": feeds[-1]}]}
            data = await janus.message(handle, body)
        except JanusError:
            await janus.detach(handle)
            raise
        return self._made(406, handle, data["jsep"])

    def _made(self, status: int, handle: int, jsep: Body) -> web.Response:
        name, etag = str(next(self._names)), f'"{secrets.token_hex(8)}"'
        self.sessions[name] = Session(handle, etag)
        headers = {"Location": f"/session/{name}", "ETag": etag, "Accept-Patch": FRAGMENT}
        return web.Response(status=status, text=jsep["sdp"], content_type=SDP, headers=headers)

    async def _patch(self, request: web.Request) -> web.Response:
        """An answer to Janus's offer, or candidates (RFC 8840)."""
        session, janus, text = self._session(request), await self._there(), await request.text()
        if request.content_type == SDP:
            await janus.message(session.handle, {"request": "start"}, {"type": "answer", "sdp": text})
            return web.Response(status=204)
        if request.content_type != FRAGMENT:
            return web.Response(status=415)
        given = request.headers.get("If-Match")
        if given != session.etag:
            return web.Response(status=428 if given is None else 412)
        await janus.trickle(session.handle, _candidates(text))
        self.trickled += 1
        return web.Response(status=204)

    async def _delete(self, request: web.Request) -> web.Response:
        session = self._session(request)
        del self.sessions[request.match_info["name"]]
        with contextlib.suppress(JanusError):  # Janus forgot it with its own end
            await (await self._there()).detach(session.handle)
        return web.Response(status=200)

    def _session(self, request: web.Request) -> Session:
        session = self.sessions.get(request.match_info["name"])
        if session is None:
            raise web.HTTPNotFound
        return session

    @staticmethod
    async def _offer(request: web.Request) -> str:
        if request.content_type != SDP:
            raise web.HTTPUnsupportedMediaType
        return await request.text()

    async def _there(self) -> Janus:
        """Janus, found again after it was away; the sessions it had are no more. Raises JanusError."""
        async with self._opening:
            if self._janus is not None and not self._janus.alive:
                await self._janus.close()
                self._janus = None
                self.sessions.clear()
            if self._janus is None:
                janus = Janus(self._url)
                await janus.open()
                self._janus = janus
            return self._janus

    async def _close(self, application: web.Application) -> None:
        del application
        if self._janus is not None:
            await self._janus.close()


def _candidates(fragment: str) -> list[Body]:
    """Candidates of a fragment as Janus wants them; all are of the one transport of the bundle."""
    mid = next((line[6:] for line in fragment.splitlines() if line.startswith("a=mid:")), "0")
    found: list[Body] = [
        {"sdpMid": mid, "sdpMLineIndex": 0, "candidate": line.removeprefix("a=")}
        for line in fragment.splitlines()
        if line.startswith("a=candidate:")
    ]
    return [*found, {"completed": True}] if "a=end-of-candidates" in fragment else found
