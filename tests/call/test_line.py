# SPDX-License-Identifier: Apache-2.0
import asyncio
import itertools

from call import line as line_module
from device.station.state import CallPhase
from tests.call.stubs import ENCOUNTER
from tests.call.wire import carts, connected, reached


async def test_pictures_that_no_longer_leave_are_noticed_and_dialled_again(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(line_module, "STALLED", 0.4)
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        await page.peer.until(lambda: page.peer.pictures > 3)
        stuck = asyncio.Event()

        async def never(*_: object) -> None:
            await stuck.wait()

        monkeypatch.setattr(cart.call._video, "packet", never)
        await page.bell.until(lambda: page.peers == 2, 5)
        monkeypatch.undo()
        stuck.set()
        assert "CAL-15" in caplog.text
        await page.peer.until(lambda: page.peer.pictures > 3)


async def test_a_page_that_answers_nonsense_is_offered_again_but_not_in_a_storm(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        offers = []

        async def nonsense(offer) -> None:
            offers.append(asyncio.get_running_loop().time())
            await page.say("answer", call=offer["call"], sdp="v=0\r\nnonsense")

        page.answers = nonsense
        await page.say("dead")
        await page.bell.until(lambda: len(offers) == 4, 10)
        pauses = [later - first for first, later in itertools.pairwise(offers)]
        assert min(pauses) > 0.4
        page.answers = None
        await reached(cart, lambda state: state.phase is CallPhase.CONNECTED, 10)


async def test_an_answer_to_an_older_offer_is_left_out(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        await page.say("answer", call=1, sdp="v=0\r\nold")
        await page.say("candidate", call=1, candidate="candidate:nonsense", sdpMid="0", sdpMLineIndex=0)
        seen = page.peer.pictures
        await page.peer.until(lambda: page.peer.pictures > seen + 10)
        assert page.peers == 1


async def test_nothing_is_left_running_after_many_dials(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        for n in range(2, 6):
            await page.say("dead")
            await page.bell.until(lambda: page.peers == n, 10)  # noqa: B023 - awaited at once
            await reached(cart, lambda state: state.phase is CallPhase.CONNECTED)
        cart.call.hang_up()
        assert await cart.settled() == set()
