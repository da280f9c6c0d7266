# SPDX-License-Identifier: Apache-2.0
"""Requests to a conference server: what is sent, what is followed, how long is waited."""

import asyncio
import contextlib
import ssl
from pathlib import Path

import pytest
from aiohttp import web

from call import wish
from call.wish import HOPS, Endpoint
from call.wish_answers import LONGEST, Created, Declined
from cart.demo.certificates import issue
from device.errors import ConfigurationError
from tests.call.stubs import Bell
from tests.call.whip.cart import BEARER, served

OFFER = "v=0\r\n"
GONE = [(200, True), (204, True), (404, True), (410, True), (401, False), (503, False)]
STRANGE = [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 201\x00\r\n\r\n", b"\xff" * 9000, b"", b"HTTP/1.1 2"]


class Script:
    """Answers with what a test says."""

    def __init__(self, answer) -> None:
        self._answer = answer
        self.asked: list[web.Request] = []
        self.bell = Bell()
        self.application = web.Application()
        self.application.router.add_route("*", "/{path:.*}", self._handle)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.asked.append(request)
        self.bell.ring()
        found = self._answer(request)
        return await found if asyncio.iscoroutine(found) else found


@contextlib.asynccontextmanager
async def asking(answer, **options):
    script = Script(answer)
    async with served(script.application) as base:
        endpoint = Endpoint(f"{base}/whip", lambda: BEARER, **options)
        try:
            yield endpoint, script, base
        finally:
            await endpoint.close()


def created(request: web.Request, body: str = OFFER) -> web.Response:
    del request
    return web.Response(
        status=201, text=body, content_type="application/sdp", headers={"Location": "/s/1", "ETag": '"x"'}
    )


async def test_an_offer_is_one_post_of_sdp_with_the_token():
    async with asking(created) as (endpoint, script, base):
        made = await endpoint.post(OFFER)
        assert isinstance(made, Created)
        assert made.location == f"{base}/s/1"
        (request,) = script.asked
        assert (request.method, request.content_type) == ("POST", "application/sdp")
        assert request.headers["Authorization"] == f"Bearer {BEARER}"
        assert await request.text() == OFFER


async def test_no_token_is_sent_where_there_is_none():
    script = Script(created)
    async with served(script.application) as base:
        endpoint = Endpoint(f"{base}/whip")
        assert isinstance(await endpoint.post(OFFER), Created)
        await endpoint.close()
    assert "Authorization" not in script.asked[0].headers


async def test_candidates_go_to_the_session_with_its_tag_and_an_end_is_a_delete():
    async with asking(lambda r: created(r) if r.method == "POST" else web.Response(status=204)) as (one, script, _):
        made = await one.post(OFFER)
        assert isinstance(made, Created)
        assert await one.trickle(made, "a=end-of-candidates\r\n")
        assert await one.delete(made.location)
        _, patch, delete = script.asked
        assert (patch.method, patch.path, patch.content_type) == ("PATCH", "/s/1", "application/trickle-ice-sdpfrag")
        assert patch.headers["If-Match"] == '"x"'
        assert (delete.method, delete.path) == ("DELETE", "/s/1")
        assert "If-Match" not in delete.headers
        assert all(request.headers["Authorization"] == f"Bearer {BEARER}" for request in script.asked)


@pytest.mark.parametrize("status", [404, 405, 412, 422, 428, 500, 501])
async def test_a_server_that_takes_no_candidates_later_is_no_failure(status):
    async with asking(lambda _: web.Response(status=status)) as (endpoint, _, base):
        assert not await endpoint.trickle(Created(f"{base}/s/1", ""), "")


@pytest.mark.parametrize(
    ("status", "gone"), [(200, True), (204, True), (404, True), (410, True), (401, False), (503, False)]
)
async def test_a_session_is_gone_when_the_server_says_so(status, gone):
    async with asking(lambda _: web.Response(status=status)) as (endpoint, _, base):
        assert await endpoint.delete(f"{base}/s/1") is gone


async def test_a_redirection_is_followed_with_method_body_and_token():
    def answer(request: web.Request) -> web.Response:
        if request.path == "/elsewhere":
            return created(request)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async with asking(answer) as (endpoint, script, _):
        assert isinstance(await endpoint.post(OFFER), Created)
        assert [request.path for request in script.asked] == ["/whip", "/elsewhere"]
        assert await script.asked[1].text() == OFFER
        assert script.asked[1].headers["Authorization"] == f"Bearer {BEARER}"


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_redirection_that_changes_the_method_is_not_followed(status):
    async with asking(lambda _: web.Response(status=status, headers={"Location": "/x"})) as (endpoint, script, _):
        declined = await endpoint.post(OFFER)
        assert isinstance(declined, Declined)
        assert declined.error.code == "CAL-52"
        assert len(script.asked) == 1


async def test_redirections_end():
    async with asking(lambda _: web.Response(status=307, headers={"Location": "/round"})) as (endpoint, script, _):
        declined = await endpoint.post(OFFER)
        assert isinstance(declined, Declined)
        assert declined.error.code == "CAL-52"
        assert len(script.asked) == HOPS + 1


async def test_an_answer_without_end_is_not_read_to_it():
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(status=201, headers={"Content-Type": "application/sdp", "Location": "/s/1"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            while True:
                await response.write(bytes(65_536))
                sent += 65_536
        return response

    async with asking(endless) as (endpoint, _, base):
        declined = await endpoint.post(OFFER)
        assert isinstance(declined, Declined)
        assert (declined.error.code, declined.location) == ("CAL-53", f"{base}/s/1")
        assert sent < 200 * LONGEST


async def test_a_server_that_says_nothing_is_not_waited_for_without_end(monkeypatch):
    never = asyncio.Event()

    async def silent(request: web.Request) -> web.Response:
        del request
        await never.wait()
        return web.Response()

    monkeypatch.setattr(wish, "WITHIN", 0.2)
    async with asking(silent) as (endpoint, *_):
        async with asyncio.timeout(10):
            declined = await endpoint.post(OFFER)
        assert isinstance(declined, Declined)
        assert (declined.error.code, declined.error.retry) == ("CAL-50", True)
        never.set()


@pytest.mark.parametrize(
    "said", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 201\x00\r\n\r\n", b"\xff" * 9000, b"", b"HTTP/1.1 2"]
)
async def test_what_does_not_speak_http_is_unreachable(said):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(said)
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        endpoint = Endpoint(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        declined = await endpoint.post(OFFER)
        await endpoint.close()
    assert isinstance(declined, Declined)
    assert declined.error.code == "CAL-50"


async def test_nobody_there_is_unreachable():
    async with asking(created) as (_, _, base):
        pass
    endpoint = Endpoint(base)
    declined = await endpoint.post(OFFER)
    await endpoint.close()
    assert isinstance(declined, Declined)
    assert (declined.error.code, declined.error.retry) == ("CAL-50", True)


async def test_a_certificate_of_nobody_known_is_refused_before_anything_is_sent(tmp_path):
    issue(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "town.pem", tmp_path / "town.key")
    script = Script(created)
    async with served(script.application, context) as base:
        stranger = Endpoint(f"{base}/whip", lambda: BEARER)
        declined = await stranger.post(OFFER)
        assert isinstance(declined, Declined)
        assert (declined.error.code, declined.error.retry) == ("CAL-59", False)
        assert script.asked == []
        known = Endpoint(f"{base}/whip", lambda: BEARER, tmp_path / "authority.pem")
        made = await known.post(OFFER)
        assert isinstance(made, Created)
        assert made.location.startswith("https://")
        for endpoint in (stranger, known):
            await endpoint.close()


async def test_an_authority_that_is_not_there_is_said():
    endpoint = Endpoint("https://127.0.0.1:9/", authority=Path("nowhere.pem"))
    declined = await endpoint.post(OFFER)
    await endpoint.close()
    assert isinstance(declined, Declined)
    assert declined.error.code == "CFG-21"
    assert "serveur de conférence" in declined.error.line


async def test_a_token_that_cannot_be_read_is_said_and_nothing_is_sent():
    def token() -> str:
        raise ConfigurationError(22, "ligne", "detail")

    script = Script(created)
    async with served(script.application) as base:
        endpoint = Endpoint(base, token)
        declined = await endpoint.post(OFFER)
        await endpoint.close()
    assert isinstance(declined, Declined)
    assert declined.error.code == "CFG-22"
    assert script.asked == []


@pytest.mark.parametrize(("status", "code"), [(200, None), (204, None), (401, None), (404, "CAL-52"), (503, "CAL-54")])
async def test_looking_makes_no_session_and_sends_no_token(status, code):
    async with asking(lambda _: web.Response(status=status)) as (endpoint, script, _):
        found = await endpoint.look()
        assert (found.code if found is not None else None) == code
        (request,) = script.asked
        assert request.method == "OPTIONS"
        assert "Authorization" not in request.headers
