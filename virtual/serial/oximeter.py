# SPDX-License-Identifier: Apache-2.0
"""A virtual oximeter on a serial line: it streams while it is on, or while it is asked to."""

import asyncio
import contextlib

from virtual.serial.finger import ContecSevenVoice, Finger, Voice
from virtual.serial.port import VirtualPort

BATCH = 0.05
"""Seconds between two writes: a USB adapter gathers as much."""
BEGIN, GO_ON = b"\x7d\x81\xa1", b"\x7d\x81\xaf"
PATIENCE = 30.0
"""Seconds for which protocol 7 streams without being asked again."""


class VirtualSerialOximeter:
    """On while it runs: ``start`` and ``stop`` are its switch, ``plug`` and ``pull`` its cable."""

    def __init__(self, port: VirtualPort, voice: Voice) -> None:
        self.finger: Finger | None = None
        self.port = port
        self._voice = voice
        self._streaming: asyncio.Task[None] | None = None
        self._asked_at: float | None = None
        self._changed = asyncio.Event()
        self._last = b""

    def plug(self) -> None:
        """Its cable is in the cart."""
        self.port.plug_in(self._hear)

    def pull(self) -> None:
        """Its cable is out, whatever is under way."""
        self.port.pull()

    async def start(self) -> None:
        """On."""
        if self._streaming is None:
            self._asked_at = None
            self._streaming = asyncio.create_task(self._stream())

    async def stop(self) -> None:
        """Off, or its battery is empty: no goodbye."""
        streaming, self._streaming = self._streaming, None
        if streaming is not None:
            streaming.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await streaming

    async def insert(self, finger: Finger) -> bytes:
        """A finger goes in, which switches it on; the bytes that say so."""
        self.finger = finger
        await self.start()
        return await self._said()

    async def remove(self) -> bytes:
        """The finger goes out; the bytes that say so."""
        self.finger = None
        return await self._said()

    async def _said(self) -> bytes:
        self._changed.clear()
        await self._changed.wait()
        return self._last

    def _hear(self, data: bytes) -> None:
        if self._streaming is None:
            return
        now = asyncio.get_running_loop().time()
        if BEGIN in data or (GO_ON in data and self._asked_at is not None):
            self._asked_at = now

    def _wanted(self, now: float) -> bool:
        if not isinstance(self._voice, ContecSevenVoice):
            return True
        return self._asked_at is not None and now - self._asked_at < PATIENCE

    async def _stream(self) -> None:
        loop = asyncio.get_running_loop()
        begun, sent = loop.time(), 0
        while True:
            await asyncio.sleep(BATCH)
            due = int((loop.time() - begun) * self._voice.rate) - sent
            sent += due
            if self._wanted(loop.time()):
                self._last = b"".join(self._voice.frame(self.finger) for _ in range(due))
                self.port.send(self._last)
                self._changed.set()
