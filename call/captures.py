# SPDX-License-Identifier: Apache-2.0
"""Captures on their own data channel: a header, then the bytes, as fast as the page takes them."""

import asyncio
import logging

from aiortc import RTCDataChannel

from call.chart import Chart
from call.outlet import Outlet
from call.pages import CaptureHeader, encode
from call.ports import Attachments
from device.errors import JournalError

log = logging.getLogger(__name__)

CHUNK = 16 * 1024
WAITING = 4
"""Most captures asked for and not yet sent; the oldest is forgotten."""


class Captures:
    """Sends captures of one encounter, one after the other."""

    def __init__(self, channel: RTCDataChannel, attachments: Attachments, chart: Chart) -> None:
        self._outlet = Outlet(channel)
        self._attachments = attachments
        self._chart = chart
        self._asked: asyncio.Queue[str] = asyncio.Queue(WAITING)

    def ask(self, sha256: str) -> None:
        """Send the capture with that digest, in turn."""
        if self._asked.full():
            self._asked.get_nowait()
        self._asked.put_nowait(sha256)

    async def run(self) -> None:
        """Send what is asked for. Raises ConnectionError once the channel is closed."""
        while True:
            await self._send(await self._asked.get())

    async def _send(self, sha256: str) -> None:
        taken = self._chart.capture(sha256)
        data = b"" if taken is None else await self._bytes(sha256)
        media_type = "" if taken is None else taken.media_type
        await self._outlet.send(encode(CaptureHeader(sha256, media_type, len(data))))
        for start in range(0, len(data), CHUNK):
            await self._outlet.send(data[start : start + CHUNK])

    async def _bytes(self, sha256: str) -> bytes:
        try:
            return await asyncio.to_thread(self._attachments.get, sha256)
        except JournalError as error:
            log.warning("%s %s", error.code, error)
            return b""
