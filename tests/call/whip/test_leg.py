# SPDX-License-Identifier: Apache-2.0
"""A leg dials, watches, dials again, and leaves no session behind."""

import asyncio
import re

import pytest
from aiohttp import web

from call.whip import Publication
from call.wish_kept import LocationFile
from call.wish_leg import LONGEST_PAUSE, Pace, pause
from tests.call.turnserver import available, coturn, given
from tests.call.whip.cart import Legs, running, served
from tests.call.whip.mirror import SDP, Mirror

LEFT = {"Location": "/session/x"}


@pytest.fixture
async def mirror():
    one = Mirror()
    async with served(one.application) as base:
        yield one, base


def test_pauses_grow_to_a_bound_and_are_never_shorter_than_the_server_wants():
    pace = Pace()
    grown = [pause(failures, 0.0, pace, 0.5) for failures in range(12)]
    assert grown == sorted(grown)
    assert grown[0] == pace.pause
    assert grown[-1] == LONGEST_PAUSE
    assert pause(10**9, 0.0, pace, 1.0) == pytest.approx(LONGEST_PAUSE * 1.2)
    assert pause(0, 7.0, pace, 0.0) == 7.0
    assert pause(0, 0.0, pace, 0.0) < pause(0, 0.0, pace, 1.0)


async def test_a_server_that_answers_gets_the_picture_and_gives_its_own_and_both_sessions_end(mirror):
    server, base = mirror
    async with running(Legs(base, 1)) as legs:
        await server.bell.until(lambda: server.frames > 5, 30)
        await legs.watcher.bell.until(lambda: len(legs.watcher.numbers) > 5, 30)
        await legs.bell.until(lambda: legs.publishing.standing.alive and legs.playing.standing.alive, 30)
        assert server.count("PATCH") == 2
        assert len(server.open) == 2
    assert server.open == {}
    assert server.count("DELETE") == 2
    assert not legs.publishing.standing.alive


@pytest.mark.parametrize("kinds", [("audio", "video"), ("video", "audio"), ("video",), ("audio",)])
async def test_a_server_that_offers_is_answered_whatever_it_has_and_in_whatever_order(mirror, kinds):
    server, base = mirror
    server.offers = kinds
    legs = Legs(base, 1)
    async with running(legs, legs.playing):
        await legs.watcher.bell.until(lambda: len(legs.watcher.numbers) > 5 or "video" not in kinds, 30)
        await legs.watcher.bell.until(lambda: legs.watcher.blocks > 5 or "audio" not in kinds, 30)
        await legs.bell.until(lambda: legs.playing.standing.alive, 30)
        peer = legs.playing._peer
        before = await peer.packets()
        count = legs.watcher.blocks + len(legs.watcher.numbers)
        await legs.watcher.bell.until(lambda: legs.watcher.blocks + len(legs.watcher.numbers) > count + 5, 30)
        assert await peer.packets() > before
        assert legs.playing.standing.dials == 1


@pytest.mark.parametrize("kind", ["audio", "video"])
async def test_a_conference_without_voice_or_without_picture_is_played_all_the_same(mirror, kind):
    server, base = mirror
    server.without = kind
    legs = Legs(base, 1)
    async with running(legs, legs.playing):
        await legs.watcher.bell.until(lambda: legs.watcher.blocks + len(legs.watcher.numbers) > 5, 30)
        await legs.bell.until(lambda: legs.playing.standing.alive, 30)
        peer = legs.playing._peer
        before = await peer.packets()
        count = legs.watcher.blocks + len(legs.watcher.numbers)
        await legs.watcher.bell.until(lambda: legs.watcher.blocks + len(legs.watcher.numbers) > count + 5, 30)
        assert await peer.packets() > before
        assert legs.playing.standing.dials == 1


async def test_who_only_receives_gives_transport_wide_feedback(mirror):
    server, base = mirror
    legs = Legs(base, 1)
    server.source = source = Publication(legs.video, legs.voice)
    async with running(legs, legs.playing):
        await legs.watcher.media()
        assert source.sender is not None
        assert source.sender._wide
        await legs.watcher.bell.until(lambda: source.sender._told, 30)
    legs.video.silence()


async def test_without_a_tag_nothing_is_patched(mirror):
    server, base = mirror
    server.etag = None
    legs = Legs(base, 1)
    async with running(legs, legs.publishing):
        await server.bell.until(lambda: server.frames > 0, 30)
    assert server.count("PATCH") == 0


