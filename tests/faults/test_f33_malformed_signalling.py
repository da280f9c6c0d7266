# SPDX-License-Identifier: Apache-2.0
"""f33: oversized, malformed or replayed signalling is refused and capped, and disturbs nobody else."""

import json
import logging
import random
from collections.abc import AsyncIterator

import pytest

from doctor.config import Config
from doctor.server import Server, serving
from doctor.tokens import fingerprint
from tests.doctor.wirework import SDP, TOKEN, Wire, cart_wire, invited, page_wire, seated


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    carts = {"chevet-1": fingerprint(TOKEN), "chevet-2": fingerprint("second")}
    config = Config(key=b"a server key of thirty-two bytes", carts=carts, host="localhost", port=0)
    async with serving(config) as server:
        yield server


@pytest.fixture
async def bystander(server: Server) -> AsyncIterator[tuple[Wire, Wire]]:
    """A call under way that must not notice anything."""
    async with cart_wire(server, "second") as cart, page_wire(server) as page:
        await seated(cart, page, await invited(cart))
        yield cart, page
        await cart.quiet()
        await page.quiet()


@pytest.mark.usefixtures("bystander")
async def test_f33_an_oversized_message_closes_its_connection_only(server: Server) -> None:
    async with page_wire(server) as page:
        await page.socket.send_str("x" * (256 * 1024 + 1))
        assert await page.closed() == 1009


async def test_f33_a_binary_message_is_refused(server: Server) -> None:
    async with page_wire(server) as page:
        await page.socket.send_bytes(b"\x00\x01")
        assert (await page.hear("error"))["code"] == "message"
        assert await page.closed() == 1008


@pytest.mark.usefixtures("bystander")
async def test_f33_a_description_with_a_thousand_candidates_is_refused(server: Server) -> None:
    lines = "".join(f"a=candidate:{n} 1 udp 1 10.0.{n // 256}.{n % 256} 9 typ host\r\n" for n in range(1000))
    async with cart_wire(server) as cart, page_wire(server) as page:
        await seated(cart, page, await invited(cart))
        await page.say(type="answer", call=1, sdp=SDP + lines)
        assert (await page.hear("error"))["code"] == "sdp"
        assert await page.closed() == 1008
        assert (await cart.hear("left"))["final"] is False


async def test_f33_a_thousand_trickled_candidates_are_cut_at_the_cap(server: Server) -> None:
    async with cart_wire(server) as cart, page_wire(server) as page:
        await seated(cart, page, await invited(cart))
        line = {"type": "candidate", "call": 1, "candidate": "candidate:1 1 udp 1 10.0.0.1 9 typ host"}
        for _ in range(1000):
            if page.socket.closed:
                break
            try:
                await page.say(**line)
            except ConnectionError:
                break
        assert (await page.hear("error"))["code"] == "candidates"
        carried = 0
        while (message := json.loads((await cart.socket.receive()).data))["type"] == "candidate":
            carried += 1
        assert carried == 64
        assert message["type"] == "left"


@pytest.mark.usefixtures("bystander")
async def test_f33_a_flood_is_cut(server: Server) -> None:
    async with page_wire(server) as page:
        for n in range(2000):
            try:
                await page.say(type="ping", n=n)
            except ConnectionError:
                break
        assert await page.closed() in {1008, 1013}


async def test_f33_a_replayed_code_room_or_token_opens_nothing(server: Server) -> None:
    async with cart_wire(server) as cart, page_wire(server) as page:
        invitation = await invited(cart)
        room, code = invitation["room"], invitation["code"]
        join = {"type": "join", "room": room, "code": code, "name": "Dr Martin"}
        admitted = await seated(cart, page, invitation)
        await cart.say(type="invite", id="second")
        second = (await cart.hear("invited"))["room"]
        replays = [
            join,
            {"type": "join", "room": second, "resume": admitted["resume"], "name": "Dr Martin"},
            {"type": "join", "room": second, "code": code, "name": "Dr Martin"},
            {"type": "join", "room": room, "resume": room, "name": "Dr Martin"},
        ]
        for replay in replays:
            async with page_wire(server) as thief:
                await thief.say(**replay)
                assert (await thief.hear("refused"))["code"] in {"wrong-code", "expired"}
        await cart.quiet()
        await page.quiet()


async def test_f33_garbage_from_a_cart_closes_its_connection_with_a_reason(server: Server) -> None:
    for line in ("", "{", '{"type": "answer"}', '{"type": "offer", "room": "r", "peer": "p", "call": 1, "sdp": 5}'):
        async with cart_wire(server) as cart:
            await cart.socket.send_str(line)
            error = await cart.hear("error")
            assert error["code"] == "message"
            assert error["detail"]
            assert await cart.closed() == 1008


async def test_f33_random_mutations_never_break_the_server(
    server: Server, bystander: tuple[Wire, Wire], caplog: pytest.LogCaptureFixture
) -> None:
    """A hundred connections, each with one message bitten at random, seeded; no error is logged, the others go on."""
    dice = random.Random(33)  # noqa: S311 - a seeded fuzz
    whole = json.dumps({"type": "join", "room": "r" * 60, "code": "123456", "name": "Dr Canari", "alive": False})
    caplog.set_level(logging.INFO)
    for turn in range(100):
        if turn % 10 == 0:
            await bystander[0].quiet()
            await bystander[1].quiet()
        text = list(whole)
        for _ in range(dice.randint(1, 6)):
            text[dice.randrange(len(text))] = chr(dice.choice([0, 34, 44, 91, 92, 123, 0x7F, 0xE9, 0x2028, 0x1F4A9]))
        async with page_wire(server) as page:
            await page.socket.send_str("".join(text))
            assert await page.closed() in {1008, 4002}
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "Canari" not in caplog.text
