# SPDX-License-Identifier: Apache-2.0
"""A conference that goes wrong in a call: one line says what to do, it comes back by itself or ends with its mark
gone, and the doctor's own line does not notice."""

import re
from contextlib import asynccontextmanager
from functools import partial

import pytest

from call.conference import Conference, Where
from device.station.state import CallPhase, ConferencePhase
from tests.call.stubs import ENCOUNTER
from tests.call.whip.cart import QUICK, served
from tests.call.whip.mirror import SDP, Mirror
from tests.call.wire import carts, connected, reached

LONG = 40.0
LEFT = {"Location": "/session/x"}
ACTS = ("Prévenez l’assistance.", "Le chariot réessaie tout seul.", "Le chariot la refait.", "Le chariot attend.")
"""How a line ends: with what to do, or with what the cart does."""
OPEN, CUT, CLOSED = ConferencePhase.OPEN, ConferencePhase.CUT, ConferencePhase.CLOSED


class Bedside:
    """A call with a doctor, and the server of a conference."""

    def __init__(self, cart, page, mirror: Mirror, folder) -> None:
        self.cart, self.page, self.mirror, self.folder = cart, page, mirror, folder

    @property
    def conference(self):
        return self.cart.call.state.conference

    async def phase(self, phase: ConferencePhase, word: str = "") -> None:
        """Wait for the mark on the cart, with ``word`` in its line, or without a line."""

        def holds(_) -> bool:
            said = self.conference.line
            return self.conference.phase is phase and word in said and (said == "") == (word == "")

        await reached(self.cart, holds, LONG)

    async def untouched(self) -> None:
        """The doctor sees on, in the peer connection that there was from the beginning, and was never cut off."""
        seen = self.page.peer.pictures
        await self.page.peer.until(lambda: self.page.peer.pictures > seen + 2, LONG)
        assert self.page.peers == 1
        since = next(i for i, state in enumerate(self.cart.states) if state.phase is CallPhase.CONNECTED)
        assert {state.phase for state in self.cart.states[since:]} == {CallPhase.CONNECTED}

    async def gone(self) -> None:
        """The operator ends it: the mark is gone at once, and nothing is left."""
        self.cart.call.close_conference()
        assert (self.conference.phase, self.conference.line, self.conference.shown) == (CLOSED, "", False)
        await self.mirror.bell.until(lambda: self.mirror.open == {}, LONG)


@asynccontextmanager
async def bedside(tmp_path):
    mirror = Mirror()
    async with served(mirror.application) as base:
        make = partial(Conference, Where(f"{base}/whip/a", f"{base}/whep/a"), folder=tmp_path, pace=QUICK)
        async with carts(tmp_path, make) as cart:
            cart.pictures.fps = 8
            cart.call.dial(ENCOUNTER, 0)
            yield Bedside(cart, await connected(cart), mirror, tmp_path)
    assert not list(tmp_path.glob("conference-*"))


REFUSALS = [
    ({"status": 401}, "refuse ce chariot"),
    ({"status": 403}, "refuse ce chariot"),
    ({"status": 404}, "n’est pas la bonne"),
    ({"status": 406}, "n’accepte pas"),
    ({"status": 503, "headers": {"Retry-After": "1"}}, "saturé"),
    ({"status": 502}, "en panne"),
    ({"status": 201, "text": "<html>", "content_type": "text/html", "headers": LEFT}, "répond mal"),
    ({"status": 201, "text": "v=0\r\nm=audio", "content_type": SDP, "headers": LEFT}, "répond mal"),
    ({"status": 201, "text": "v=0\r\nm=audio 9 X 0\r\n", "content_type": SDP}, "répond mal"),
]


def another(sdp: str) -> str:
    """An answer by whom somebody else stands."""
    return re.sub(r"^(a=fingerprint:sha-256) \S+", rf"\1 {':'.join(['AA'] * 32)}", sdp, flags=re.MULTILINE)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_server_that_refuses_is_said_in_one_line_and_let_in_by_itself_once_it_takes_the_cart(tmp_path):
    async with bedside(tmp_path) as one:
        for refusal, word in REFUSALS:
            one.mirror.refusing = {"/whip": refusal}
            one.cart.call.open_conference()
            await one.phase(CUT, word)
            assert one.conference.line.endswith(ACTS)
            assert one.conference.line.count(".") == 2
            one.cart.call.close_conference()
            assert (one.conference.phase, one.conference.line) == (CLOSED, "")
        one.mirror.refusing, one.mirror.bitten = {}, another
        one.cart.call.open_conference()
        await one.phase(CUT, "coupée")
        assert one.mirror.frames == 0
        one.mirror.bitten = str
        await one.phase(OPEN)
        await one.mirror.bell.until(lambda: one.mirror.frames > 3, LONG)
        await one.untouched()
        await one.gone()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_server_that_dies_is_marked_as_cut_and_comes_back_or_is_ended_by_the_operator(tmp_path):
    async with bedside(tmp_path) as one:
        one.cart.call.open_conference()
        await one.phase(OPEN)
        await one.mirror.bell.until(lambda: one.mirror.frames > 3, LONG)
        await one.mirror.die()
        await one.phase(CUT, "Le chariot")
        await one.untouched()
        frames, one.mirror.down = one.mirror.frames, False
        await one.phase(OPEN)
        await one.mirror.bell.until(lambda: one.mirror.frames > frames, LONG)
        await one.mirror.die()
        one.cart.call.close_conference()
        assert (one.conference.phase, one.conference.line) == (CLOSED, "")
        await one.untouched()
        one.cart.call.open_conference()
        await one.phase(CUT, "injoignable")
        one.mirror.down, one.mirror.refusing = False, {"/whep": {"status": 403}}
        await one.phase(OPEN, "refuse ce chariot")
        one.mirror.refusing = {}
        await one.phase(OPEN)
        await one.untouched()
        await one.gone()
