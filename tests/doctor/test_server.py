# SPDX-License-Identifier: Apache-2.0
"""The rendezvous server over real sockets."""

import asyncio
import logging

import aiohttp
import msgspec
import pytest

from doctor.config import Config
from doctor.server import Server, serving
from doctor.tokens import Signer, fingerprint
from doctor.turn import Relay, credential
from tests.doctor.wirework import SDP, TOKEN, cart_wire, invited, page_wire, seated

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_only_a_known_token_opens_the_carts_socket(server: Server) -> None:
    async with aiohttp.ClientSession() as session:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic YTpi"}):
            async with session.get(f"{server.origin}/cart", headers=headers) as answer:
                assert answer.status == 401


async def test_an_invitation_is_a_link_and_six_digits(server: Server) -> None:
    async with cart_wire(server) as cart:
        invitation = await invited(cart)
        assert invitation["link"] == f"{server.origin}/d/{invitation['room']}"
        assert len(invitation["code"]) == 6
        assert invitation["ice"] == []


async def test_a_page_knocks_is_admitted_and_both_exchange_descriptions(server: Server) -> None:
    async with cart_wire(server) as cart, page_wire(server) as page:
        invitation = await invited(cart)
        admitted = await seated(cart, page, invitation)
        to_peer = {"room": invitation["room"], "peer": admitted["peer"]}
        await cart.say(type="offer", call=1, sdp=SDP, **to_peer)
        assert await page.hear("offer") == {"type": "offer", "call": 1, "sdp": SDP, "ice": []}
        await page.say(type="answer", call=1, sdp=SDP)
        assert await cart.hear("answer") == {"type": "answer", "call": 1, "sdp": SDP, **to_peer}
        candidate = {
            "call": 1,
            "candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host",
            "sdpMid": "0",
            "sdpMLineIndex": 0,
        }
        await page.say(type="candidate", **candidate)
        assert await cart.hear("candidate") == {"type": "candidate", **candidate, **to_peer}
        await cart.say(type="candidate", **candidate, **to_peer)
        assert await page.hear("candidate") == {"type": "candidate", **candidate}
        await page.say(type="dead")
        assert await cart.hear("dead") == {"type": "dead", **to_peer}
        await cart.say(type="restart", **to_peer)
        await page.hear("restart")
        await page.say(type="leave")
        assert await cart.hear("left") == {"type": "left", "final": True, **to_peer}
        assert await page.closed() == 4002


async def test_nothing_goes_to_a_page_before_it_is_admitted(server: Server) -> None:
    async with cart_wire(server) as cart, page_wire(server) as page:
        invitation = await invited(cart)
        await page.say(type="join", room=invitation["room"], code=invitation["code"], name="Dr Martin")
        peer = (await page.hear("waiting"))["peer"]
        await cart.hear("knock")
        await cart.hear("invited")
        await cart.say(type="offer", room=invitation["room"], peer=peer, call=1, sdp=SDP)
        assert (await cart.hear("error"))["code"] == "no-peer"
        await cart.quiet()
        await page.quiet()
        await page.say(type="answer", call=1, sdp=SDP)
        assert (await page.hear("error"))["code"] == "not-admitted"
        assert await page.closed() == 1008


async def test_a_code_works_once_and_the_cart_gets_the_next(server: Server) -> None:
    async with (
        cart_wire(server) as cart,
        page_wire(server) as first,
        page_wire(server) as second,
        page_wire(server) as third,
    ):
        invitation = await invited(cart)
        spent = invitation["code"]
        await seated(cart, first, invitation)
        await second.say(type="join", room=invitation["room"], code=spent, name="Dr Autre")
        assert (await second.hear("refused"))["code"] == "wrong-code"
        assert invitation["code"] != spent
        await third.say(type="join", room=invitation["room"], code=invitation["code"], name="Dr Autre")
        await third.hear("waiting")
        assert (await cart.hear("knock"))["name"] == "Dr Autre"


