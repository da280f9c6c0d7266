# SPDX-License-Identifier: Apache-2.0
"""A part of the product in a process of its own, to be killed."""

import asyncio
import multiprocessing
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from typing import Any


class Apart:
    """A running process that reports what it wants to."""

    def __init__(self, process: Any, pipe: Connection) -> None:
        self._process = process
        self._pipe = pipe

    async def report(self, seconds: float = 60.0) -> Any:
        """Its next report."""
        assert await asyncio.to_thread(self._pipe.poll, seconds), f"no report in {seconds:.0f} s"
        return self._pipe.recv()

    async def kill(self) -> None:
        """kill -9: it has no chance to tidy up."""
        self._process.kill()
        await asyncio.to_thread(self._process.join)


@asynccontextmanager
async def apart(function: Callable[[Callable[[Any], None]], Awaitable[None]]) -> AsyncIterator[Apart]:
    """Run ``function(report)`` in a fork of this process, on a loop of its own."""
    ours, theirs = multiprocessing.Pipe(duplex=False)

    def child() -> None:
        asyncio.run(function(theirs.send))

    process = multiprocessing.get_context("fork").Process(target=child, daemon=True)
    process.start()
    made = Apart(process, ours)
    try:
        yield made
    finally:
        await made.kill()
