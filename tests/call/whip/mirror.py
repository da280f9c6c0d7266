# SPDX-License-Identifier: Apache-2.0
"""A WHIP and WHEP server of one peer at a time, made of aiortc: it answers offers itself, as most servers do (201), and
can be told to behave badly."""

import asyncio
import contextlib
from collections.abc import Callable

import numpy as np
from aiohttp import web
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import VideoFrame

from call.wish_peer import OURS, End
from tests.call.second import Face, Tone
from tests.call.stubs import Bell

SDP = "application/sdp"


class Mirror:
    """``asked`` is every request: method, path, headers, body. What is in ``instead`` is answered first, one by
    one; ``refusing`` is what offers to a path that begins so get, as often as they come, until it is taken out;
    ``bitten`` is done to each answer. ``source`` is what players get, else ``tracks``; ``newest`` and ``heard`` are
    what was published lately. No offer is answered while ``answering`` is not set. With ``offers``, kinds of media in
    their order, players get an offer instead."""

    def __init__(self) -> None:
        self.bell = Bell()
        self.asked: list[tuple[str, str, dict[str, str], str]] = []
        self.instead: list[web.Response] = []
        self.refusing: dict[str, dict[str, object]] = {}
        self.bitten: Callable[[str], str] = str
        self.down = False
        self.links: list[str] = []
        self.etag: str | None = '"one"'
        self.deletes = 204
        self.source: End | None = None
        self.without = ""
        self.offers: tuple[str, ...] = ()
        self.answering = asyncio.Event()
        self.answering.set()
        self.frames = 0
        self.tracks = lambda: (Tone(), Face())
        self.newest: VideoFrame | None = None
        self.heard: list[np.ndarray] = [np.zeros(960, np.int16)]
        self.open: dict[str, RTCPeerConnection] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.application = web.Application()
        self.application.router.add_route("*", "/{path:.*}", self._handle)
        self.application.on_cleanup.append(self._close)

    def count(self, method: str, path: str = "") -> int:
        return sum(one[0] == method and path in one[1] for one in self.asked)

    async def _handle(self, request: web.Request) -> web.Response:
        if self.down and request.transport is not None:
            request.transport.abort()
            raise web.HTTPServiceUnavailable
        body = await request.text()
        self.asked.append((request.method, request.path, dict(request.headers), body))
        self.bell.ring()
        if request.method == "POST" and self.instead:
            return self.instead.pop(0)
        if request.method == "POST" and (refusal := self._refusal(request.path)) is not None:
            return web.Response(**refusal)
        if request.method == "POST":
            return await self._post(request.path, f"/session/{self.count('POST')}", body)
        if request.method == "DELETE":
            if self.deletes == 204 and (connection := self.open.pop(request.path, None)) is not None:
                await connection.close()
            return web.Response(status=self.deletes)
        if request.method == "OPTIONS":
            return web.Response(status=204, headers={"Accept-Post": SDP})
        if request.method == "PATCH" and request.content_type == SDP:
            await self.open[request.path].setRemoteDescription(RTCSessionDescription(body, "answer"))
        return web.Response(status=204 if request.method == "PATCH" else 405)

    async def die(self) -> None:
        """Gone without a word, as in a power cut: nobody answers any more, and no session is known."""
        self.down = True
        gone, self.open = list(self.open.values()), {}
        for connection in gone:
            for transceiver in connection.getTransceivers():
                await transceiver.receiver.transport.transport._connection.close()
            await connection.close()

    def _refusal(self, path: str) -> dict[str, object] | None:
        return next((one for start, one in self.refusing.items() if path.startswith(start)), None)

    async def _post(self, path: str, place: str, offer: str) -> web.Response:
        connection = RTCPeerConnection(RTCConfiguration([]))
        connection.on("track", self._track)
        for kind in self.offers:
            connection.addTransceiver(Tone() if kind == "audio" else Face(), "sendonly")
        if self.offers:
            await connection.setLocalDescription(await connection.createOffer())
            return self._made(406, place, connection)
        if self.source is not None:
            self.source.attach(connection, OURS)
        elif "whep" in path:
            for track in self.tracks():
                if track.kind != self.without:
                    connection.addTrack(track)
        await self.answering.wait()
        await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        return self._made(201, place, connection)

    def _made(self, status: int, place: str, connection: RTCPeerConnection) -> web.Response:
        self.open[place] = connection
        response = web.Response(status=status, text=self.bitten(connection.localDescription.sdp), content_type=SDP)
        response.headers["Location"] = place
        if self.etag is not None:
            response.headers["ETag"] = self.etag
        for link in self.links:
            response.headers.add("Link", link)
        return response

    def _track(self, track) -> None:
        task = asyncio.create_task(self._watch(track))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, track) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if track.kind == "video":
                    self.frames += 1
                    self.newest = frame
                else:
                    self.heard.append(frame.to_ndarray()[0, ::2])
                    del self.heard[:-50]
                self.bell.ring()

    async def _close(self, application: web.Application) -> None:
        del application
        for connection in self.open.values():
            await connection.close()
        for task in self._tasks:
            task.cancel()
