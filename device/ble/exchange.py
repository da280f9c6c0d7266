# SPDX-License-Identifier: Apache-2.0
"""One request to an instrument, its answer, and the records that come before it (RACP, TaiDoc)."""

import asyncio
from collections.abc import Callable, Collection

from device.driver import Answer, Frame, anything

ROOM = 10_000
"""Frames gathered for one request at most: more than the memory of any such instrument."""


class Flood(Exception):  # noqa: N818 - what it is, in one word
    """More frames than any memory holds."""


class Lost(Exception):  # noqa: N818 - likewise
    """The link ended before the answer."""


class Exchange:
    """``take`` every value that comes while the request is under way, then ``settled`` gives the answer.

    ``patience`` is in seconds, counted anew from every value: a long memory is no silence (Glucose Profile 1.0.1
    §5.5.1.1: the procedure ends 30 s after its last value).
    """

    def __init__(self, answer: str, gather: Collection[str], fits: Callable[[bytes], bool] = anything) -> None:
        self._wanted = answer
        self._fits = fits
        self._gather = frozenset(gather)
        self._gathered: list[Frame] = []
        self._data: bytes | None = None
        self._lost = False
        self._changed = asyncio.Event()

    def take(self, source: str, data: bytes) -> bool:
        """Whether the value belongs to this request; then nobody else is to hear it."""
        if source == self._wanted and self._data is None and self._fits(data):
            self._data = data
        elif source in self._gather and self._data is None:
            if len(self._gathered) <= ROOM:
                self._gathered.append(Frame(source, data))
        else:
            return False
        self._changed.set()
        return True

    def lose(self) -> None:
        """The link is gone."""
        self._lost = True
        self._changed.set()

    async def settled(self, patience: float) -> Answer:
        """The answer and what came before it. Raises TimeoutError, Flood, Lost."""
        while self._data is None:
            if self._lost:
                raise Lost("the link ended before the answer")
            if len(self._gathered) > ROOM:
                raise Flood(f"more than {ROOM} values before the answer")
            self._changed.clear()
            async with asyncio.timeout(patience):
                await self._changed.wait()
        return Answer(self._data, tuple(self._gathered))
