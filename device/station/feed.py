# SPDX-License-Identifier: Apache-2.0
"""How readers follow the station: the newest state, and every entry in order, each at the reader's own pace."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Generic, TypeVar

from device.entry import Entry

T = TypeVar("T")
RECENT = 256
"""Entries kept in memory so that a reader who is up to date never asks the disk."""
PAGE = 200


class Newest(Generic[T]):
    """One value, replaced at each change; a slow reader sees the newest and misses those between."""

    def __init__(self, value: T) -> None:
        self.value = value
        self._count = 0
        self._changed = asyncio.Event()

    def put(self, value: T) -> None:
        """Replace the value and wake the readers."""
        self.value = value
        self._count += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def follow(self) -> AsyncIterator[T]:
        """The value now, then the newest at each change."""
        seen = -1
        while True:
            changed = self._changed
            if seen != self._count:
                seen = self._count
                yield self.value
            else:
                await changed.wait()


class Tail:
    """The journal's end: wakes the readers of entries. ``page(after)`` reads the journal, in a thread."""

    def __init__(self, page: Callable[[int], Sequence[Entry]], newest: int) -> None:
        self._page = page
        self._recent: deque[Entry] = deque(maxlen=RECENT)
        self._newest = newest
        self._changed = asyncio.Event()

    @property
    def newest(self) -> int:
        """The last sequence."""
        return self._newest

    def put(self, entries: Sequence[Entry]) -> None:
        """Entries were appended (they are durable)."""
        self._recent.extend(entries)
        self._newest = entries[-1].sequence
        self._changed.set()
        self._changed = asyncio.Event()

    async def follow(self, after: int) -> AsyncIterator[Entry]:
        """Entries after ``after``, in order, those to come included."""
        position = after
        while True:
            changed = self._changed
            if position >= self._newest:
                await changed.wait()
                continue
            for entry in await self._some(position):
                position = entry.sequence
                yield entry

    async def _some(self, after: int) -> Sequence[Entry]:
        if self._recent and self._recent[0].sequence <= after + 1:
            return [entry for entry in self._recent if entry.sequence > after]
        return await asyncio.to_thread(self._page, after)