@pytest.mark.parametrize(
    ("response", "code"),
    [
        ({"status": 401}, "CAL-51"),
        ({"status": 404}, "CAL-52"),
        ({"status": 422}, "CAL-55"),
        ({"status": 500}, "CAL-56"),
        ({"status": 201, "text": "<html>", "content_type": "text/html", "headers": LEFT}, "CAL-53"),
        ({"status": 201, "text": "v=0\r\nm=", "content_type": SDP, "headers": LEFT}, "CAL-53"),
        ({"status": 201, "text": "x" * 99_999, "content_type": SDP, "headers": LEFT}, "CAL-53"),
    ],
)
async def test_a_bad_answer_is_said_what_it_left_is_deleted_and_the_next_is_tried(mirror, response, code):
    server, base = mirror
    server.instead = [web.Response(**response)]
    legs = Legs(base, 1)
    said = []
    legs.publishing._on_change = said.append
    async with running(legs, legs.publishing):
        await server.bell.until(lambda: server.frames > 0, 30)
        assert [one.trouble.code for one in said if one.trouble is not None] == [code]
        assert server.count("DELETE", "/session/x") == int(response["status"] == 201)


async def test_a_server_that_answers_and_cannot_be_reached_is_given_up_and_its_session_deleted(mirror):
    server, base = mirror
    server.bitten = lambda sdp: re.sub(r"(?m)^a=ice-pwd:\S+", f"a=ice-pwd:{'x' * 22}", sdp)
    legs = Legs(base, 1, pace=Pace(connect=1.0, pause=0.1))
    async with running(legs, legs.publishing):
        await server.bell.until(lambda: server.count("DELETE") == 1, 30)
        await legs.bell.until(lambda: legs.publishing.standing.trouble is not None, 30)
        assert legs.publishing.standing.trouble.code == "CAL-57"
    assert (server.frames, server.open) == (0, {})


async def test_a_part_left_out_is_no_session(mirror):
    server, base = mirror
    refused = (
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
        "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=recvonly\r\na=mid:0\r\na=rtcp-mux\r\n"
        "a=rtpmap:96 opus/48000/2\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n"
        f"a=fingerprint:sha-256 {':'.join(['AA'] * 32)}\r\na=setup:passive\r\n"
        "m=video 0 UDP/TLS/RTP/SAVPF 97\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\na=mid:1\r\n"
    )
    server.instead = [
        web.Response(status=201, text=refused, content_type=SDP, headers={"Location": "/session/x"}),
    ]
    legs = Legs(base, 1)
    said = []
    legs.publishing._on_change = said.append
    async with running(legs, legs.publishing):
        await server.bell.until(lambda: server.frames > 0, 30)
    assert next(one.trouble.code for one in said if one.trouble is not None) in {"CAL-53", "CAL-55"}
    assert server.count("DELETE", "/session/x") == 1


