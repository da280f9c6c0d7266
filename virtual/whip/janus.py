# SPDX-License-Identifier: Apache-2.0
"""Janus's own API over its WebSocket transport (janus.conf.meetecho.com/docs/rest.html, "WebSockets interface"): one
session, a handle for each peer connection, requests of the videoroom plugin. For tests and the demonstration."""

import asyncio
import contextlib
import itertools
from typing import Any

import aiohttp

PROTOCOL = "janus-protocol"
VIDEOROOM = "janus.plugin.videoroom"
WITHIN = 5.0
"""Seconds for an answer."""
ALIVE = 20.0
"""Seconds between two signs of life: Janus drops a session after sixty without."""

Body = dict[str, Any]


class JanusError(Exception):
    """Janus refused, or is away."""


class Janus:
    """One session with the Janus at ``url`` (ws)."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting: dict[str, asyncio.Future[Body]] = {}
        self._late: set[str] = set()
        self._numbers = itertools.count(1)
        self._session = 0

    async def open(self) -> None:
        """Connect. Raises JanusError."""
        self._client = aiohttp.ClientSession()
        try:
            async with asyncio.timeout(WITHIN):
                self._socket = await self._client.ws_connect(self._url, protocols=[PROTOCOL], timeout=_quick())
            self._tasks = [asyncio.create_task(self._listen())]
            self._session = (await self._ask({"janus": "create"}))["data"]["id"]
        except (aiohttp.ClientError, OSError, TimeoutError, JanusError) as error:
            await self.close()
            raise JanusError(str(error)) from error
        self._tasks.append(asyncio.create_task(self._live()))

    @property
    def alive(self) -> bool:
        """Whether Janus is still there."""
        return bool(self._tasks) and not self._tasks[0].done()

    async def attach(self) -> int:
        """A handle of the videoroom plugin."""
        found = await self._ask({"janus": "attach", "plugin": VIDEOROOM, "session_id": self._session})
        return int(found["data"]["id"])

    async def message(self, handle: int, body: Body, jsep: Body | None = None) -> Body:
        """What the plugin answers to ``body``: its data, and with them ``jsep`` if it gives one."""
        asked: Body = {"janus": "message", "session_id": self._session, "handle_id": handle, "body": body}
        if jsep is not None:
            asked["jsep"] = jsep
        answer = await self._ask(asked)
        data: Body = answer.get("plugindata", {}).get("data", {})
        if "error" in data:
            raise JanusError(f"{data.get('error_code')}: {data['error']}")
        return {**data, **({"jsep": answer["jsep"]} if "jsep" in answer else {})}

    async def trickle(self, handle: int, candidates: list[Body]) -> None:
        """Candidates of the peer of ``handle``."""
        asked = {"janus": "trickle", "session_id": self._session, "handle_id": handle, "candidates": candidates}
        await self._ask(asked)

    async def detach(self, handle: int) -> None:
        """End the peer connection of ``handle``."""
        await self._ask({"janus": "detach", "session_id": self._session, "handle_id": handle})

    async def close(self) -> None:
        """Leave."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._socket is not None:
            await self._socket.close()
        if self._client is not None:
            await self._client.close()

    async def _ask(self, body: Body) -> Body:
        if self._socket is None or self._socket.closed:
            raise JanusError("no connection")
        name = str(next(self._numbers))
        waiting = self._waiting[name] = asyncio.get_running_loop().create_future()
        if body["janus"] == "message":
            self._late.add(name)
        try:
            async with asyncio.timeout(WITHIN):
                await self._socket.send_json({**body, "transaction": name})
                answer: Body = await waiting
        except (TimeoutError, ConnectionError) as error:
            raise JanusError(f"{body['janus']}: {error!r}") from error
        finally:
            del self._waiting[name]
            self._late.discard(name)
        if answer["janus"] == "error":
            raise JanusError(f"{body['janus']}: {answer['error']}")
        return answer

    async def _listen(self) -> None:
        """Give answers to whom they are for; to a message the plugin's own comes after an "ack"."""
        if self._socket is None:
            return
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            body: Body = message.json()
            waiting = self._waiting.get(body.get("transaction", ""))
            late = body["janus"] == "ack" and body.get("transaction") in self._late
            if waiting is not None and not waiting.done() and not late:
                waiting.set_result(body)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError("Janus went away"))

    async def _live(self) -> None:
        with contextlib.suppress(JanusError):
            while True:
                await asyncio.sleep(ALIVE)
                await self._ask({"janus": "keepalive", "session_id": self._session})


def _quick() -> aiohttp.ClientWSTimeout:
    return aiohttp.ClientWSTimeout(ws_close=1.0)
