# SPDX-License-Identifier: Apache-2.0
"""An event loop for one process on loopback: when nothing is ready, its time jumps to the next timer."""

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

QUIET_SECONDS = 0.0005
"""Real time without an event after which nothing more is under way: all who could send run in this very loop."""


class _Selector(selectors.DefaultSelector):
    """Counts the time that was not waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; nothing, with the time passed, where nothing is."""
        if timeout is None or timeout <= QUIET_SECONDS:
            return super().select(timeout)
        found = super().select(QUIET_SECONDS)
        if not found:
            self.ahead += timeout - QUIET_SECONDS
        return found


class WarpLoop(asyncio.SelectorEventLoop):
    """Every timer of it is a matter of milliseconds; ``time`` runs ahead of the real clock."""

    def __init__(self) -> None:
        self._ahead = _Selector()
        super().__init__(self._ahead)

    def run_in_executor(self, executor: Any, work: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Work that a thread would do is done at once: no time passes meanwhile, and a schedule stays one."""
        del executor
        done = self.create_future()
        try:
            done.set_result(work(*arguments))
        except Exception as error:  # noqa: BLE001 - handed on, whatever it is
            done.set_exception(error)
        return done

    def time(self) -> float:
        """Seconds on the loop's own clock."""
        return super().time() + self._ahead.ahead
