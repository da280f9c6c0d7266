# SPDX-License-Identifier: Apache-2.0
import asyncio
from contextlib import asynccontextmanager, suppress

import pytest

from call.incoming import Incoming
from call.messages import Candidate
from call.peer import Peer
from call.relays import Choice
from call.sound import OutgoingSound
from call.statistics import measure
from call.video import OutgoingVideo
from device.errors import CallError
from tests.call.second import DoctorPeer
from tests.call.stubs import Ears, MovingPictures, Snapshots, ToneMicrophone


@asynccontextmanager
async def joined(codec: str | None = None):
    views = Snapshots()
    video, voice = OutgoingVideo(MovingPictures(), views), OutgoingSound(ToneMicrophone(), views)
    ears, opened, failed = Ears(), asyncio.Event(), asyncio.Event()
    reading = asyncio.create_task(voice.run())
    peer = Peer(Choice(), video, voice, Incoming(ears, ears), opened.set, failed.set)
    doctor = DoctorPeer(video_codec=codec)
    try:
        await peer.answer(await doctor.answer(await peer.offer()))
        async with asyncio.timeout(5):
            await opened.wait()
        yield peer, doctor, video, ears, views
    finally:
        await peer.close()
        await doctor.close()
        reading.cancel()
        video.close()


@pytest.mark.parametrize("codec", ["video/H264", "video/VP8"])
async def test_a_second_peer_sees_the_picture_and_hears_the_voice(codec):
    async with joined(codec) as (_, doctor, video, ears, _views):
        await doctor.until(lambda: doctor.pictures >= 20 and doctor.loudest > 4000)
        assert doctor.newest.width * 480 == doctor.newest.height * 640  # a busy machine is sent a smaller one
        assert doctor.newest.to_ndarray()[:480].std() > 20
        assert video.openings <= 2
        await doctor.until(lambda: len(ears.pictures) >= 5 and len(ears.blocks) >= 10)
        assert abs(int(ears.pictures[-1].i420[:240].mean()) - 200) < 8


@pytest.mark.parametrize(
    "sdp",
    [
        "v=0",
        "nonsense",
        "v=0\r\nm=video 9 X 1\r\n",
        "v=0\r\na=group:BUNDLE 0\r\nm=\r\n",
        "",
        "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=fmtp:99 minptime=10\r\n",
    ],
)
async def test_an_answer_that_is_none_is_a_call_error(sdp):
    views, ears = Snapshots(), Ears()
    video = OutgoingVideo(MovingPictures(), views)
    voice = OutgoingSound(ToneMicrophone(), views)
    peer = Peer(Choice(), video, voice, Incoming(ears, ears), lambda: None, lambda: None)
    await peer.offer()
    with pytest.raises(CallError) as caught:
        await peer.answer(sdp)
    assert caught.value.code == "CAL-11"
    assert caught.value.retry
    await peer.close()
    video.close()


@pytest.mark.parametrize(
    "line", ["candidate:", "candidate:1 1 udp x y z", "0 " * 200, "candidate:1 1 udp 1 ::: 9 typ host"]
)
async def test_a_candidate_that_is_none_disturbs_nothing(line):
    async with joined() as (peer, doctor, *_):
        with suppress(CallError):
            await peer.candidate(Candidate("room", "peer", 1, line, "0", 0))
        seen = doctor.pictures
        await doctor.until(lambda: doctor.pictures > seen + 5)


async def test_no_server_of_a_third_party_is_ever_asked():
    views, ears = Snapshots(), Ears()
    video = OutgoingVideo(MovingPictures(), views)
    voice = OutgoingSound(ToneMicrophone(), views)
    peer = Peer(Choice(), video, voice, Incoming(ears, ears), lambda: None, lambda: None)
    agent = peer.sender.transport.transport._connection
    assert agent.stun_server is None
    assert agent.turn_server is None
    await peer.close()
    video.close()


async def test_statistics_count_what_was_sent():
    async with joined() as (peer, doctor, video, *_):
        await doctor.until(lambda: doctor.pictures > 10)
        numbers = await measure(peer, video)
        assert numbers.pictures >= 10
        assert numbers.octets > 1000
        assert (numbers.width, numbers.height) == (640, 480)
        assert numbers.openings == 1
        assert numbers.refused == 0