async def test_an_overloaded_server_is_asked_again_when_it_wants(mirror):
    server, base = mirror
    server.instead = [web.Response(status=503, headers={"Retry-After": "2"})]
    legs = Legs(base, 1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with running(legs, legs.publishing):
        await server.bell.until(lambda: server.count("POST") == 2, 30)
        assert loop.time() - began >= 2.0


async def test_a_connection_that_ends_is_made_again_and_the_session_before_is_deleted_first(mirror):
    server, base = mirror
    legs = Legs(base, 1)
    async with running(legs, legs.publishing):
        await server.bell.until(lambda: server.frames > 0, 30)
        seen = server.frames
        await server.open["/session/1"].close()
        await server.bell.until(lambda: server.frames > seen and "/session/2" in server.open, 30)
        order = [(method, path) for method, path, *_ in server.asked if method in {"POST", "DELETE"}]
        assert order == [("POST", "/whip/1"), ("DELETE", "/session/1"), ("POST", "/whip/1")]


async def test_a_session_that_could_not_be_deleted_is_deleted_later_even_by_the_next_process(mirror, tmp_path):
    server, base = mirror
    server.deletes = 503
    kept = LocationFile(tmp_path / "conference.json")
    legs = Legs(base, 1)
    legs.publishing._kept = kept
    async with running(legs, legs.publishing):
        await server.bell.until(lambda: server.frames > 0, 30)
    assert kept.get() == (f"{base}/session/1",)
    assert (tmp_path / "conference.json").stat().st_mode & 0o077 == 0
    server.deletes = 204
    again = Legs(base, 1)
    again.publishing._kept = kept
    async with running(again, again.publishing):
        await server.bell.until(lambda: server.count("POST") == 2, 30)
        assert "/session/1" not in server.open
    assert kept.get() == ()


async def test_a_session_that_is_made_while_the_call_ends_is_deleted_as_well(mirror):
    server, base = mirror
    server.answering.clear()
    legs = Legs(base, 1)
    work = asyncio.create_task(legs.publishing.run())
    await server.bell.until(lambda: server.count("POST") == 1, 30)
    work.cancel()
    await asyncio.sleep(0)
    server.answering.set()
    await asyncio.wait((work,))
    legs.video.close()
    assert server.count("DELETE", "/session/1") == 1
    assert server.open == {}


async def test_what_is_hushed_sends_no_picture_any_more_not_even_over_another_connection(mirror):
    server, base = mirror
    legs = Legs(base, 1)
    async with running(legs, legs.publishing):
        await server.bell.until(lambda: server.frames > 0, 30)
        legs.publishing.hush()
        legs.publishing.moved()
        await legs.bell.until(lambda: not legs.publishing.standing.alive, 30)
        await server.bell.until(lambda: server.count("DELETE") == 1, 30)
        with pytest.raises(TimeoutError):
            await server.bell.until(lambda: server.count("POST") > 1, 0.5)


async def test_it_is_cancelled_while_it_cleans_up_and_leaves_nothing(mirror):
    server, base = mirror
    legs = Legs(base, 1)
    before = len(asyncio.all_tasks())
    async with running(legs, legs.publishing):
        await server.bell.until(lambda: server.frames > 0, 30)
        legs.publishing.moved()
        await legs.bell.until(lambda: not legs.publishing.standing.alive, 30)
    assert server.open == {}
    gone = asyncio.get_running_loop().time() + 10
    while len(asyncio.all_tasks()) > before and asyncio.get_running_loop().time() < gone:
        await asyncio.sleep(0.05)
    assert len(asyncio.all_tasks()) <= before


async def test_many_failed_dials_leave_nothing_behind(mirror):
    server, base = mirror
    server.instead = [
        web.Response(status=500) if n % 2 else web.Response(status=201, text="v=0", content_type=SDP, headers=LEFT)
        for n in range(24)
    ]
    legs = Legs(base, 1, pace=Pace(pause=0.0))
    before = len(asyncio.all_tasks())
    async with running(legs, legs.publishing):
        await server.bell.until(lambda: server.frames > 0, 60)
        assert legs.publishing.standing.dials == 25
        assert server.count("DELETE", "/session/x") == 12
        assert legs.publishing._stale == [f"{base}/session/25"]
    gone = asyncio.get_running_loop().time() + 10
    while len(asyncio.all_tasks()) > before and asyncio.get_running_loop().time() < gone:
        await asyncio.sleep(0.05)
    assert len(asyncio.all_tasks()) <= before


def test_a_torn_file_of_sessions_has_none(tmp_path):
    path = tmp_path / "conference.json"
    kept = LocationFile(path)
    for text in (b"", b"{", b'{"a": 1}', b"[1]", b"\xff"):
        path.write_bytes(text)
        assert kept.get() == ()
    kept.put(("https://x/1",))
    assert kept.get() == ("https://x/1",)
    kept.put(())
    assert not path.exists()


async def test_the_network_that_changed_is_dialled_over_again_at_once(mirror):
    server, base = mirror
    legs = Legs(base, 1, pace=Pace(silence=60, glance=0.2, pause=0.05))
    async with running(legs, legs.publishing):
        await server.bell.until(lambda: server.frames > 0, 30)
        await legs.bell.until(lambda: legs.publishing.standing.alive, 10)
        legs.publishing.moved()
        await server.bell.until(lambda: "/session/2" in server.open, 30)


@pytest.mark.skipif(not available(), reason="needs coturn")
async def test_a_relay_that_the_server_names_is_used_and_told_by_patch(mirror, tmp_path):
    server, base = mirror
    async with coturn(tmp_path) as relay:
        (one, *_) = given(relay)
        urls = (one.urls,) if isinstance(one.urls, str) else one.urls
        server.links = [
            f'<{url}>; rel="ice-server"; username="{one.username}"; credential="{one.credential}"' for url in urls
        ]
        legs = Legs(base, 1)
        async with running(legs, legs.publishing):
            await server.bell.until(lambda: server.frames > 0, 30)
        patched = next(one for one in server.asked if one[0] == "PATCH")
        assert patched[2]["If-Match"] == '"one"'
        assert "typ relay" in patched[3]
        assert patched[3].endswith("a=end-of-candidates\r\n")
        assert "typ relay" not in server.asked[0][3]
