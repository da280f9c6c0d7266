# SPDX-License-Identifier: Apache-2.0
import asyncio
from contextlib import asynccontextmanager

import pytest

from call.incoming import Incoming
from call.peer import Peer
from call.video import OutgoingVideo
from call.voice import OutgoingVoice
from tests.call.second import DoctorPeer
from tests.call.stubs import Ears, MovingPictures, Snapshots, ToneMicrophone


@asynccontextmanager
async def joined(codec: str | None = None):
    views = Snapshots()
    video, voice = OutgoingVideo(MovingPictures(), views), OutgoingVoice(ToneMicrophone(), views)
    ears, opened, failed = Ears(), asyncio.Event(), asyncio.Event()
    reading = asyncio.create_task(voice.run())
    peer = Peer((), video, voice, Incoming(ears, ears), opened.set, failed.set)
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
        assert (doctor.newest.width, doctor.newest.height) == (640, 480)
        assert doctor.newest.to_ndarray()[:480].std() > 20
        assert video.openings <= 2
        await doctor.until(lambda: len(ears.pictures) >= 5 and len(ears.blocks) >= 10)
        assert abs(int(ears.pictures[-1].i420[:240].mean()) - 200) < 8
