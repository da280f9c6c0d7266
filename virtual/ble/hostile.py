# SPDX-License-Identifier: Apache-2.0
"""Instruments that no maker would own up to: garbage, floods, nothing inside, services that change behind a cache."""

import asyncio
import contextlib
import random
from collections.abc import Sequence

from virtual.ble.peripheral import LinkLost, Peripheral, Value


def garbage(seed: int, count: int, longest: int = 244) -> list[bytes]:
    """Random frames, empty ones and overlong ones among them."""
    dice = random.Random(seed)  # noqa: S311 - repeatable noise, no secret
    return [dice.randbytes(dice.choice((0, 1, 2, 7, 20, longest))) for _ in range(count)]


async def babble(peripheral: Peripheral, number: int, frames: Sequence[bytes], *, per_second: float = 100) -> int:
    """Send frames at a rate; how many went before the link was dropped."""
    for sent, frame in enumerate(frames):
        try:
            await peripheral.send(number, frame)
        except LinkLost:
            return sent
        await asyncio.sleep(1 / per_second)
    return len(frames)


async def flood(peripheral: Peripheral, number: int, frame: bytes, *, per_second: float, seconds: float) -> int:
    """Notify at a rate until the link is dropped or the time is over; how many went."""
    loop = asyncio.get_running_loop()
    start, sent = loop.time(), 0
    with contextlib.suppress(LinkLost):
        while (elapsed := loop.time() - start) < seconds:
            while sent < elapsed * per_second:
                await peripheral.send(number, frame)
                sent += 1
            await asyncio.sleep(0.002)
    return sent


async def lie(peripheral: Peripheral, values: Sequence[Value]) -> None:
    """Come back with other values, perhaps none: hollow, or behind a central that remembers the old ones."""
    await peripheral.power_off()
    peripheral.values = tuple(values)
    await peripheral.power_on()
