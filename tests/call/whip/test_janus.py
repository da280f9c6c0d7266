# SPDX-License-Identifier: Apache-2.0
"""Publishing to a real Janus and playing from it: pictures and sound arrive, also after it was restarted."""

import pytest

from tests.call.whip.cart import BEARER, Legs, running, served
from tests.call.whip.sfu import H264, VP8, Sfu
from virtual.whip.endpoint import Front


@pytest.fixture
async def sfu(tmp_path):
    one = Sfu(tmp_path)
    try:
        await one.start()
        yield one
    finally:
        await one.kill()


async def test_a_bad_token_a_room_that_there_is_not_and_a_wrong_address_are_said(sfu):
    front = Front(sfu.url, BEARER)
    async with served(front.application) as base:
        for legs, code in (
            (Legs(base, VP8, token="another"), "CAL-51"),  # noqa: S106 - of a test
            (Legs(base, 99), "CAL-55"),
            (Legs(f"{base}/nothing", VP8), "CAL-52"),
        ):
            leg = legs.publishing
            async with running(legs, leg):
                await legs.bell.until(lambda leg=leg: leg.standing.trouble is not None, 30)
                assert leg.standing.trouble.code == code
        assert front.sessions == {}


@pytest.mark.slow
@pytest.mark.parametrize("room", [H264, VP8])
async def test_what_the_cart_publishes_comes_back_and_does_so_again_after_the_server_was_restarted(sfu, room):
    front = Front(sfu.url, BEARER)
    async with served(front.application) as base:
        async with running(Legs(base, room)) as legs:
            await legs.watcher.media()
            await legs.bell.until(lambda: legs.publishing.standing.alive, 30)
            true = [one for one in legs.watcher.numbers if one <= legs.source.number]
            assert len(true) > 0.8 * len(legs.watcher.numbers)
            assert front.trickled >= 1
            sender = legs.publication.sender
            assert sender is not None
            await legs.watcher.bell.until(lambda: sender._told, 30)
            if room == H264:
                before = legs.source.number
                await sfu.kill()
                await sfu.start()
                await legs.watcher.media(after=before)
                assert legs.publishing.standing.dials >= 2
        assert front.sessions == {}
