# SPDX-License-Identifier: Apache-2.0
import asyncio

import pytest
from bleak.exc import BleakError

from device.ble.link import within


async def test_a_result_passes() -> None:
    assert await within(1.0, asyncio.sleep(0, "done")) == "done"


async def test_what_takes_too_long_ends_at_its_deadline() -> None:
    with pytest.raises(TimeoutError):
        await within(0.01, asyncio.Event().wait())


async def test_a_stack_that_cancels_its_own_operation_is_an_error_of_the_stack() -> None:
    future = asyncio.get_running_loop().create_future()
    future.cancel()
    with pytest.raises(BleakError):
        await within(1.0, future)


async def test_being_cancelled_from_outside_stays_a_cancellation() -> None:
    task = asyncio.ensure_future(within(5.0, asyncio.Event().wait()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_stack_that_swallows_our_cancellation_does_not_keep_us() -> None:
    async def swallow() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "too late"
        return "never"

    task = asyncio.ensure_future(within(5.0, swallow()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_hanging_up_while_being_cancelled_is_not_cut_short() -> None:
    done = []

    async def task() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            done.append(await within(1.0, asyncio.sleep(0.01, "hung up")))

    running = asyncio.ensure_future(task())
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert done == ["hung up"]
