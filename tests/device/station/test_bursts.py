# SPDX-License-Identifier: Apache-2.0
"""What comes from a memory is judged together, what is live at once."""

import asyncio
from datetime import UTC, datetime

from device.clock import Instant
from device.measurement import Arrival, Provenance
from device.station.bursts import MAX_ARRIVALS, Bursts

NOW = Instant(datetime(2026, 11, 21, 14, 0, tzinfo=UTC), 10.0, trusted=True)


def arrival(connection: int = 1, *, live: bool = False, instrument: str = "cuff") -> Arrival:
    return Arrival((), Provenance(instrument, "m", "M", "1"), NOW, live, connection)


async def test_a_burst_is_handed_over_whole_after_the_quiet_time():
    got: asyncio.Queue[list[Arrival]] = asyncio.Queue()
    bursts = Bursts(lambda _: 0.05, lambda burst: got.put_nowait(list(burst)))
    for _ in range(3):
        bursts.add(arrival())
    assert got.empty()
    assert len(await asyncio.wait_for(got.get(), 5)) == 3


async def test_what_is_live_does_not_wait():
    got: list[int] = []
    bursts = Bursts(lambda _: 60.0, lambda burst: got.append(len(burst)))
    bursts.add(arrival(live=True))
    assert got == [1]


async def test_two_links_are_two_bursts_and_a_flush_hands_both_over():
    got: list[set[tuple[str, int]]] = []
    bursts = Bursts(lambda _: 60.0, lambda burst: got.append({(a.provenance.instrument, a.connection) for a in burst}))
    for one in (arrival(1), arrival(2), arrival(1, instrument="other")):
        bursts.add(one)
    bursts.flush()
    assert got == [{("cuff", 1)}, {("cuff", 2)}, {("other", 1)}]
    bursts.flush()
    assert len(got) == 3


async def test_an_endless_burst_is_judged_anyway():
    got: list[int] = []
    bursts = Bursts(lambda _: 60.0, lambda burst: got.append(len(burst)))
    for _ in range(MAX_ARRIVALS + 1):
        bursts.add(arrival())
    assert got == [MAX_ARRIVALS]
    bursts.flush()
    assert got == [MAX_ARRIVALS, 1]
