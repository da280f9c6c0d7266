# SPDX-License-Identifier: Apache-2.0
import asyncio
import socket
import ssl
import subprocess
import time
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from call.messages import Invite, Invited, Welcome
from call.signalling import QUEUE, Signalling
from device.clock import Instant
from device.errors import ConfigurationError
from tests.call.stubs import Bell, TestClock
from tests.call.wire import FAST, TOKEN, Server


class Heard:
    """What a signalling client told."""

    def __init__(self) -> None:
        self.bell, self.messages, self.networks = Bell(), [], []

    def message(self, message) -> None:
        self.messages.append(message)
        self.bell.ring()

    def network(self, network) -> None:
        self.networks.append(network)
        self.bell.ring()

    async def trouble(self, code: str) -> str:
        await self.bell.until(lambda: self.networks and self.networks[-1].notice)
        assert self.networks[-1].notice.code == code
        assert not self.networks[-1].online
        return self.networks[-1].notice.line


@asynccontextmanager
async def client(url: str, token: str = TOKEN, authority=None, clock=None, look=None):
    heard = Heard()
    clock = clock or TestClock()
    signalling = Signalling(url, token, clock, heard.message, heard.network, authority=authority, pace=FAST, look=look)
    running = asyncio.create_task(signalling.run())
    try:
        yield signalling, heard
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def welcome_page(_):
    return web.Response(text="Bienvenue")


@asynccontextmanager
async def fake(handler, context: ssl.SSLContext | None = None):
    """A server that is not the rendezvous."""
    app = web.Application()
    app.router.add_get("/cart", handler)
    app.router.add_get("/portal", welcome_page)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "localhost" if context else "127.0.0.1", 0, ssl_context=context)
    await site.start()
    try:
        host, port = ("localhost" if context else "127.0.0.1"), runner.addresses[0][1]
        yield f"{'https' if context else 'http'}://{host}:{port}"
    finally:
        await runner.cleanup()


async def test_a_good_token_is_welcomed_and_a_room_is_opened():
    server = Server()
    await server.start()
    async with client(server.origin) as (signalling, heard):
        await heard.bell.until(lambda: heard.messages)
        assert isinstance(heard.messages[0], Welcome)
        assert signalling.online
        assert signalling.send(Invite("e1"))
        await heard.bell.until(lambda: len(heard.messages) > 1)
        assert isinstance(heard.messages[1], Invited)
    await server.stop()


async def test_it_is_back_soon_after_the_server():
    server = Server()
    await server.start()
    async with client(server.origin) as (signalling, heard):
        await heard.bell.until(lambda: signalling.online)
        await server.stop()
        await heard.bell.until(lambda: not signalling.online, 10)
        assert not signalling.send(Invite("e1"))
        await server.start()
        back = time.monotonic()
        await heard.bell.until(lambda: signalling.online, 10)
        assert time.monotonic() - back < 3
        assert [network.online for network in heard.networks] == [True, False, True]
    await server.stop()


async def test_a_refused_token_is_said():
    server = Server()
    await server.start()
    async with client(server.origin, TOKEN[::-1]) as (_, heard):
        assert "refuse ce chariot" in await heard.trouble("CAL-01")
    await server.stop()


async def test_nobody_there_is_no_network():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with client(f"http://127.0.0.1:{port}") as (_, heard):
        assert "Pas de réseau" in await heard.trouble("CAL-03")
        await asyncio.sleep(0)
        assert len(heard.networks) == 1


async def test_a_server_that_goes_silent_is_lost():
    async def silent(request):
        answer = web.WebSocketResponse()
        await answer.prepare(request)
        await answer.send_str('{"type":"welcome","cart":"c","ice":[]}')
        await asyncio.sleep(30)
        return answer

    async with fake(silent) as url, client(url) as (signalling, heard):
        await heard.bell.until(lambda: signalling.online)
        began = time.monotonic()
        await heard.trouble("CAL-04")
        assert time.monotonic() - began < FAST.lost + 10


async def test_a_captive_portal_is_said():
    async def portal(_):
        raise web.HTTPFound("/portal")

    async with fake(portal) as url, client(url) as (_, heard):
        assert "page d’accueil" in await heard.trouble("CAL-05")


async def test_a_broken_server_is_said():
    async def broken(_):
        raise web.HTTPBadGateway

    async with fake(broken) as url, client(url) as (_, heard):
        assert "en panne" in await heard.trouble("CAL-06")


@pytest.mark.parametrize("message", ["nonsense", '{"type":"welcome"}', "x" * 300_000])
async def test_an_unreadable_or_oversized_message_ends_the_connection(message):
    async def babble(request):
        answer = web.WebSocketResponse()
        await answer.prepare(request)
        await answer.send_str(message)
        await answer.receive()
        return answer

    async with fake(babble) as url, client(url) as (signalling, heard):
        await heard.bell.until(lambda: heard.networks)
        assert heard.networks[0].notice.code in ("CAL-04", "CAL-07")
        assert not signalling.online
        assert heard.messages == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that no authority signed."""
    folder = tmp_path_factory.mktemp("tls")
    pem, key = folder / "server.pem", folder / "server.key"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(pem), *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    return pem, context


async def welcome(request):
    answer = web.WebSocketResponse()
    await answer.prepare(request)
    await answer.send_str('{"type":"welcome","cart":"c","ice":[]}')
    await answer.receive()
    return answer


async def test_an_unknown_certificate_is_refused_and_said(certificate):
    async with fake(welcome, certificate[1]) as url, client(url) as (_, heard):
        assert "n’est pas reconnue" in await heard.trouble("CAL-02")
        assert heard.messages == []


async def test_with_its_authority_it_is_accepted(certificate):
    async with fake(welcome, certificate[1]) as url, client(url, authority=certificate[0]) as (signalling, heard):
        await heard.bell.until(lambda: signalling.online)


async def test_a_refused_certificate_with_an_unset_clock_is_told_as_the_clock(certificate):
    class Unset(TestClock):
        def now(self) -> Instant:
            return Instant(super().now().wall, 0.0, trusted=False)

    async with fake(welcome, certificate[1]) as url, client(url, clock=Unset()) as (_, heard):
        told = await heard.trouble("CAL-02")
        assert "heure du chariot" in told
        assert "Prévenez l’assistance" in told


async def test_a_missing_authority_file_is_a_configuration_error(tmp_path):
    heard = Heard()
    authority = tmp_path / "absent.pem"
    signalling = Signalling(
        "https://localhost:1", TOKEN, TestClock(), heard.message, heard.network, authority=authority
    )
    with pytest.raises(ConfigurationError, match="absent"):
        await signalling.run()


async def test_what_waits_to_go_out_is_bounded():
    async def deaf(request):
        answer = web.WebSocketResponse()
        await answer.prepare(request)
        await answer.send_str('{"type":"welcome","cart":"c","ice":[]}')
        await asyncio.sleep(30)
        return answer

    async with fake(deaf) as url, client(url) as (signalling, heard):
        await heard.bell.until(lambda: signalling.online)
        taken = [signalling.send(Invite("e")) for _ in range(QUEUE + 10)]
        assert taken.count(True) == QUEUE
