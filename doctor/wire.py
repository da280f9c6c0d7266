# SPDX-License-Identifier: Apache-2.0
"""One WebSocket: bounded both ways, pinged each second, lost after three seconds without a frame."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from aiohttp import WSMessage, WSMsgType, web

from doctor.errors import Rejected
from doctor.limits import TokenBucket
from doctor.messages import LONGEST, Error, ToCart, ToPage, text

log = logging.getLogger(__name__)

QUEUED = 64
"""Most messages waiting to go out."""
PING = 1.0
LOST = 3.0
"""Seconds without any frame after which the other side counts as gone."""
CLOSING = 1.0

POLICY, TOO_BIG, TOO_SLOW, GOING_AWAY = 1008, 1009, 1013, 1001
LOST_CODE, REPLACED, FINISHED = 4000, 4001, 4002


class Post(Protocol):
    """Where a room puts what it says to a cart or a page."""

    def send(self, message: ToCart | ToPage) -> None:
        """Queue a message; never waits."""
        ...

    def finish(self, code: int) -> None:
        """Close once what is queued has gone."""
        ...


def prepared() -> web.WebSocketResponse:
    """A socket with our cap; pings and pongs are ours (a frame of any kind is a sign of life)."""
    return web.WebSocketResponse(max_msg_size=LONGEST, autoping=False, timeout=CLOSING, compress=False)


class Connection:
    """A Post over a WebSocket. ``run`` reads until either side ends; the socket is closed when it returns."""

    def __init__(self, socket: web.WebSocketResponse, bucket: TokenBucket) -> None:
        self._socket = socket
        self._bucket = bucket
        self._out: asyncio.Queue[str | None] = asyncio.Queue(QUEUED)
        self._aborted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._code = 1000

    def send(self, message: ToCart | ToPage) -> None:
        """Queue a message; a peer too slow for the queue is cut off."""
        try:
            self._out.put_nowait(text(message))
        except asyncio.QueueFull:
            self.abort(TOO_SLOW)

    def finish(self, code: int) -> None:
        """Close with ``code`` once what is queued has gone."""
        self._code = code
        try:
            self._out.put_nowait(None)
        except asyncio.QueueFull:
            self.abort(code)

    def abort(self, code: int) -> None:
        """Close with ``code`` now."""
        if not self._aborted.done():
            self._code = code
            self._aborted.set_result(None)

    async def run(self, receive: Callable[[str], None]) -> int:
        """Hand every text message to ``receive`` (which may raise Rejected); the code it was closed with."""
        reader = asyncio.create_task(self._read(receive))
        writer = asyncio.create_task(self._write())
        try:
            await asyncio.wait({reader, writer, self._aborted}, return_when=asyncio.FIRST_COMPLETED)
            if reader.done() and not self._aborted.done():  # let a last error go out
                self.finish(self._code)
                await asyncio.wait({writer, self._aborted}, timeout=CLOSING, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reader, writer):
                task.cancel()
            await asyncio.wait({reader, writer})
            await self._socket.close(code=self._code)
        for task in (reader, writer):
            if not task.cancelled() and (error := task.exception()) and not isinstance(error, ConnectionError):
                raise error
        return self._code

    async def _read(self, receive: Callable[[str], None]) -> None:
        while True:
            try:
                async with asyncio.timeout(LOST):
                    message = await self._socket.receive()
            except TimeoutError:
                self._code = LOST_CODE
                return
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR):
                self._code = self._socket.close_code or self._code
                return
            if not await self._handled(message, receive):
                return

    async def _handled(self, message: WSMessage, receive: Callable[[str], None]) -> bool:
        try:
            await self._take(message, receive)
        except Rejected as error:
            self.send(Error(error.code, str(error)))
            if error.close:
                log.warning("refused: %s", error.code)
                self._code = error.close
                return False
        return True

    async def _take(self, message: WSMessage, receive: Callable[[str], None]) -> None:
        if not self._bucket.take(asyncio.get_running_loop().time()):
            raise Rejected("rate", "too many messages")
        if message.type is WSMsgType.PING:
            await self._socket.pong(message.data)
        elif message.type is WSMsgType.TEXT:
            receive(message.data)
        elif message.type is not WSMsgType.PONG:
            raise Rejected("message", "only text messages")

    async def _write(self) -> None:
        while True:
            try:
                async with asyncio.timeout(PING):
                    line = await self._out.get()
            except TimeoutError:
                await self._socket.ping()
                continue
            if line is None:
                return
            await self._socket.send_str(line)
