# SPDX-License-Identifier: Apache-2.0
"""A way that was dark: SYNs at short intervals, so that the first instant in which it carries again is noticed.

One connection attempt would wait for its own retransmissions (1, 2, 4 s; RFC 6298); these wait for nothing and carry
nothing.
"""

import asyncio
import itertools
import socket
from collections.abc import Sequence

EVERY = 0.4
"""Seconds between two attempts."""
AT_ONCE = 4
"""Most attempts under way."""


async def light(addresses: Sequence[str], port: int) -> None:
    """Return as soon as one of ``addresses`` takes a TCP connection, for as long as it takes (give it a deadline).
    Raises OSError as soon as the network answers otherwise (refused, unreachable)."""
    trying: set[asyncio.Task[None]] = set()
    try:
        for address in itertools.cycle(addresses):
            if len(trying) < AT_ONCE:
                trying.add(asyncio.create_task(_knock(address, port), name="knock"))
            done, trying = await asyncio.wait(trying, timeout=EVERY, return_when=asyncio.FIRST_COMPLETED)
            if done:
                trying |= done
                await done.pop()
                return
        raise ConnectionError("no address")
    finally:
        for task in trying:
            task.cancel()
        await asyncio.gather(*trying, return_exceptions=True)


async def _knock(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as knocking:
        knocking.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        await asyncio.get_running_loop().sock_connect(knocking, (address, port))
