# SPDX-License-Identifier: Apache-2.0
"""The link dies in the middle of an encounter: local work goes on, and on return everything arrives in order, once.

Shortened here; ``chevet bench call`` cuts for minutes."""

import asyncio

import pytest

from device.station.state import CallPhase
from tests.call.away import NETWORKS, cable, called, let_in
from tests.call.facts import entry, text
from tests.call.stubs import ENCOUNTER
from tests.call.wire import reached

pytestmark = [NETWORKS, pytest.mark.timeout(120)]


async def test_f26_what_was_written_in_the_cut_arrives_in_order_and_once(tmp_path):
    with cable() as made:
        async with called(made, tmp_path) as (place, cart):
            await cart.journal.append(*(entry(n, text(f"{n}")) for n in range(1, 6)))
            await let_in(place, cart, ENCOUNTER)
            await place.bell.until(lambda: place.said["entries"] == [1, 2, 3, 4, 5])
            made.cut()
            await reached(cart, lambda state: state.phase is CallPhase.INTERRUPTED)
            assert cart.call.state.line
            for n in range(6, 31):
                await cart.journal.append(entry(n, text(f"{n}")))
                await asyncio.sleep(0.1)
            await cart.bell.until(lambda: not cart.networks[-1].online)
            assert len(place.said["entries"]) < 30
            made.join()
            await reached(cart, lambda state: state.phase is CallPhase.CONNECTED)
            await place.bell.until(lambda: len(place.said["entries"]) >= 30, 20)
            await place.sees()
            assert place.said["entries"] == list(range(1, 31))


async def test_f26_a_return_is_dialled_once_and_by_one_fresh_connection(tmp_path):
    with cable() as made:
        async with called(made, tmp_path) as (place, cart):
            await let_in(place, cart, ENCOUNTER)
            await place.sees()
            made.cut()
            await reached(cart, lambda state: state.phase is CallPhase.INTERRUPTED)
            await cart.bell.until(lambda: not cart.networks[-1].online)
            made.join()
            await reached(cart, lambda state: state.phase is CallPhase.CONNECTED)
            await place.sees(60)
            assert place.said["peers"] in {2, 3}, "a busy machine may take longer than a dial may; never a storm"
