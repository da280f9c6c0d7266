# SPDX-License-Identifier: Apache-2.0
"""Pins what ``call.ice`` relies on in aiortc and aioice."""

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager

import pytest
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection

from call.ice import MOST, equip, here
from call.messages import IceServer
from call.relays import Choice, Relay, Sounding, Way, relays
from tests.call.second import DoctorPeer
from tests.call.turnserver import available, coturn, given


@asynccontextmanager
async def connection():
    one = RTCPeerConnection(RTCConfiguration([], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
    one.addTransceiver("audio")
    one.createDataChannel("chevet")
    try:
        yield one
    finally:
        await one.close()


async def offer(one: RTCPeerConnection) -> str:
    await one.setLocalDescription(await one.createOffer())
    return one.localDescription.sdp


def answered(url: str, address: str = "127.0.0.1") -> Sounding:
    (relay, *_), _ = relays((IceServer(url, "u", "c"),))
    return Sounding(relay, 0.01, address)


async def test_nothing_is_asked_of_anybody_without_a_choice():
    async with connection() as one:
        equip(one, Choice())
        sdp = await offer(one)
        assert "typ host" in sdp
        assert "typ relay" not in sdp
        assert "srflx" not in sdp


async def test_a_dead_server_is_not_waited_for_five_seconds():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        relay = answered(f"turn:127.0.0.1:{silent.getsockname()[1]}")
        async with connection() as one, asyncio.timeout(MOST + 2):
            equip(one, Choice(relay))
            assert "typ host" in await offer(one)


@pytest.mark.skipif(not available(), reason="needs coturn")
@pytest.mark.parametrize("way", [Way.UDP, Way.TCP, Way.TLS])
async def test_the_relay_chosen_gives_a_candidate_over_its_way(tmp_path, way):
    async with coturn(tmp_path) as server:
        found, _ = relays(given(server))
        relay = next(one for one in found if one.way is way)
        context = ssl.create_default_context(cafile=tmp_path / "authority.pem")
        async with connection() as one:
            equip(one, Choice(Sounding(relay, 0.05, "127.0.0.1"), context=context))
            assert "typ relay" in await offer(one)


@pytest.mark.skipif(not available(), reason="needs coturn")
async def test_a_relay_that_nobody_vouches_for_gives_none(tmp_path):
    async with coturn(tmp_path) as server:
        relay = next(one for one in relays(given(server))[0] if one.way is Way.TLS)
        async with connection() as one:
            equip(one, Choice(Sounding(relay, 0.05, "127.0.0.1"), context=ssl.create_default_context()))
            assert "typ relay" not in await offer(one)


async def test_where_it_goes_out_from_is_known_once_it_stands():
    doctor = DoctorPeer()
    async with connection() as one:
        equip(one, Choice())
        assert here(one) == ""
        opened = asyncio.Event()
        one.on("connectionstatechange", lambda: opened.set() if one.connectionState == "connected" else None)
        answer = await doctor.answer(await offer(one))
        await one.setRemoteDescription(type(one.localDescription)(answer, "answer"))
        async with asyncio.timeout(10):
            await opened.wait()
        assert here(one)
    await doctor.close()


def test_a_relay_stands_for_its_address():
    assert Relay("turn:h", Way.UDP, "h", 3478) == relays((IceServer("turn:h"),))[0][0]
