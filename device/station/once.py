# SPDX-License-Identifier: Apache-2.0
"""A thing asked twice under one id is done once, and answered the same."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from device.station.messages import Reply

REMEMBERED = 512


class Once:
    """Remembers the newest replies by request id."""

    def __init__(self) -> None:
        self._replies: OrderedDict[str, asyncio.Future[Reply]] = OrderedDict()

    async def __call__(self, name: str, do: Callable[[], Awaitable[Reply]]) -> Reply:
        """The reply of ``do()``, which is called for the first request of that name alone."""
        known = self._replies.get(name)
        if known is None:
            known = asyncio.ensure_future(do())
            self._replies[name] = known
            while len(self._replies) > REMEMBERED:
                self._replies.popitem(last=False)
        return await asyncio.shield(known)
