# SPDX-License-Identifier: Apache-2.0
"""The tasks that one peer connection stands on. Without any of them the call goes wrong in silence, or a queue of
aiortc's has no end: when one fails the whole peer connection has to go."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

log = logging.getLogger(__name__)


class Parts:
    """``on_failed`` is called when one of them fails."""

    def __init__(self) -> None:
        self.on_failed: Callable[[], None] = lambda: None
        self._tasks: list[asyncio.Task[None]] = []

    def __contains__(self, name: str) -> bool:
        """Whether a part of that name was begun."""
        return any(task.get_name() == name for task in self._tasks)

    def __bool__(self) -> bool:
        """Whether any was begun."""
        return bool(self._tasks)

    def start(self, name: str, work: Coroutine[None, None, None]) -> None:
        """Begin a part."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    async def close(self) -> None:
        """End them all."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("CAL-20 %s failed: %r", task.get_name(), error)
            self.on_failed()
