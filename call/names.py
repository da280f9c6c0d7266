# SPDX-License-Identifier: Apache-2.0
"""Names of servers, looked up so that a name server that is silent stops nothing: the last good answer is used after a
moment, and lookups, which cannot be cancelled, have threads of their own."""

import asyncio
import contextlib
import logging
import socket
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

log = logging.getLogger(__name__)

IMPATIENT = 0.4
"""Seconds after which the last good answer is used."""
THREADS = 4


class Names(AbstractResolver):
    """Remembers each name's last addresses for as long as the process lives."""

    def __init__(self) -> None:
        self._known: dict[str, list[ResolveResult]] = {}
        self._asking: dict[str, asyncio.Future[list[ResolveResult]]] = {}
        self._threads: ThreadPoolExecutor | None = None

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Where ``host`` is (aiohttp's resolver). Raises OSError when nobody ever knew."""
        asking = self._asking.get(host) or self._ask(host)
        known = self._known.get(host)
        try:
            async with asyncio.timeout(IMPATIENT if known else None):
                found = await asyncio.shield(asking)
        except (TimeoutError, OSError):
            if known is None:
                raise
            found = known
        wanted = [one for one in found if family in {socket.AF_UNSPEC, one["family"]}] or found
        return [ResolveResult(**{**one, "port": port}) for one in wanted]

    async def addresses(self, host: str) -> list[str]:
        """The addresses of ``host``, as they should be tried. Raises OSError."""
        return [one["host"] for one in await self.resolve(host)]

    def renew(self) -> None:
        """The network changed: what is being asked goes to a name server that may be gone, so the next asks again."""
        self._asking.clear()

    async def close(self) -> None:
        """Nothing more will be asked."""
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._threads = None

    def _ask(self, host: str) -> asyncio.Future[list[ResolveResult]]:
        self._threads = self._threads or ThreadPoolExecutor(THREADS, "names")
        asking = asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host)
        self._asking[host] = asking
        asking.add_done_callback(lambda done: self._answered(host, done))
        return asking

    def _answered(self, host: str, done: asyncio.Future[list[ResolveResult]]) -> None:
        if self._asking.get(host) is done:
            del self._asking[host]
        if done.cancelled():
            return
        with contextlib.suppress(OSError):
            self._known[host] = done.result()


def _look_up(host: str) -> list[ResolveResult]:
    """getaddrinfo(3). Raises OSError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    flags = socket.AI_NUMERICHOST
    return [
        ResolveResult(hostname=host, host=str(address[0]), port=0, family=family, proto=proto, flags=flags)
        for family, _, proto, _, address in found
        if family in {socket.AF_INET, socket.AF_INET6}
    ]