async def test_a_refused_page_cannot_come_back_with_its_token(server: Server) -> None:
    async with cart_wire(server) as cart, page_wire(server) as page, page_wire(server) as again:
        invitation = await invited(cart)
        await page.say(type="join", room=invitation["room"], code=invitation["code"], name="Dr Martin")
        waiting = await page.hear("waiting")
        await cart.say(type="refuse", room=invitation["room"], peer=waiting["peer"])
        refused = await page.hear("refused")
        assert refused["code"] == "refused"
        assert "pas accepté" in refused["line"]
        assert await page.closed() == 4002
        await again.say(type="join", room=invitation["room"], resume=waiting["resume"], name="Dr Martin")
        assert (await again.hear("refused"))["code"] == "refused"


async def test_a_page_comes_back_with_its_token_and_the_cart_dials_again(server: Server) -> None:
    async with cart_wire(server) as cart:
        invitation = await invited(cart)
        async with page_wire(server) as page:
            admitted = await seated(cart, page, invitation)
        assert (await cart.hear("left"))["final"] is False
        async with page_wire(server) as page:
            await page.say(type="join", room=invitation["room"], resume=admitted["resume"], name="Dr Martin")
            assert (await page.hear("admitted"))["peer"] == admitted["peer"]
            assert (await cart.hear("back"))["peer"] == admitted["peer"]


async def test_a_page_whose_connection_lives_comes_back_without_a_redial(server: Server) -> None:
    async with cart_wire(server) as cart:
        invitation = await invited(cart)
        async with page_wire(server) as page:
            admitted = await seated(cart, page, invitation)
        await cart.hear("left")
        async with page_wire(server) as page:
            await page.say(
                type="join", room=invitation["room"], resume=admitted["resume"], name="Dr Martin", alive=True
            )
            await page.hear("admitted")
            await cart.quiet()


async def test_the_newest_window_of_a_page_wins(server: Server) -> None:
    async with cart_wire(server) as cart, page_wire(server) as page, page_wire(server) as other:
        invitation = await invited(cart)
        admitted = await seated(cart, page, invitation)
        await other.say(type="join", room=invitation["room"], resume=admitted["resume"], name="Dr Martin")
        await other.hear("admitted")
        assert (await page.hear("refused"))["code"] == "replaced"
        assert await page.closed() == 4001
        await cart.hear("back")
        await cart.quiet()


async def test_a_cart_that_comes_back_finds_its_room_and_its_pages(server: Server) -> None:
    async with page_wire(server) as page:
        async with cart_wire(server) as cart:
            invitation = await invited(cart)
            admitted = await seated(cart, page, invitation)
        await page.hear("cart-lost")
        async with cart_wire(server) as cart:
            await cart.say(type="invite", id="again", room=invitation["room"])
            assert (await cart.hear("invited"))["code"] == invitation["code"]
            assert (await cart.hear("back"))["peer"] == admitted["peer"]
            await page.hear("cart-back")


async def test_everything_survives_a_restart_of_the_server(config: Config) -> None:
    async with serving(config) as server, cart_wire(server) as cart, page_wire(server) as page:
        invitation = await invited(cart)
        first = invitation["code"]
        admitted = await seated(cart, page, invitation)
    async with serving(config) as server, page_wire(server) as page, page_wire(server) as other:
        await page.say(type="join", room=invitation["room"], resume=admitted["resume"], name="Dr Martin")
        await page.hear("admitted")
        await page.hear("cart-lost")
        async with cart_wire(server) as cart:
            await cart.say(type="invite", id="i", room=invitation["room"])
            assert (await cart.hear("invited"))["code"] == first
            assert (await cart.hear("back"))["peer"] == admitted["peer"]
            await page.hear("cart-back")
            await other.say(type="join", room=invitation["room"], code=first, name="Dr Autre")
            await cart.hear("knock")


async def test_a_withdrawn_room_is_closed_for_good(server: Server) -> None:
    async with cart_wire(server) as cart, page_wire(server) as page, page_wire(server) as late:
        invitation = await invited(cart)
        admitted = await seated(cart, page, invitation)
        await cart.say(type="withdraw", room=invitation["room"])
        await page.hear("closed")
        assert await page.closed() == 4002
        await late.say(type="join", room=invitation["room"], resume=admitted["resume"], name="Dr Martin")
        assert (await late.hear("refused"))["code"] == "expired"
        await cart.say(type="invite", id="j", room=invitation["room"])
        assert (await cart.hear("error"))["code"] == "no-room"
        await cart.quiet()


