# SPDX-License-Identifier: Apache-2.0
"""What was lent for a time runs out in a call: relay credentials, the invitation. The call lives on and comes back."""

import asyncio

import pytest

from call import relays_watch
from device.station.state import CallPhase
from doctor.errors import TokenError
from doctor.messages import Admit, Invite, Join
from doctor.rooms import GRACE, Denied, Rooms
from doctor.tokens import Signer
from tests.call.away import HTTPS, NETWORKS, RELAY_ADDRESS, cable, called, certify, firewall, let_in
from tests.call.stubs import ENCOUNTER
from tests.call.turnserver import SECRET, available, coturn
from tests.call.wire import reached

SHORT = 10
"""Seconds that a relay's credentials live."""
OFTEN = 1.0
"""Seconds between two rounds of soundings, after each of which the cart asks for fresh ones: five minutes otherwise."""
MINUTE = 60


@NETWORKS
@pytest.mark.skipif(not available(), reason="needs coturn")
@pytest.mark.timeout(120)
async def test_f29_relay_credentials_run_out_media_lives_on_and_a_redial_has_fresh_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(relays_watch, "ROUTINE", OFTEN)
    monkeypatch.setattr(relays_watch, "ANXIOUS", OFTEN)
    with cable() as made:
        certify(tmp_path)
        async with coturn(tmp_path, RELAY_ADDRESS, before=made.from_town(), tls_port=HTTPS) as relay:
            firewall(f"tcp dport {HTTPS}")
            given = {"secret": SECRET, "urls": relay.urls, "seconds": SHORT}
            async with called(made, tmp_path, relay=given) as (place, cart):
                await let_in(place, cart, ENCOUNTER)
                await reached(cart, lambda state: state.phase is CallPhase.CONNECTED, 20)
                await asyncio.sleep(SHORT + 1)  # what is waited for is the end of a credential
                await place.sees()
                assert place.said["peers"] == 1
                place.order(do="dead")
                await place.bell.until(lambda: place.said["peers"] == 2, 20)
                await reached(cart, lambda state: state.phase is CallPhase.CONNECTED, 20)
                await place.sees()


class Post:
    """A cart or a page of a room."""

    def __init__(self) -> None:
        self.said: list[object] = []

    def send(self, message: object) -> None:
        self.said.append(message)

    def finish(self, code: int) -> None:
        self.said.append(code)

    def kinds(self) -> list[str]:
        return [type(one).__name__ for one in self.said]


def opened(clock: list[float]):
    """A room of an hour with an admitted page."""
    rooms = Rooms(Signer(b"k" * 32), None, 60 * MINUTE, wall=lambda: clock[0], monotonic=lambda: clock[0])
    cart, page = Post(), Post()
    rooms.cart_here("cart-1", cart)
    rooms.from_cart("cart-1", cart, "https://x", Invite("e1"))
    invited = cart.said[-1]
    rooms.join("a", Join(invited.room, "Dr", code=invited.code), page)
    peer = page.said[0].peer
    rooms.from_cart("cart-1", cart, "https://x", Admit(invited.room, peer))
    resume = next(one.resume for one in page.said if type(one).__name__ == "Admitted")
    return rooms, cart, page, invited, resume


def test_f29_an_invitation_that_runs_out_ends_no_call_and_lets_those_in_come_back():
    clock = [1_000_000.0]
    rooms, cart, page, invited, resume = opened(clock)
    clock[0] += 61 * MINUTE
    rooms.from_cart("cart-1", cart, "https://x", Invite("e2"))
    assert "Closed" not in page.kinds()
    again = Post()
    rooms.join("a", Join(invited.room, "Dr", resume=resume), again)
    assert again.kinds()[0] == "Admitted"
    rooms.from_cart("cart-1", cart, "https://x", Invite("e1", invited.room))
    assert cart.said[-1].retaken


def test_f29_no_code_opens_it_any_more_and_the_grace_ends():
    clock = [1_000_000.0]
    rooms, cart, _, invited, resume = opened(clock)
    code = next(one for one in reversed(cart.said) if type(one).__name__ == "Invited").code
    clock[0] += 61 * MINUTE
    with pytest.raises(Denied, match="expired"):
        rooms.join("b", Join(invited.room, "Dr", code=code), Post())
    clock[0] += GRACE
    with pytest.raises((Denied, TokenError)):
        rooms.join("a", Join(invited.room, "Dr", resume=resume), Post())
