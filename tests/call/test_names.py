# SPDX-License-Identifier: Apache-2.0
import socket
import threading

import pytest

from call import names as module
from call.names import Names


async def test_a_name_server_that_falls_silent_stops_nothing(monkeypatch):
    names = Names()
    assert "127.0.0.1" in await names.addresses("localhost")
    stuck = threading.Event()
    monkeypatch.setattr(module, "_look_up", lambda _: (stuck.wait(20), [])[1])
    assert "127.0.0.1" in await names.addresses("localhost")
    names.renew()
    assert "127.0.0.1" in await names.addresses("localhost")
    stuck.set()
    await names.close()


async def test_a_name_that_was_never_known_is_an_error():
    names = Names()
    with pytest.raises(socket.gaierror):
        await names.addresses("nobody.invalid")
    await names.close()


async def test_an_address_is_its_own_name():
    names = Names()
    assert await names.addresses("192.0.2.7") == ["192.0.2.7"]
    await names.close()