async def test_an_expired_invitation_is_said(config: Config) -> None:
    room = Signer(config.key).room("chevet-1", 1000)
    async with serving(config) as server, page_wire(server) as page:
        await page.say(type="join", room=room, code="123456", name="Dr Martin")
        refused = await page.hear("refused")
        assert refused["code"] == "expired"
        assert "nouveau lien" in refused["line"]


async def test_wrong_codes_are_counted_and_a_right_one_does_not_help_then(server: Server) -> None:
    async with cart_wire(server) as cart:
        invitation = await invited(cart)
        wrong = f"{(int(invitation['code']) + 1) % 1_000_000:06d}"
        answers = []
        for code in [wrong] * 6 + [invitation["code"]]:
            async with page_wire(server) as page:
                await page.say(type="join", room=invitation["room"], code=code, name="Dr Martin")
                answers.append((await page.hear("refused"))["code"])
        assert answers == ["wrong-code"] * 5 + ["too-many"] * 2
        await cart.quiet()


async def test_a_cart_connected_twice_keeps_the_newest(server: Server) -> None:
    async with cart_wire(server) as old, cart_wire(server) as new:
        assert await old.closed() == 4001
        await invited(new)


async def test_one_cart_cannot_use_the_room_of_another(config: Config) -> None:
    config = msgspec.structs.replace(config, carts=config.carts | {"chevet-2": fingerprint("second")})
    async with serving(config) as server, cart_wire(server) as cart, cart_wire(server, "second") as thief:
        room = (await invited(cart))["room"]
        for message in ({"type": "invite", "id": "x", "room": room}, {"type": "withdraw", "room": room}):
            await thief.say(**message)
            assert (await thief.hear("error"))["code"] == "no-room"
        await cart.quiet()


async def test_relay_credentials_go_to_the_cart_and_to_admitted_pages_only(config: Config) -> None:
    relay = Relay("north", ("turns:relay.example:443?transport=tcp",), 3600)
    config = msgspec.structs.replace(config, relay=relay)
    async with serving(config) as server, cart_wire(server) as cart, page_wire(server) as page:
        invitation = await invited(cart)
        (ice,) = (await seated(cart, page, invitation))["ice"]
        assert ice["credential"] == credential("north", ice["username"])
        assert ice["urls"] == ["turns:relay.example:443?transport=tcp"]
        assert invitation["ice"][0]["username"].endswith(":chevet-1")


async def test_a_silent_peer_is_lost_after_three_seconds(server: Server) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect(
            f"{server.origin}/cart", headers={"Authorization": f"Bearer {TOKEN}"}, autoping=False
        )
        started = asyncio.get_running_loop().time()
        async with asyncio.timeout(6):
            frame = await socket.receive()
            while frame.type is not aiohttp.WSMsgType.CLOSE:
                frame = await socket.receive()
        assert frame.data == 4000
        assert 2.5 < asyncio.get_running_loop().time() - started < 4.5


async def test_the_page_comes_with_strict_headers(server: Server) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/d/any", "/page/js/main.js", "/page/css/base.css", "/page/logo.svg", "/nothing"):
            async with session.get(server.origin + path) as answer:
                assert answer.status == (404 if path == "/nothing" else 200)
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert "geolocation=()" in answer.headers["Permissions-Policy"]
                assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_page_of_another_site_cannot_speak(server: Server) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await session.ws_connect(f"{server.origin}/doctor", origin="https://elsewhere.example")
        assert refusal.value.status == 403


async def test_logs_hold_no_name_no_code_and_no_address(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    for name in (None, "doctor", "aiohttp"):
        caplog.set_level(logging.DEBUG, name)
    async with cart_wire(server) as cart, page_wire(server) as page, page_wire(server) as bad:
        invitation = await invited(cart)
        code = invitation["code"]
        await seated(cart, page, invitation, name="Dr Canari Jaune")
        await bad.say(type="join", room=invitation["room"], code="000000", name="Dr Canari Jaune")
        await bad.hear("refused")
        await page.say(type="leave")
        assert await page.closed() == 4002
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("doctor", "aiohttp"))]
    assert ours
    for canary in ("Canari", code, invitation["code"], "127.0.0.1", "::1", invitation["room"]):
        assert not any(canary in line for line in ours)
