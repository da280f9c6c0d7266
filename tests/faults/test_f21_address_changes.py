# SPDX-License-Identifier: Apache-2.0
"""The cart moves to another network: media is back by a fresh connection, and the encounter notices nothing."""

import pytest

from cart.stage.network import CART_ADDRESS
from device.station.state import CallPhase
from tests.call.away import NETWORKS, at_once, cable, called, let_in
from tests.call.stubs import ENCOUNTER
from tests.call.wire import reached

pytestmark = [NETWORKS, pytest.mark.timeout(90)]
OTHER = "10.77.0.9/24"


async def test_f21_another_address_after_a_cut(tmp_path):
    with cable() as made:
        async with called(made, tmp_path) as (place, cart):
            await let_in(place, cart, ENCOUNTER)
            await place.sees()
            made.cut()
            await reached(cart, lambda state: state.phase is CallPhase.INTERRUPTED)
            await cart.bell.until(lambda: not cart.networks[-1].online)
            at_once("ip", "address", "del", f"{CART_ADDRESS}/24", "dev", "cart0")
            at_once("ip", "address", "add", OTHER, "dev", "cart0")
            made.join()
            await reached(cart, lambda state: state.phase is CallPhase.CONNECTED)
            await place.sees()
            assert place.said["peers"] == 2
            assert cart.call.state.practitioner is not None
            assert {state.phase for state in cart.states}.isdisjoint({CallPhase.IDLE})


async def test_f21_from_one_link_to_another_without_a_cut(tmp_path):
    """The address that the call goes out from is taken away while another is there: no silence is waited for."""
    with cable() as made:
        async with called(made, tmp_path) as (place, cart):
            await let_in(place, cart, ENCOUNTER)
            await place.sees()
            at_once("ip", "address", "add", OTHER, "dev", "cart0")
            at_once("ip", "address", "del", f"{CART_ADDRESS}/24", "dev", "cart0")
            at_once("ip", "address", "replace", OTHER, "dev", "cart0")
            await place.bell.until(lambda: place.said["peers"] == 2)
            await reached(cart, lambda state: state.phase is CallPhase.CONNECTED)
            await place.sees()
