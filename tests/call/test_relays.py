# SPDX-License-Identifier: Apache-2.0
import asyncio
import socket
import time
from contextlib import asynccontextmanager

import pytest

from call import relays_watch
from call.diagnosis import relay_troubles
from call.messages import IceServer
from call.relays import Choice, Relay, Sounding, Trouble, Way, choose, relays, settled
from call.relays_watch import Relays
from device.errors import ConfigurationError
from tests.call.stubs import Bell
from tests.call.turnserver import available, coturn, given

REAL = pytest.mark.skipif(not available(), reason="needs coturn")


def one(way: Way, seconds: float = 0.1, trouble: Trouble | None = None) -> Sounding:
    return Sounding(Relay(f"turn:{way}", way, "h", 1), seconds, "192.0.2.1", trouble)


@pytest.mark.parametrize(
    ("url", "way", "host", "port"),
    [
        ("turn:relay.example", Way.UDP, "relay.example", 3478),
        ("turn:relay.example:443?transport=tcp", Way.TCP, "relay.example", 443),
        ("turns:relay.example:443?transport=tcp", Way.TLS, "relay.example", 443),
        ("turns:relay.example", Way.TLS, "relay.example", 5349),
        ("turn:[2001:db8::1]:3478?transport=udp", Way.UDP, "2001:db8::1", 3478),
        ("stun:192.0.2.1", Way.STUN, "192.0.2.1", 3478),
    ],
)
def test_an_address_is_read(url, way, host, port):
    found, unreadable = relays((IceServer(url, "u", "c"),))
    assert (found[0].way, found[0].host, found[0].port) == (way, host, port)
    assert unreadable == ()


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "turn:", "turn:h:0", "turn:h:65536", "turns:h?transport=udp", "stun:h?transport=udp", "http:h"],
)
def test_what_is_no_address_is_told(url):
    assert relays((IceServer((url, "turn:h"), "u", "c"),)) == (relays((IceServer("turn:h", "u", "c"),))[0], (url,))


def test_each_address_counts_once_and_a_relay_over_udp_tells_our_address_too():
    found, _ = relays((IceServer(("turn:h", "turn:h?transport=udp", "turn:h?transport=tcp"), "u", "c"),))
    assert [relay.way for relay in found] == [Way.UDP, Way.STUN, Way.TCP]


def test_the_best_way_wins_and_of_one_way_the_quickest():
    tls, slow, quick = one(Way.TLS, 0.01), one(Way.UDP, 0.9), one(Way.UDP, 0.5)
    assert choose((tls, slow, quick)).relay is quick
    assert choose((tls, one(Way.UDP, trouble=Trouble.SILENT))).relay is tls
    assert choose((one(Way.TCP, trouble=Trouble.SILENT),)) == Choice()
    assert choose((tls, one(Way.STUN))).stun is not None
    assert settled((quick, one(Way.STUN)))
    assert not settled((tls, one(Way.STUN)))


def codes(*soundings: Sounding) -> list[str]:
    return [trouble.code for trouble in relay_troubles(soundings)]


def test_what_is_wrong_with_relays_is_told_apart():
    silent = [one(Way.UDP, trouble=Trouble.SILENT), one(Way.STUN, trouble=Trouble.SILENT)]
    assert codes() == []
    assert codes(one(Way.UDP), one(Way.STUN), one(Way.TLS)) == []
    assert codes(*silent, one(Way.TLS)) == ["CAL-33"]
    assert codes(one(Way.UDP), one(Way.TLS, trouble=Trouble.CERTIFICATE)) == ["CAL-34"]
    assert codes(one(Way.UDP, trouble=Trouble.REFUSED), one(Way.STUN)) == ["CAL-35", "CAL-36"]
    assert codes(*silent, one(Way.TLS, trouble=Trouble.UNREACHABLE)) == ["CAL-36"]


@asynccontextmanager
async def watched(ice, authority=None, ask=lambda: None):
    bell, told = Bell(), []
    watch = Relays(authority, lambda found: (told.append(found), bell.ring()), ask)
    watch.learn(ice)
    running = asyncio.create_task(watch.run())
    try:
        yield watch, told, bell
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@REAL
async def test_a_real_relay_is_sounded_over_every_way_and_udp_is_chosen(tmp_path):
    async with coturn(tmp_path) as server, watched(given(server), tmp_path / "authority.pem") as (watch, told, bell):
        await bell.until(lambda: told)
        assert {one.relay.way for one in told[-1] if one.trouble is None} == set(Way)
        choice = await watch.choice()
        assert choice.relay.relay.way is Way.UDP
        assert choice.stun.address == "127.0.0.1"


@REAL
async def test_an_unknown_certificate_a_wrong_secret_and_new_credentials_are_told_apart(tmp_path):
    async with coturn(tmp_path) as server:
        async with watched(given(server)) as (_, told, bell):
            await bell.until(lambda: told)
            assert codes(*told[-1]) == ["CAL-34"]
        asked = []
        wrong = given(server, secret="another")  # noqa: S106 - of a test
        async with watched(wrong, tmp_path / "authority.pem", lambda: asked.append(1)) as (watch, told, bell):
            await bell.until(lambda: told)
            assert codes(*told[-1]) == ["CAL-35", "CAL-36"]
            assert asked == [1]
            watch.learn(given(server))
            await bell.until(lambda: codes(*told[-1]) == [])
            assert (await watch.choice()).relay is not None


async def test_a_dead_address_is_waited_for_no_longer_than_a_moment_and_never_used():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"turn:127.0.0.1:{silent.getsockname()[1]}?transport=udp"
        async with watched((IceServer(url, "u", "c"),)) as (watch, _, _):
            began = time.monotonic()
            assert (await watch.choice())[:2] == (None, None)
            assert time.monotonic() - began < 3


async def test_fresh_credentials_are_asked_for_by_and_by_and_used_as_soon_as_they_are_here(monkeypatch):
    monkeypatch.setattr(relays_watch, "ROUTINE", 0.05)
    monkeypatch.setattr(relays_watch, "ANXIOUS", 0.05)
    bell, asked = Bell(), []
    url = "turn:127.0.0.1:1?transport=tcp"
    async with watched((IceServer(url, "old", "c"),), ask=lambda: (asked.append(1), bell.ring())) as (watch, _, _):
        await bell.until(lambda: len(asked) >= 3)
        watch.learn((IceServer(url, "new", "d"),))
        assert {(one.relay.username, one.relay.credential) for one in watch.soundings} == {("new", "d")}


async def test_without_relays_nothing_is_waited_for():
    async with watched(()) as (watch, _, _):
        assert (await watch.choice(0))[:2] == (None, None)


async def test_a_name_that_nobody_knows_is_told():
    async with watched((IceServer("turn:nobody.invalid", "u", "c"),)) as (_, told, bell):
        await bell.until(lambda: told)
        assert {one.trouble for one in told[-1]} == {Trouble.UNKNOWN}


async def test_an_authority_that_is_not_there_is_a_configuration_error(tmp_path):
    with pytest.raises(ConfigurationError, match="absent"):
        await Relays(tmp_path / "absent.pem").run()
