# SPDX-License-Identifier: Apache-2.0
from aiohttp import web

from doctor.limits import TokenBucket
from doctor.messages import Pong
from doctor.wire import QUEUED, TOO_SLOW, Connection


async def test_a_peer_that_does_not_read_is_cut_off_and_costs_no_memory() -> None:
    connection = Connection(web.WebSocketResponse(), TokenBucket(1, 1))
    for n in range(QUEUED):
        connection.send(Pong(n))
    assert not connection._aborted.done()
    for n in range(1000):
        connection.send(Pong(n))
    assert connection._aborted.done()
    assert connection._code == TOO_SLOW
    assert connection._out.qsize() == QUEUED
