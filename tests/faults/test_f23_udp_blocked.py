# SPDX-License-Identifier: Apache-2.0
"""A firewall that lets no UDP out, or nothing but TCP 443: connected through the relay, and said to the technician."""

from contextlib import asynccontextmanager

import pytest

from call.diagnosis import relay_troubles
from call.ice import here
from call.relays import Way
from device.station.state import CallPhase
from tests.call.away import NETWORKS, RELAY_ADDRESS, cable, called, certify, firewall, let_in
from tests.call.stubs import ENCOUNTER
from tests.call.turnserver import SECRET, available, coturn
from tests.call.wire import reached

pytestmark = [NETWORKS, pytest.mark.skipif(not available(), reason="needs coturn"), pytest.mark.timeout(120)]
HTTPS_ALONE = "tcp dport 443"


@asynccontextmanager
async def behind(made, folder, *rules: str):
    """A cart behind a firewall that lets ``rules`` out, in a call through a relay in the town."""
    certify(folder)
    async with coturn(folder, RELAY_ADDRESS, before=made.from_town(), tls_port=443) as relay:
        firewall(*rules)
        given = {"secret": SECRET, "urls": relay.urls, "seconds": 3600}
        async with called(made, folder, relay=given) as (place, cart):
            await let_in(place, cart, ENCOUNTER)
            await reached(cart, lambda state: state.phase is CallPhase.CONNECTED, 20)
            await place.sees()
            yield place, cart


def ways(cart) -> set[Way]:
    """By which ways a server answered."""
    return {one.relay.way for one in cart.soundings[-1] if one.trouble is None}


async def test_f23_no_udp_goes_through_the_relay_over_tcp(tmp_path):
    with cable() as made:
        async with behind(made, tmp_path, "meta l4proto tcp") as (_, cart):
            await cart.bell.until(lambda: cart.soundings)
            assert ways(cart) == {Way.TCP, Way.TLS}
            assert [trouble.code for trouble in relay_troubles(cart.soundings[-1])] == ["CAL-33"]


async def test_f23_nothing_but_tcp_443_goes_through_the_relay_over_tls(tmp_path):
    with cable() as made:
        async with behind(made, tmp_path, HTTPS_ALONE) as (place, cart):
            await cart.bell.until(lambda: cart.soundings)
            assert ways(cart) == {Way.TLS}
            assert here(cart.call._lines.first.peer.connection) == "10.77.0.1"
            made.cut()
            await reached(cart, lambda state: state.phase is CallPhase.INTERRUPTED)
            made.join()
            await reached(cart, lambda state: state.phase is CallPhase.CONNECTED, 20)
            await place.sees()
