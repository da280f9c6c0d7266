# SPDX-License-Identifier: Apache-2.0
"""f46: the event loop of the device process is blocked. Counted, said with its place while it lasts, and shown."""

import asyncio
import logging
import time

import pytest

from call.exposition import text
from call.tally import Tally
from device.pulse import Pulse

pytestmark = pytest.mark.timeout(60)


def hold(said) -> float:
    """Block the thread, hence the loop, until ``said()``: twenty seconds at most. How long it was."""
    began = time.monotonic()
    while not said() and time.monotonic() - began < 20:
        time.sleep(0.01)
    return time.monotonic() - began


async def test_f46_a_block_is_told_with_its_place_while_it_lasts_and_counted_afterwards(caplog):
    caplog.set_level(logging.WARNING)
    told = asyncio.Event()
    pulse = Pulse(lambda _: told.set(), blocked=0.3)
    running = asyncio.create_task(pulse.run())
    try:
        async with asyncio.timeout(30):
            while pulse.promptness.count == 0:
                await asyncio.sleep(0.01)
            before = pulse.promptness.blocks
            lasted = hold(lambda: "the event loop is blocked at" in caplog.text)
            await told.wait()
    finally:
        running.cancel()
        await asyncio.wait((running,))
    place = next(one.getMessage() for one in caplog.records if "blocked at" in one.getMessage())
    assert "test_f46_loop_blocked.py" in place
    assert " hold" in place
    assert pulse.promptness.blocks > before
    assert pulse.promptness.longest > lasted - 0.2
    assert "CHV-12 the event loop was blocked for" in caplog.text


async def test_f46_what_blocks_the_loop_reaches_prometheus_as_a_histogram():
    pulse = Pulse(blocked=0.3)
    running = asyncio.create_task(pulse.run())
    try:
        async with asyncio.timeout(30):
            while pulse.promptness.count == 0:
                await asyncio.sleep(0.01)
            time.sleep(0.6)  # noqa: ASYNC251 - the fault itself
            while pulse.promptness.blocks == 0:
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.wait((running,))
    found = pulse.promptness
    lines = text(Tally(), found).splitlines()
    assert f"chevet_device_loop_blocks_total {found.blocks}" in lines
    assert f'chevet_device_loop_lateness_seconds_bucket{{le="+Inf"}} {found.count}' in lines
    assert f"chevet_device_loop_lateness_seconds_count {found.count}" in lines
    within = [line for line in lines if '_bucket{le="0.25"}' in line]
    assert int(within[0].split()[-1]) < found.count


async def test_f46_a_loop_that_turns_has_no_block_and_its_thread_ends_with_it():
    pulse = Pulse(blocked=30.0)
    running = asyncio.create_task(pulse.run())
    async with asyncio.timeout(30):
        while pulse.promptness.count < 3:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait((running,))
    assert pulse.promptness.blocks == 0
    assert pulse._over.is_set()
