# SPDX-License-Identifier: Apache-2.0
"""The doctor's browser reloads: the screen says so, and the page is back with every entry, once."""

from device.station.state import CallPhase
from tests.call.facts import entry, text
from tests.call.stubs import ENCOUNTER
from tests.call.wire import carts, connected, reached

PATIENCE = 30.0
"""Seconds, on a busy machine; a quiet one takes two or three."""


def sequences(page) -> list[int]:
    return [message["entry"]["sequence"] for message in page.peer.of("entry")]


async def test_f31_a_page_that_reloads_is_back_with_every_entry(tmp_path):
    async with carts(tmp_path) as cart:
        await cart.journal.append(*(entry(n, text(f"{n}")) for n in range(1, 41)))
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        page.peer.say({"type": "read", "after": 0})
        await page.peer.until(lambda: len(sequences(page)) == 40)

        await page.reload()
        await cart.journal.append(entry(41, text("taken while the doctor was away")))
        await page.bell.until(lambda: page.peer is not None and "chevet" in page.peer.channels, PATIENCE)
        page.peer.say({"type": "read", "after": 0})
        await page.peer.until(lambda: len(sequences(page)) == 41 and page.peer.pictures > 3, PATIENCE)
        assert sequences(page) == list(range(1, 42))
        assert cart.call.state.phase is CallPhase.CONNECTED


async def test_f31_a_page_that_crashed_is_said_and_is_dialled_when_it_comes_back(tmp_path):
    async with carts(tmp_path) as cart:
        await cart.journal.append(entry(1, text("before")))
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        await page.vanish()
        await reached(cart, lambda state: state.phase is CallPhase.INTERRUPTED, PATIENCE)
        state = cart.call.state
        assert state.since is not None
        assert state.practitioner is not None
        assert "a fermé sa page" in state.line

        await page.join()
        await reached(cart, lambda state: state.phase is CallPhase.CONNECTED, PATIENCE)
        page.peer.say({"type": "read", "after": 0})
        await page.peer.until(lambda: sequences(page) == [1], PATIENCE)
