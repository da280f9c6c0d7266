# SPDX-License-Identifier: Apache-2.0
import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import call.diagnosis_looks as module
from call.diagnosis import Outcome
from call.diagnosis_looks import Looks, ask
from tests.call.stubs import TestClock


async def test_a_silent_name_server_takes_none_of_the_threads_that_all_share(monkeypatch):
    """The voice is encoded in one of them."""
    loop, over, asked = asyncio.get_running_loop(), threading.Event(), asyncio.Event()
    loop.set_default_executor(ThreadPoolExecutor(1))

    def silent(*_: object, **__: object) -> list[object]:
        loop.call_soon_threadsafe(asked.set)
        over.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "no answer")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    monkeypatch.setattr(module, "WITHIN", 1.0)
    looking = asyncio.create_task(Looks("wss://rendezvous.example", TestClock()).facts())
    try:
        async with asyncio.timeout(10):
            await asked.wait()
            assert await asyncio.to_thread(threading.get_ident) != threading.get_ident()
            assert not over.is_set()
            facts = await looking
        assert facts.server.outcome is Outcome.SILENT
    finally:
        over.set()


async def test_a_name_that_nobody_knows_is_told_as_one():
    look = await ask(Looks("wss://nobody.invalid", TestClock()).url / "alive")
    assert look.outcome is Outcome.NAME
