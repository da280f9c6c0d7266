# SPDX-License-Identifier: Apache-2.0
"""A network that answers everything with its own welcome page: said, and not knocked at in a loop."""

import asyncio
from contextlib import asynccontextmanager

from aiohttp import web

from call.diagnosis import Outcome, diagnose
from call.diagnosis_looks import Looks, ask
from call.signalling import Pace, Signalling
from tests.call.stubs import Bell, TestClock
from tests.call.wire import TOKEN, Server

WELCOME = "<html>Bienvenue sur le Wi-Fi</html>"
SLOW = Pace(connect=1.0, socket=0.5, pause=(0.05, 0.1), refused=5.0)


@asynccontextmanager
async def portal(*, redirects: bool):
    """A portal in the place of the rendezvous server; its hits."""
    hits: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        hits.append(request.path)
        if redirects:
            raise web.HTTPFound("http://portail.exemple/accueil")
        return web.Response(text=WELCOME)

    app = web.Application()
    app.router.add_get("/{any:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", hits
    finally:
        await runner.cleanup()


async def said(url: str) -> list:
    """What a cart that calls ``url`` tells."""
    bell, networks = Bell(), []
    clock = TestClock()
    signalling = Signalling(
        url,
        TOKEN,
        clock,
        lambda _: None,
        lambda network: (networks.append(network), bell.ring()),
        pace=SLOW,
        look=Looks(url, clock).closer,
    )
    running = asyncio.create_task(signalling.run())
    try:
        await bell.until(lambda: networks)
        await asyncio.wait((running,), timeout=1)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return networks


async def test_f22_a_redirection_is_a_welcome_page_and_is_not_knocked_at_in_a_loop():
    async with portal(redirects=True) as (url, hits):
        networks = await said(url)
        assert {network.notice.code for network in networks} == {"CAL-05"}
        assert "page d’accueil" in networks[-1].notice.line
        assert hits.count("/cart") == 1


async def test_f22_a_page_with_200_is_one_too():
    async with portal(redirects=False) as (url, _):
        networks = await said(url)
        assert networks[-1].notice.code == "CAL-05"


async def test_f22_the_server_itself_is_not_taken_for_a_portal():
    server = Server()
    await server.start()
    look = await ask(Looks(server.origin, TestClock()).url / "alive")
    assert look.outcome is Outcome.ALIVE
    assert diagnose(await Looks(server.origin, TestClock()).facts()) == []
    await server.stop()
