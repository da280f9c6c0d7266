# SPDX-License-Identifier: Apache-2.0
"""Closing a peer connection, within a deadline: what aiortc cannot close by then is let go of, and logged."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiortc import RTCPeerConnection

log = logging.getLogger(__name__)

CLOSING = 5.0
"""Seconds that a peer connection may take to close."""


async def close(connection: RTCPeerConnection, then: Callable[[], Awaitable[None]]) -> None:
    """Close ``connection``, of which nothing is to be heard any more, ``then`` what stood on it."""
    connection.remove_all_listeners()
    try:
        async with asyncio.timeout(CLOSING):
            await connection.close()
            await then()
    except TimeoutError:
        log.warning("CAL-12 a peer connection did not close within %s s", CLOSING)
