# SPDX-License-Identifier: Apache-2.0
"""A doctor who takes entries slowly: their order is kept, nothing piles up on the cart, the journal is the truth."""

from call.outlet import HIGH
from tests.call.facts import entry, text
from tests.call.stubs import ENCOUNTER
from tests.call.wire import carts, connected

COUNT = 2000
WORDS = "une phrase assez longue pour que deux mille d’entre elles pèsent lourd " * 10


def sequences(page) -> list[int]:
    return [message["entry"]["sequence"] for message in page.peer.of("entry")]


def waiting(cart) -> int:
    """Bytes of the data channels that wait on the cart, in every queue of the association."""
    sctp = cart.call._lines.first.peer.connection.sctp
    chunks = [*sctp._outbound_queue, *sctp._sent_queue]
    return sum(len(chunk.user_data) for chunk in chunks) + sum(len(data) for _, _, data in sctp._data_channel_queue)


async def test_f34_order_is_kept_and_nothing_piles_up(tmp_path):
    async with carts(tmp_path) as cart:
        await cart.journal.append(*(entry(n, text(WORDS)) for n in range(1, COUNT + 1)))
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        page.peer.slow(0.004)
        page.peer.say({"type": "read", "after": 0})
        most = 0
        for reached in range(50, 301, 50):
            await page.peer.until(lambda: len(sequences(page)) >= reached, 30)  # noqa: B023 - awaited at once
            most = max(most, waiting(cart))
            ahead = cart.call._lines.first._channel._outlet.peak
            assert ahead <= 2 * HIGH
        assert len(sequences(page)) < COUNT
        assert cart.journal.read < COUNT + len(sequences(page)) + 400
        assert most < 512 * 1024

        page.peer.slow(0)
        await page.peer.until(lambda: len(sequences(page)) == COUNT, 30)
        assert sequences(page) == list(range(1, COUNT + 1))


async def test_f34_a_slow_page_that_is_lost_goes_on_from_its_own_position(tmp_path):
    async with carts(tmp_path) as cart:
        await cart.journal.append(*(entry(n, text(WORDS)) for n in range(1, COUNT + 1)))
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        page.peer.slow(0.004)
        page.peer.say({"type": "read", "after": 0})
        await page.peer.until(lambda: len(sequences(page)) >= 60, 30)
        had = sequences(page)
        await page.reload()
        await page.bell.until(lambda: page.peer is not None and "chevet" in page.peer.channels, 5)
        page.peer.say({"type": "read", "after": had[-1]})
        await page.peer.until(lambda: len(had) + len(sequences(page)) == COUNT, 30)
        assert had + sequences(page) == list(range(1, COUNT + 1))
