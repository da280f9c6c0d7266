# SPDX-License-Identifier: Apache-2.0
"""How bodies leave the cart: at their own speed, or at a bounded one while a call is on, whose pictures go first.

One pace for every server: they share the cart's way to the world. What a body has left, and how fast bodies went of
late, tells how long the rest will take.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

CHUNK = 16 << 10
"""Bytes that are handed over at once; fewer at a bounded pace, so that none keeps the way for long."""
BURST_SECONDS = 0.25
MEMORY_SECONDS = 20.0
"""How much sending the speed is told from."""
LEAST_SECONDS = 0.05


class Upload(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[upload]`` of ``records.toml``. ``call_kbits``: kilobits a second for all uploads together while a call is on;
    0 bounds nothing."""

    call_kbits: int = 256

    def __post_init__(self) -> None:
        """Raises ValueError for a pace at which a small body would take a request's whole deadline."""
        least = 16
        if self.call_kbits and self.call_kbits < least:
            raise ValueError(f"call_kbits must be 0 or at least {least}")


class Pace:
    """A token bucket over everything that leaves, and a measure of how fast it went. ``call_rate`` in bytes a second, 0
    for any."""

    def __init__(self, call_rate: float = 0.0) -> None:
        self._call_rate, self._rate = call_rate, 0.0
        self._free = 0.0
        self._changed = asyncio.Event()
        self._bytes, self._seconds, self._ticked = 0.0, 0.0, 0.0
        self._under_way: dict[object, int] = {}

    def call(self, *, on: bool) -> None:
        """A call began or ended: bodies under way go on at the new pace at once."""
        rate = self._call_rate if on else 0.0
        if rate != self._rate:
            self._rate, self._free = rate, 0.0
            self._changed.set()
            self._changed = asyncio.Event()

    @property
    def chunk(self) -> int:
        """Bytes to hand over at once."""
        return max(512, min(CHUNK, int(self._rate * BURST_SECONDS))) if self._rate else CHUNK

    async def passed(self, size: int) -> None:
        """Wait until so many bytes may go: whoever asks first goes first, so a small body waits for one chunk of a
        large one and not for all of it."""
        loop = asyncio.get_running_loop()
        while self._rate:
            now = loop.time()
            turn = max(now, self._free)
            self._free = turn + size / self._rate
            if turn <= now:
                return
            try:
                async with asyncio.timeout_at(turn):
                    await self._changed.wait()
            except TimeoutError:
                return

    @contextmanager
    def sending(self) -> Iterator[Callable[[int], None]]:
        """Around one body's request; gives what is told of each of its chunks."""
        mark = object()
        self._tick()
        self._under_way[mark] = 0

        def sent(size: int) -> None:
            self._tick()
            self._bytes += size
            self._under_way[mark] += size

        try:
            yield sent
        finally:
            self._tick()
            del self._under_way[mark]

    @property
    def under_way(self) -> int:
        """Bytes of bodies under way that have left already."""
        return sum(self._under_way.values())

    def seconds(self, size: int) -> float | None:
        """How long so many bytes will take, None when nothing tells."""
        rate = self._bytes / self._seconds if self._seconds > LEAST_SECONDS else 0.0
        rate = min(rate, self._rate) if self._rate and rate else rate or self._rate
        return size / rate if rate else None

    def _tick(self) -> None:
        """Count the time since the last tick, once however many bodies were under way in it."""
        now = asyncio.get_running_loop().time()
        if self._under_way:
            self._seconds += now - self._ticked
        self._ticked = now
        if self._seconds > MEMORY_SECONDS:
            self._bytes, self._seconds = self._bytes * MEMORY_SECONDS / self._seconds, MEMORY_SECONDS


class Paced(Payload):
    """A body that leaves at a pace. ``moved`` is called when some of it has gone: a request that still moves is not one
    that hangs. May be written again."""

    def __init__(
        self, value: bytes, media: str, pace: Pace, sent: Callable[[int], None], moved: Callable[[], None]
    ) -> None:
        super().__init__(value, content_type=media)
        self._pace, self._sent, self._moved = pace, sent, moved
        self._size = len(value)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The body as text, for aiohttp's own use."""
        return bytes(self._value).decode(encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Hand it over, chunk by chunk."""
        await self.write_with_length(writer, None)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """Hand over so much of it (None: all)."""
        data = memoryview(self._value)[:content_length]
        start = 0
        while start < len(data):
            part = data[start : start + self._pace.chunk]
            await self._pace.passed(len(part))
            await writer.write(bytes(part))
            start += len(part)
            self._sent(len(part))
            self._moved()
