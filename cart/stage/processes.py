# SPDX-License-Identifier: Apache-2.0
"""The cart's processes on one machine, started and started again as systemd would on the box (Restart=always)."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

STOP_SECONDS = 10.0
RESTART_SECONDS = 0.3
ORPHANS_END = ("setpriv", "--pdeathsig", "TERM", "--")
"""A child whose parent is killed is told to end (prctl(2), PR_SET_PDEATHSIG)."""


class Processes:
    """Children by name. Each has its own process group and log file; ``stop`` leaves none behind."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: dict[str, asyncio.subprocess.Process] = {}
        self._keepers: dict[str, asyncio.Task[None]] = {}
        self.restarts: dict[str, int] = {}

    async def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None, *, keep: bool = True
    ) -> None:
        """Start ``command``; ``keep``: start it again when it ends by itself or is killed."""
        self._logs.mkdir(parents=True, exist_ok=True)
        await self._spawn(name, command, environment)
        if keep:
            self._keepers[name] = asyncio.create_task(self._keep(name, command, environment))

    def identity(self, name: str) -> int:
        """The process id of a child that runs."""
        return self._children[name].pid

    def kill(self, name: str) -> None:
        """SIGKILL, as a crash does."""
        self._children[name].kill()

    async def wait(self, name: str, seconds: float) -> int:
        """The exit status of a child that is not kept. Raises TimeoutError."""
        return await asyncio.wait_for(self._children[name].wait(), seconds)

    async def stop(self, name: str) -> None:
        """Ask a child to end, then make it."""
        keeper = self._keepers.pop(name, None)
        if keeper is not None:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)
        child = self._children.pop(name, None)
        if child is None:
            return
        _signal(child.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(child.wait(), STOP_SECONDS)
        except TimeoutError:
            pass
        finally:
            _signal(child.pid, signal.SIGKILL)
        await child.wait()

    async def stop_all(self) -> None:
        """End every child, the last started first."""
        for name in reversed(list(self._children)):
            await self.stop(name)

    async def _spawn(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None) -> None:
        with (self._logs / f"{name}.log").open("ab") as log:
            self._children[name] = await asyncio.create_subprocess_exec(
                *ORPHANS_END,
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(environment or os.environ),
                start_new_session=True,
            )

    async def _keep(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None) -> None:
        while True:
            await self._children[name].wait()
            self.restarts[name] = self.restarts.get(name, 0) + 1
            await asyncio.sleep(RESTART_SECONDS)
            await self._spawn(name, command, environment)


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)
