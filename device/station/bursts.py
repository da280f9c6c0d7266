# SPDX-License-Identifier: Apache-2.0
"""Bursts: what an instrument pours out of its memory is judged together, once it has been quiet (decision 0004)."""

import asyncio
from collections.abc import Callable, Sequence

from device.measurement import Arrival

MAX_ARRIVALS = 512
"""More than any known instrument remembers; a burst this long is judged at once."""
Key = tuple[str, int]


class Bursts:
    """Holds arrivals of one connection until ``quiet(instrument)`` seconds without another, then hands them over.

    What is live does not wait. ``deliver`` is called in the loop with one whole burst, in order of arrival.
    """

    def __init__(self, quiet: Callable[[str], float], deliver: Callable[[Sequence[Arrival]], None]) -> None:
        self._quiet = quiet
        self._deliver = deliver
        self._held: dict[Key, list[Arrival]] = {}
        self._timers: dict[Key, asyncio.TimerHandle] = {}

    def add(self, arrival: Arrival) -> None:
        """Take one arrival."""
        if arrival.live:
            self._deliver((arrival,))
            return
        key = (arrival.provenance.instrument, arrival.connection)
        held = self._held.setdefault(key, [])
        held.append(arrival)
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        if len(held) >= MAX_ARRIVALS:
            self._hand_over(key)
            return
        quiet = self._quiet(arrival.provenance.instrument)
        self._timers[key] = asyncio.get_running_loop().call_later(quiet, self._hand_over, key)

    def flush(self) -> None:
        """Hand over everything now: the file is about to change, or the station stops."""
        for key in list(self._held):
            self._hand_over(key)

    def _hand_over(self, key: Key) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        held = self._held.pop(key, None)
        if held:
            self._deliver(held)
