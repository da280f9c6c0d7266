# SPDX-License-Identifier: Apache-2.0
import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call.netlink import Message, Reach, Watch, messages, read, snapshot
from cart.stage.network import CART_ADDRESS
from tests.call.away import NETWORKS, at_once, cable
from tests.call.stubs import Bell


def link(index: int, name: str, flags: int) -> Message:
    """RTM_NEWLINK (struct ifinfomsg, IFLA_IFNAME)."""
    text = name.encode() + b"\0"
    attribute = struct.pack("=HH", 4 + len(text), 3) + text
    return Message(16, struct.pack("=BxHiII", 0, 1, index, flags, 0) + attribute)


def address(index: int, packed: bytes, *, flags: int = 0, scope: int = 0) -> Message:
    """RTM_NEWADDR (struct ifaddrmsg, IFA_LOCAL)."""
    family = 2 if len(packed) == 4 else 10
    attribute = struct.pack("=HH", 4 + len(packed), 2) + packed
    return Message(20, struct.pack("=BBBBi", family, 24, flags, scope, index) + attribute)


UP, RUNNING = 0x1, 0x10041


def test_only_addresses_of_the_world_on_links_that_carry_count():
    found = read(
        [
            link(1, "lo", RUNNING | 0x8),
            link(2, "eth0", RUNNING),
            link(3, "wlan0", UP),
            address(1, bytes([127, 0, 0, 1])),
            address(2, bytes([192, 0, 2, 7])),
            address(2, bytes([169, 254, 0, 1]), scope=253),
            address(2, bytes(15) + b"\1", flags=0x40),
            address(3, bytes([198, 51, 100, 7])),
        ]
    )
    assert found == Reach(frozenset({("eth0", "192.0.2.7")}))
    assert found.has("192.0.2.7")
    assert found.has("127.0.0.1")
    assert not found.has("198.51.100.7")
    assert not found.has("")


@given(st.binary(max_size=200), st.sampled_from([16, 20, 24]))
def test_no_bytes_are_too_strange(data, kind):
    list(messages(data))
    assert isinstance(read([Message(kind, data)]), Reach)


@NETWORKS
async def test_a_cable_pulled_an_address_changed_and_a_route_given_are_told():
    with cable() as made:
        bell, told = Bell(), []
        watch = Watch(lambda before, now: (told.append((before, now)), bell.ring()))
        watching = asyncio.create_task(watch.run())
        try:
            await asyncio.sleep(0)
            await _until(lambda: watch.now.has(CART_ADDRESS))
            made.cut()
            await bell.until(lambda: told and not told[-1][1].addresses)
            assert told[-1][0].has(CART_ADDRESS)
            made.join()
            await bell.until(lambda: told[-1][1].has(CART_ADDRESS))
            at_once("ip", "address", "del", f"{CART_ADDRESS}/24", "dev", "cart0")
            at_once("ip", "address", "add", "10.77.0.9/24", "dev", "cart0")
            await bell.until(lambda: not told[-1][1].has(CART_ADDRESS) and bool(told[-1][1].addresses))
            at_once("ip", "route", "add", "default", "via", "10.77.0.2")
            await bell.until(lambda: told[-1][1].routes == {("cart0", "10.77.0.2")})
            assert told[-1][1] == snapshot()
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


async def _until(check) -> None:
    async with asyncio.timeout(5):
        while not check():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("data", [b"", b"\x10\0\0\0", b"\xff\xff\xff\xff" + bytes(12), b"\1\0\0\0" + bytes(12)])
def test_a_datagram_cut_short_has_no_messages(data):
    assert list(messages(data)) == []
