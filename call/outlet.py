# SPDX-License-Identifier: Apache-2.0
"""A data channel that makes its writers wait: never more than ``HIGH`` bytes and one message stand in its buffer.

All channels of a peer connection share one association, so what waits in one delays the beats of the other: the limit
is small on purpose. What has not been sent yet is still in the journal, and nowhere else.
"""

import asyncio

from aiortc import RTCDataChannel
from aiortc.exceptions import InvalidStateError

HIGH = 16 * 1024
LOW = 4 * 1024
GLANCE = 0.05
"""Seconds between two looks at a buffer that is to be empty: aiortc tells of one threshold alone."""


class Outlet:
    """The sending side of ``channel``."""

    def __init__(self, channel: RTCDataChannel) -> None:
        self._channel = channel
        self._low = asyncio.Event()
        self.peak = 0
        channel.bufferedAmountLowThreshold = LOW
        channel.on("bufferedamountlow", self._low.set)

    async def room(self) -> None:
        """Wait until a message may be sent."""
        while self._channel.bufferedAmount >= HIGH:
            self._low.clear()
            await self._low.wait()

    async def empty(self) -> None:
        """Wait until the association has taken all that was sent on the channel."""
        while self._channel.bufferedAmount > 0:  # noqa: ASYNC110 - as ``GLANCE`` says
            await asyncio.sleep(GLANCE)

    async def send(self, data: str | bytes) -> None:
        """Send in turn. Raises ConnectionError once the channel is closed."""
        await self.room()
        self.send_now(data)

    def send_now(self, data: str | bytes) -> None:
        """Send a small message without waiting (a beat, a reply). Raises ConnectionError once the channel is closed."""
        try:
            self._channel.send(data)
        except InvalidStateError as error:
            raise ConnectionError(self._channel.label) from error
        self.peak = max(self.peak, self._channel.bufferedAmount)
