# SPDX-License-Identifier: Apache-2.0
"""f32: a second doctor who opens the link asks; the operator admits or refuses; nobody listens silently."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from doctor.config import Config
from doctor.server import Server, serving
from doctor.tokens import fingerprint
from tests.doctor.wirework import SDP, TOKEN, cart_wire, invited, page_wire, seated


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    carts = {"chevet-1": fingerprint(TOKEN)}
    config = Config(key=b"a server key of thirty-two bytes", carts=carts, host="localhost", port=0)
    async with serving(config) as server:
        yield server


async def test_f32_a_second_doctor_hears_nothing_until_admitted(server: Server) -> None:
    async with cart_wire(server) as cart, page_wire(server) as first, page_wire(server) as second:
        invitation = await invited(cart)
        room = invitation["room"]
        one = await seated(cart, first, invitation, name="Dr Un")
        await second.say(type="join", room=room, code=invitation["code"], name="Dr Deux")
        two = await second.hear("waiting")
        knock = await cart.hear("knock")
        assert (knock["peer"], knock["name"]) == (two["peer"], "Dr Deux")
        await cart.hear("invited")
        await cart.say(type="offer", room=room, peer=one["peer"], call=1, sdp=SDP)
        await first.hear("offer")
        await first.say(type="answer", call=1, sdp=SDP)
        await cart.hear("answer")
        await second.quiet()
        await first.quiet()
        await cart.say(type="admit", room=room, peer=two["peer"])
        await second.hear("admitted")
        await cart.say(type="offer", room=room, peer=two["peer"], call=1, sdp=SDP)
        await second.hear("offer")
        await first.quiet()


async def test_f32_a_refused_second_doctor_leaves_the_first_alone(server: Server) -> None:
    async with cart_wire(server) as cart, page_wire(server) as first, page_wire(server) as second:
        invitation = await invited(cart)
        await seated(cart, first, invitation, name="Dr Un")
        await second.say(type="join", room=invitation["room"], code=invitation["code"], name="Dr Deux")
        peer = (await second.hear("waiting"))["peer"]
        await cart.hear("knock")
        await cart.hear("invited")
        await cart.say(type="refuse", room=invitation["room"], peer=peer)
        assert (await second.hear("refused"))["code"] == "refused"
        assert await second.closed() == 4002
        await first.quiet()
        await cart.quiet()


async def test_f32_the_link_alone_opens_nothing(server: Server) -> None:
    async with cart_wire(server) as cart, page_wire(server) as first, page_wire(server) as second:
        invitation = await invited(cart)
        spent = invitation["code"]
        await seated(cart, first, invitation, name="Dr Un")
        await second.say(type="join", room=invitation["room"], code=spent, name="Dr Deux")
        assert (await second.hear("refused"))["code"] == "wrong-code"
        await cart.quiet()


async def test_f32_a_fourth_doctor_is_told_that_three_are_the_most(server: Server) -> None:
    async with cart_wire(server) as cart, AsyncExitStack() as pages:
        invitation = await invited(cart)
        doctors = []
        for number in range(3):
            page = await pages.enter_async_context(page_wire(server))
            await seated(cart, page, invitation, name=f"Dr {number}")
            doctors.append(page)
        late = await pages.enter_async_context(page_wire(server))
        await late.say(type="join", room=invitation["room"], code=invitation["code"], name="Dr Quatre")
        refusal = await late.hear("refused")
        assert refusal["code"] == "full"
        assert "Trois médecins" in refusal["line"]
        assert await late.closed() == 4002
        invitation |= await cart.hear("invited")
        await cart.quiet()
        await doctors[0].say(type="leave")
        await cart.hear("left")
        free = await pages.enter_async_context(page_wire(server))
        await free.say(type="join", room=invitation["room"], code=invitation["code"], name="Dr Quatre")
        await free.hear("waiting")
        assert (await cart.hear("knock"))["name"] == "Dr Quatre"
