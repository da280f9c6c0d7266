# SPDX-License-Identifier: Apache-2.0
"""The one supervisor: a background task that fails is told about, and started again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from device.errors import ChevetError

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 10.0
Told = Callable[[str, ChevetError | None], None]


async def supervise(name: str, start: Callable[[], Awaitable[None]], tell: Told) -> None:
    """Run ``start()`` for ever. After a failure ``tell(name, error)`` is called (error None: not one of our tree),
    and it is started again after a pause that doubles up to ten seconds. Ends by cancellation alone."""
    pause = FIRST_PAUSE
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            await start()
            log.error("%s ended by itself", name)
            tell(name, None)
        except ChevetError as error:
            log.error("%s failed: %s %s", name, error.code, error)  # noqa: TRY400 - an error of our tree needs no trace
            tell(name, error)
        except Exception:  # the supervisor: whatever it is, the rest of the cart goes on
            log.exception("%s failed", name)
            tell(name, None)
        if loop.time() - began > LONGEST_PAUSE:
            pause = FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
