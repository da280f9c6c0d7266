# SPDX-License-Identifier: Apache-2.0
"""A way to a server on which answers get lost: what was asked is carried out, and nobody ever hears of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

Loses = Callable[[int], bool]
"""Whether the answer to the nth request is lost."""


@asynccontextmanager
async def shaky(base: str, loses: Loses) -> AsyncIterator[str]:
    """Another base for the same server."""
    count = 0

    async def passed(request: web.Request) -> web.StreamResponse:
        nonlocal count
        count += 1
        lost = loses(count)
        url = base + request.path_qs
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in {*_HOP, "content-encoding"}
        }
        body = await request.read()
        async with session.request(request.method, url, data=body or None, headers=headers) as answer:
            data = await answer.read()
            if lost:
                if request.transport is not None:
                    request.transport.abort()
                raise asyncio.CancelledError
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP}
            return web.Response(status=answer.status, body=data, headers=kept)

    app = web.Application(client_max_size=64 << 20)
    app.router.add_route("*", "/{tail:.*}", passed)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession(
        auto_decompress=False, connector=aiohttp.TCPConnector(force_close=True)
    ) as session:
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


_HOP = frozenset({"host", "content-length", "connection", "keep-alive", "transfer-encoding"})
"""Headers of one hop only; besides, a compressed body that was asked is passed on decompressed."""
