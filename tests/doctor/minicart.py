# SPDX-License-Identifier: Apache-2.0
"""A minimal cart for the doctor's side: the real signalling, real media and data channels by aiortc, no journal."""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from fractions import Fraction
from typing import Any
from uuid import uuid4

import aiohttp
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaBlackhole
from aiortc.mediastreams import AudioStreamTrack, MediaStreamTrack
from aiortc.sdp import candidate_from_sdp
from av import VideoFrame

from tests.doctor import facts

CHUNK = 16 * 1024
DEADLINE = 10.0


class MovingPicture(MediaStreamTrack):
    """A bright square that moves over a gradient, a picture every ``pause`` seconds."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self.stopped = asyncio.Event()
        self.pause = 1 / 15

    async def recv(self) -> VideoFrame:
        if self.stopped.is_set():
            await asyncio.Event().wait()
        await asyncio.sleep(self.pause)
        self._count += 1
        height, width = 360, 640
        picture = np.full((height * 3 // 2, width), 128, np.uint8)
        picture[:height] = np.linspace(60, 180, width, dtype=np.uint8)
        left = (self._count * 12) % (width - 80)
        picture[140:220, left : left + 80] = 235
        frame = VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts, frame.time_base = self._count * 6000, Fraction(1, 90000)
        return frame


class Peer:
    """One peer connection dialled to one page."""

    def __init__(self, cart: "MiniCart", peer: str, call: int) -> None:
        self.peer, self.call = peer, call
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.picture = MovingPicture()
        self.received: list[dict[str, Any]] = []
        self.beating = True
        self._cart = cart
        self._sinks: list[MediaBlackhole] = []
        self.connection.addTrack(self.picture)
        self.connection.addTrack(AudioStreamTrack())
        self.channel = self.connection.createDataChannel("chevet")
        self.captures = self.connection.createDataChannel("captures")
        self.channel.on("open", self._open)
        self.channel.on("message", self._message)
        self.connection.on("track", self._track)

    def _track(self, track: MediaStreamTrack) -> None:
        sink = MediaBlackhole()
        sink.addTrack(track)
        self._sinks.append(sink)
        self._cart.spawn(sink.start())

    def _open(self) -> None:
        self.say(type="words", words=facts.WORDS)
        self.view()
        self._cart.spawn(self._beat())

    async def _beat(self) -> None:
        n = 0
        while self.channel.readyState == "open":
            if self.beating:
                n += 1
                self.say(type="beat", n=n)
                self.view()
            await asyncio.sleep(1)

    def say(self, **message: object) -> None:
        if self.channel.readyState == "open":
            self.channel.send(json.dumps(message))

    def view(self) -> None:
        self.say(type="view", view=self._cart.view())

    def _message(self, data: str) -> None:
        message = json.loads(data)
        if message["type"] == "beat":
            return
        self.received.append(message)
        self._cart.heard.append(message)
        match message["type"]:
            case "read" if self._cart.deaf_reads > 0:
                self._cart.deaf_reads -= 1
            case "read":
                self.say(type="reading", after=message["after"])
                for entry in self._cart.entries:
                    if entry["sequence"] > message["after"]:
                        self.say(type="entry", entry=entry)
            case "command":
                line = self._cart.obey(message["command"])
                self.say(type="reply", id=message["id"], ok=line == "", line=line)
            case "get-capture":
                self._send_capture(message["sha256"])
        self._cart.changed()

    def _send_capture(self, sha256: str) -> None:
        data = self._cart.attachments[sha256]
        header = {"type": "capture", "sha256": sha256, "media_type": facts.media_type(data), "size": len(data)}
        self.captures.send(json.dumps(header))
        if self._cart.damage:
            data = bytes(len(data))
        for start in range(0, len(data), CHUNK):
            self.captures.send(data[start : start + CHUNK])

    async def dial(self) -> None:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        await self._cart.send(
            type="offer", room=self._cart.room, peer=self.peer, call=self.call, sdp=self.connection.localDescription.sdp
        )

    async def close(self) -> None:
        await self.connection.close()
        for sink in self._sinks:
            await sink.stop()


class MiniCart:
    """Invites, admits everybody it knows, dials, answers commands. ``heard`` is all that came over data channels."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._tasks: set[asyncio.Task[Any]] = set()
        self._changed = asyncio.Event()
        self.room = self.link = self.code = ""
        self.said: list[dict[str, Any]] = []
        self.heard: list[dict[str, Any]] = []
        self.entries: list[dict[str, Any]] = []
        self.attachments: dict[str, bytes] = {}
        self.peers: dict[str, Peer] = {}
        self.state = facts.view()
        self.admits = True
        self.redials = True
        self.deaf_reads = 0
        self.outlives = False
        self.refusal = ""
        self.damage = False
        self.calls = 0

    # What a test does.

    async def invite(self) -> None:
        await self.send(type="invite", id="a")
        await self.until(lambda: self.code != "")

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to become true, ten seconds at most."""
        async with asyncio.timeout(DEADLINE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def record(self, body: dict[str, Any]) -> dict[str, Any]:
        """Journal an entry and send it to every page."""
        entry = facts.entry(len(self.entries) + 1, body)
        self.entries.append(entry)
        for peer in self.peers.values():
            peer.say(type="entry", entry=entry)
        return entry

    def again(self, entry: dict[str, Any]) -> None:
        """Send an entry a second time."""
        for peer in self.peers.values():
            peer.say(type="entry", entry=entry)

    def change_encounter(self) -> None:
        """Close this patient's file and open another's."""
        self.entries = []
        self.show(encounter=str(uuid4()), patient=facts.plain(facts.OTHER))

    def knocking(self) -> str:
        """The peer of the first knock."""
        return str(next(message["peer"] for message in self.said if message["type"] == "knock"))

    def show(self, **changes: Any) -> None:
        """Change the view and send it."""
        self.state.update(changes)
        for peer in self.peers.values():
            peer.view()

    def view(self) -> dict[str, Any]:
        return self.state | {"now": facts.instant()}

    def commands(self) -> list[dict[str, Any]]:
        return [message["command"] for message in self.heard if message["type"] == "command"]

    async def redial(self, peer: str) -> None:
        old = self.peers.pop(peer, None)
        if old is not None:
            await self.send(type="restart", room=self.room, peer=peer)
            await old.close()
        self.calls += 1
        self.peers[peer] = Peer(self, peer, self.calls)
        await self.peers[peer].dial()

    # Its own life.

    def changed(self) -> None:
        self._changed.set()

    def spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.result()

    def obey(self, command: dict[str, Any]) -> str:
        if self.refusal:
            return self.refusal
        match command["command"]:
            case "choose-camera":
                self.state["camera"] = command["camera"]
            case "freeze":
                self.state["frozen"] = command["frozen"]
            case "show-text":
                self.state["text"] = {"text": command["text"], "by": "Dr Martin"}
            case "hide-text":
                self.state["text"] = None
            case "ask-measurement":
                self.state["asked"] = command["metric"]
            case "ask-microphone":
                request = {"id": f"r{len(self.heard)}", "on": command["on"], "by": {"peer": "", "name": "Dr Martin"}}
                self.state["microphone_request"] = request | {"asked": facts.instant(), "answer": ""}
            case "write-conclusion":
                practitioner = {"peer": "p", "name": "Dr Martin"}
                self.record({"kind": "conclusion-written", "text": command["text"], "by": practitioner})
            case "capture":
                self.take_capture(command["site"])
            case _:
                return "commande inconnue"
        self.show()
        return ""

    def take_capture(self, site: str, data: bytes = facts.JPEG) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        self.attachments[sha256] = data
        self.record(facts.capture(sha256, len(data), site))
        return sha256

    def keep(self, body: Callable[[str, int], object], data: bytes) -> str:
        """A sound or a document is kept."""
        sha256 = hashlib.sha256(data).hexdigest()
        self.attachments[sha256] = data
        self.record(body(sha256, len(data)))
        return sha256

    async def send(self, **message: object) -> None:
        await self._socket.send_json(message)

    async def run(self) -> None:
        beat = asyncio.create_task(self._beat())
        try:
            async for message in self._socket:
                await self._receive(json.loads(message.data))
                self.changed()
        finally:
            beat.cancel()

    async def _beat(self) -> None:
        while True:
            await self.send(type="ping", n=1)
            await asyncio.sleep(1)

    async def _receive(self, message: dict[str, Any]) -> None:
        if message["type"] == "pong":
            return
        self.said.append(message)
        peer = message.get("peer", "")
        match message["type"]:
            case "invited":
                self.room, self.link, self.code = message["room"], message["link"], message["code"]
            case "knock" if self.admits:
                await self.send(type="admit", room=self.room, peer=peer)
                await self.redial(peer)
            case "back" | "dead" if self.redials:
                await self.redial(peer)
            case "answer" if message["call"] == self.peers[peer].call:
                answer = RTCSessionDescription(message["sdp"], "answer")
                await self.peers[peer].connection.setRemoteDescription(answer)
            case "candidate" if message["candidate"] and message["call"] == self.peers[peer].call:
                candidate = candidate_from_sdp(message["candidate"].removeprefix("candidate:"))
                candidate.sdpMid, candidate.sdpMLineIndex = message["sdpMid"], message["sdpMLineIndex"]
                await self.peers[peer].connection.addIceCandidate(candidate)
            case "left" if message["final"] and peer in self.peers:
                await self.peers.pop(peer).close()

    async def hang_up(self) -> None:
        """End every peer connection."""
        for peer in self.peers.values():
            await peer.close()
        for task in list(self._tasks):
            task.cancel()

    async def close(self) -> None:
        if not self.outlives:
            await self.hang_up()
        await self._socket.close()


@contextlib.asynccontextmanager
async def connected(origin: str, token: str) -> AsyncIterator[MiniCart]:
    """A cart on its rendezvous server."""
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{origin}/cart", headers=headers) as socket:
        cart = MiniCart(socket)
        life = asyncio.create_task(cart.run())
        try:
            yield cart
        finally:
            await cart.close()
            await life
