# SPDX-License-Identifier: Apache-2.0
import asyncio

import pytest

from call.dark import light
from tests.call.away import NETWORKS, cable
from tests.call.stubs import Bell


async def test_a_way_that_answers_is_light_at_once():
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server, asyncio.timeout(5):
        await light(["127.0.0.1"], server.sockets[0].getsockname()[1])


async def test_a_refusal_is_an_answer():
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    with pytest.raises(ConnectionRefusedError):
        await light(["127.0.0.1"], port)


@NETWORKS
async def test_a_dark_way_is_noticed_when_it_carries_again():
    with cable() as made:
        bell = Bell()
        made.cut()
        knocking = asyncio.create_task(light(["10.77.0.2"], 9))
        knocking.add_done_callback(bell.ring)
        await asyncio.wait((knocking,), timeout=1.2)
        made.join()
        await bell.until(knocking.done, 10)
        with pytest.raises(OSError, match=r"Connect call failed|refused|unreachable|No route"):
            knocking.result()
