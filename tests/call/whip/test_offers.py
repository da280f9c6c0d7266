# SPDX-License-Identifier: Apache-2.0
"""A server that offers (draft-ietf-wish-whep-03, 406) is answered as the draft wants it, whatever else it has."""

import asyncio
import re

import aiohttp
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from call.wish import Endpoint
from call.wish_answers import Created, Declined
from call.wish_sdp import chosen, kinds, refusing
from tests.call.second import Face, Tone
from tests.call.whip.cart import BEARER, Legs, running, served
from tests.call.whip.mirror import SDP, Mirror
from tests.call.whip.sfu import VP8, Sfu
from tests.call.whip.test_wish import asking
from virtual.whip.endpoint import Front

HEAD = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
LIKE_THE_DRAFTS = (
    f"{HEAD}a=group:BUNDLE 0 1 2 3\r\n"
    "m=video 9 RTP/SAVPF 100 96\r\na=mid:0\r\na=rtpmap:100 VP8/90000\r\n"
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:1\r\n"
    "m=audio 9 RTP/SAVPF 111\r\na=mid:2\r\n"
    "m=video 9 RTP/SAVPF 100 96\r\na=mid:3\r\n"
)


def test_of_what_is_offered_one_picture_and_one_voice_are_taken_and_the_rest_is_refused_in_its_place():
    ours = chosen(LIKE_THE_DRAFTS)
    assert kinds(ours) == ("video", "audio")
    assert "a=group:BUNDLE 0 2\r\n" in ours
    answer = refusing(ours, LIKE_THE_DRAFTS)
    assert re.findall(r"^m=(\w+ \d+)", answer, re.MULTILINE) == ["video 9", "application 0", "audio 9", "video 0"]
    assert re.findall(r"^a=mid:(\d)", answer, re.MULTILINE) == ["0", "1", "2", "3"]
    assert "a=group:BUNDLE 0 2\r\n" in answer
    assert "a=rtpmap:100 VP8/90000\r\n" in answer


@pytest.mark.parametrize("sdp", ["", "hello", HEAD, "m=", "m=\r\nm=audio", HEAD + "m=text 9 X 1\r\n"])
def test_what_is_no_offer_breaks_nothing(sdp):
    assert set(kinds(chosen(sdp))) <= {"audio", "video"}
    assert isinstance(refusing(HEAD, sdp), str)


def test_an_offer_of_one_of_each_is_left_as_it_is():
    plain = f"{HEAD}a=group:BUNDLE a b\r\nm=audio 9 RTP/SAVPF 111\r\na=mid:a\r\nm=video 9 RTP/SAVPF 96\r\na=mid:b\r\n"
    assert chosen(plain) == plain
    assert refusing(plain, plain) == plain


@pytest.mark.parametrize(("status", "code"), [(400, "CAL-55"), (404, "CAL-53"), (410, "CAL-53"), (503, "CAL-54")])
async def test_an_answer_that_is_not_taken_is_not_said_to_be_a_wrong_address(status, code):
    async with asking(lambda _: web_response(status)) as (endpoint, _, base):
        declined = await endpoint.answer(Created(f"{base}/s/1", "", counter=True), "v=0\r\n")
        assert isinstance(declined, Declined)
        assert declined.error.code == code


def web_response(status: int):
    return aiohttp.web.Response(status=status)


async def test_an_offer_may_say_how_long_it_stands():
    headers = {"Location": "/s/1", "Content-Type": f'{SDP}; valid-until="Wed, 09 Oct 2024 10:00:00 GMT"'}
    script = asking(lambda _: aiohttp.web.Response(status=406, body=HEAD.encode(), headers=headers))
    async with script as (_, _, base):
        endpoint = Endpoint(f"{base}/whep", player=True)
        made = await endpoint.post(HEAD)
        await endpoint.close()
    assert isinstance(made, Created)
    assert (made.counter, made.sdp, made.location) == (True, HEAD, f"{base}/s/1")


async def test_an_offer_to_send_and_receive_by_who_begins_dtls_is_answered_to_receive_only():
    server = Mirror()
    server.offers = ("video", "audio")
    server.bitten = lambda sdp: sdp.replace("a=sendonly", "a=sendrecv").replace("a=setup:actpass", "a=setup:active")
    async with served(server.application) as base:
        legs = Legs(base, 1)
        async with running(legs, legs.playing):
            await server.bell.until(lambda: server.count("PATCH") == 1, 30)
            answer = server.asked[-1][3]
    assert answer.count("a=recvonly") == 2
    assert answer.count("a=setup:passive") == 2


async def offered(http: aiohttp.ClientSession) -> tuple[str, ...]:
    """What Janus offers to who plays, once it knows what comes."""
    loop = asyncio.get_running_loop()
    until = loop.time() + 30
    while True:
        async with http.post(f"/whep/{VP8}", data=HEAD) as answer:
            status, text = answer.status, await answer.text()
        if status == 406:
            await (await http.delete(answer.headers["Location"])).release()
            return kinds(text)
        assert status == 409
        assert loop.time() < until
        await asyncio.sleep(0.2)  # Janus says nothing to a WHEP player; one asks again


@pytest.mark.slow
async def test_what_janus_has_of_somebody_with_two_cameras_and_a_data_channel_is_played(tmp_path):
    sfu = Sfu(tmp_path)
    publisher = RTCPeerConnection(RTCConfiguration([]))
    try:
        await sfu.start()
        front = Front(sfu.url, BEARER)
        async with served(front.application) as base:
            for track in (Face(60), Face(200), Tone()):
                publisher.addTransceiver(track, "sendonly")
            publisher.createDataChannel("chat")
            await publisher.setLocalDescription(await publisher.createOffer())
            headers = {"Authorization": f"Bearer {BEARER}", "Content-Type": SDP}
            async with aiohttp.ClientSession(base, headers=headers) as http:
                answer = await http.post(f"/whip/{VP8}", data=publisher.localDescription.sdp)
                assert answer.status == 201
                await publisher.setRemoteDescription(RTCSessionDescription(await answer.text(), "answer"))
                assert sorted(await offered(http)) == ["application", "audio", "video", "video"]
            legs = Legs(base, VP8)
            async with running(legs, legs.playing):
                await legs.watcher.bell.until(lambda: len(legs.watcher.numbers) > 5 and legs.watcher.blocks > 5, 40)
                await legs.bell.until(lambda: legs.playing.standing.alive, 10)
                assert legs.playing.standing.dials == 1
    finally:
        await publisher.close()
        await sfu.kill()
