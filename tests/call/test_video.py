# SPDX-License-Identifier: Apache-2.0
import asyncio
import itertools
import time

import av
import msgspec
import pytest
from aiortc.mediastreams import MediaStreamError

from call.encoding import KEYFRAMES
from call.rate import LADDER, PATIENCE
from call.video import OutgoingVideo
from device.errors import CallError
from tests.call.stubs import MovingPictures, Snapshots


@pytest.fixture
async def video():
    made = OutgoingVideo(MovingPictures(1280, 720), Snapshots())
    yield made
    made.close()


async def packets(track, count: int) -> list[av.Packet]:
    async with asyncio.timeout(20):
        return [await track.recv() for _ in range(count)]


async def test_estimates_that_wander_do_not_open_an_encoder_each_time(video):
    track = video.track()
    for n in range(60):
        track.estimate(900_000 + (n * 137_000) % 500_000)
        await packets(track, 1)
    assert video.openings == 1
    assert video.keyframes == 1


async def test_a_fall_is_followed_at_once_with_smaller_pictures_fewer_bits_and_one_keyframe(video):
    track = video.track()
    await packets(track, 5)
    assert video.size == (1280, 720)
    track.estimate(320_000)
    fallen = await packets(track, 10)
    assert video.size == (640, 360)
    assert [packet.is_keyframe for packet in fallen].count(True) == 1
    steps = [later.pts - first.pts for first, later in itertools.pairwise(fallen)]
    assert sum(steps) / len(steps) > 90_000 / (LADDER[6].fps * 1.4)


async def test_a_rise_that_lasts_brings_the_size_back(video, monkeypatch):
    track = video.track()
    track.estimate(470_000)
    await packets(track, 1)
    assert video.size == (640, 360)
    now = time.monotonic()
    track.estimate(1_400_000)
    monkeypatch.setattr(time, "monotonic", lambda: now + PATIENCE + 0.1)
    track.estimate(1_400_000)
    monkeypatch.undo()
    await packets(track, 1)
    assert video.size == (1280, 720)


async def test_keyframes_are_not_given_as_often_as_they_are_asked_for(video):
    track = video.track()
    began = time.monotonic()
    for _ in range(40):
        track.keyframe()
        await packets(track, 1)
    assert 2 <= video.keyframes <= (time.monotonic() - began) / KEYFRAMES + 2


async def test_a_new_track_ends_the_old_one_and_begins_with_a_keyframe_of_the_same_encoder(video):
    receiver = video.receiver()
    old = receiver.track()
    first = await packets(old, 12)
    new = receiver.track()
    with pytest.raises(MediaStreamError):
        await old.recv()
    second = await packets(new, 12)
    assert [packet.is_keyframe for packet in second].count(True) == 1
    assert second[0].pts > first[-1].pts
    assert video.openings == 1


async def test_a_track_that_waits_for_a_picture_gives_none_once_it_is_replaced(video):
    old = video.track()
    waiting = asyncio.create_task(old.recv())
    await asyncio.sleep(0)
    video.silence()
    with pytest.raises(MediaStreamError):
        await waiting
    assert video.frames == 0


async def test_a_camera_with_other_sequences_is_followed_when_it_is_chosen():
    pictures, views = MovingPictures(), Snapshots()
    pictures.sequence = 10_000
    video = OutgoingVideo(pictures, views)
    track = video.track()
    await packets(track, 3)
    pictures.sequence = 0
    seen = []
    following = pictures.next

    async def strict(after: int, deadline: float):
        seen.append(after)
        return await following(after, deadline)

    pictures.next = strict
    views.state = msgspec.structs.replace(views.state, camera="otoscope")
    await packets(track, 3)
    assert seen[0] == -1
    video.close()


async def test_an_encoder_that_fails_is_opened_again(video, monkeypatch):
    track = video.track()
    await packets(track, 2)

    def broken(*_: object, **__: object) -> None:
        raise av.FFmpegError(1, "broken")

    monkeypatch.setattr(video.encodings[0]._encoder, "encode", broken)
    with pytest.raises(CallError):
        await track.recv()
    await packets(track, 2)
    assert video.openings == 2
