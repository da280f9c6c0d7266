# SPDX-License-Identifier: Apache-2.0
"""The time that virtual instruments live in: the wall clock, or a faster one for tests."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple


def wall() -> datetime:
    """Local time, naive, as the clock on an instrument's display."""
    return datetime.now().astimezone().replace(tzinfo=None)


class Pace(NamedTuple):
    """``now`` is local time, naive; ``sleep`` lets seconds of that time pass."""

    now: Callable[[], datetime] = wall
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


def brisk(factor: float) -> Pace:
    """A pace whose waits last ``factor`` times less; its clock still shows the wall time."""

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(seconds / factor)

    return Pace(wall, sleep)


class OwnClock:
    """The clock inside an instrument: right, wrong, or reset by a change of battery."""

    RESET = datetime(2021, 1, 1)  # noqa: DTZ001 - an instrument knows no time zone

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._ahead = timedelta()

    def now(self) -> datetime:
        """What the instrument's display shows, to the second."""
        return (self._pace.now() + self._ahead).replace(microsecond=0)

    def show(self, moment: datetime) -> None:
        """Set it; it runs on from there."""
        self._ahead = moment - self._pace.now()

    def reset(self) -> None:
        """The battery was changed: the clock starts again in 2021."""
        self.show(self.RESET)
