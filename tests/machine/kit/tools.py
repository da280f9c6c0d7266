# SPDX-License-Identifier: Apache-2.0
"""Debian's tools, run from a scenario with a deadline."""

import asyncio
import time
from collections.abc import Awaitable, Callable

LIMIT = 30.0


class ToolError(AssertionError):
    """A tool failed where it must not."""


async def tool(*command: str, limit: float = LIMIT) -> str:
    """What a tool prints. Raises ToolError when it fails."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(limit):
            output, _nothing = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise ToolError(f"{' '.join(command)}: took more than {limit:.0f} s") from None
    text = output.decode(errors="replace")
    if process.returncode:
        raise ToolError(f"{' '.join(command)} failed ({process.returncode}): {text}")
    return text


async def until(true: Callable[[], bool] | Callable[[], Awaitable[bool]], what: str, seconds: float = LIMIT) -> None:
    """Look until it is true; for what the kernel or another process does."""
    deadline = time.monotonic() + seconds
    while True:
        seen = true()
        if await seen if isinstance(seen, Awaitable) else seen:
            return
        assert time.monotonic() < deadline, f"{what}: not in {seconds:.0f} s"
        await asyncio.sleep(0.1)
