# SPDX-License-Identifier: Apache-2.0
"""What an instrument that sends after each measurement does: keep, advertise, wait, indicate oldest first, hang up.

As the A&D UA-651BLE and UT-201BLE do: only what was not yet confirmed is sent, all of it, at every connection.
"""

import asyncio
from collections import deque
from collections.abc import Iterable

from virtual.ble.peripheral import LinkLost, Peripheral

WINDOW = 60.0
"""Seconds for which it advertises after a measurement."""
LINGER = 0.2
"""Seconds between the last confirmation and hanging up."""


class Undelivered(Exception):  # noqa: N818 - an event in the life of an instrument
    """Nobody came for it in time, or the link broke: it stays in the memory."""


class Outbox:
    """A memory of at most ``size`` frames (the oldest is overwritten) and its delivery over one characteristic."""

    def __init__(self, peripheral: Peripheral, number: int, kept: Iterable[bytes] = (), *, size: int = 30) -> None:
        self.kept: deque[bytes] = deque(kept, maxlen=size)
        self.window = WINDOW
        self._peripheral = peripheral
        self._number = number
        self._busy = asyncio.Lock()

    async def deliver(self) -> tuple[bytes, ...]:
        """Send everything kept; the frames confirmed, in order. Raises Undelivered."""
        async with self._busy:
            return await self._deliver()

    async def _deliver(self) -> tuple[bytes, ...]:
        sent: list[bytes] = []
        try:
            async with asyncio.timeout(self.window):
                await self._peripheral.find_listener(self._number)
                while self.kept:
                    await self._peripheral.send(self._number, self.kept[0])
                    sent.append(self.kept.popleft())
                await asyncio.sleep(LINGER)
        except (TimeoutError, LinkLost) as error:
            raise Undelivered(f"{len(self.kept)} kept, {len(sent)} sent") from error
        finally:
            await self._peripheral.hang_up()
            await self._peripheral.hush()
        return tuple(sent)
