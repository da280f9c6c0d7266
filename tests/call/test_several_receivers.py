# SPDX-License-Identifier: Apache-2.0
"""One picture for several receivers: encoded once, and nobody waits for a slow one."""

import asyncio
import itertools
import time
from contextlib import suppress

import av
import pytest
from aiortc.mediastreams import MediaStreamError

from call import encoding as encoding_module
from call.audience import PARTING
from call.video import BEHIND, OutgoingVideo, VideoTrack
from tests.call.stubs import MovingPictures, Snapshots


@pytest.fixture
async def video():
    made = OutgoingVideo(MovingPictures(640, 360), Snapshots())
    yield made
    made.close()


class Eager:
    """A receiver that takes all it can get."""

    def __init__(self, track: VideoTrack) -> None:
        self.track = track
        self.got: list[av.Packet] = []
        self._more = asyncio.Event()
        self._task = asyncio.create_task(self._read())

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20):
            while len(self.got) < count:
                self._more.clear()
                await self._more.wait()

    async def stop(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _read(self) -> None:
        with suppress(MediaStreamError):
            while True:
                self.got.append(await self.track.recv())
                self._more.set()


def decoded(packets: list[av.Packet]) -> int:
    """How many pictures a decoder makes of them; it raises when one rests on what is not there."""
    decoder = av.CodecContext.create("h264", "r")
    count = sum(len(decoder.decode(av.Packet(bytes(packet)))) for packet in packets)
    return count + len(decoder.decode(None))


async def test_a_picture_is_encoded_once_for_all(video):
    eager = [Eager(video.track()) for _ in range(3)]
    for one in eager:
        await one.until(30)
    assert video.openings == 1
    assert video.frames < 60
    common = set.intersection(*({bytes(packet) for packet in one.got} for one in eager))
    assert len(common) >= 25
    for one in eager:
        await one.stop()


async def test_whoever_joins_begins_with_a_whole_picture_and_all_get_it(video):
    first = Eager(video.track())
    await first.until(10)
    second = Eager(video.track())
    await second.until(10)
    assert second.got[0].is_keyframe
    assert bytes(second.got[0]) in {bytes(packet) for packet in first.got}
    assert decoded(second.got) >= 9
    assert [packet.is_keyframe for packet in first.got].count(True) == 2
    assert video.openings == 1


async def test_one_that_does_not_take_its_pictures_delays_nobody_and_goes_on_with_a_whole_one(video):
    fast, slow = Eager(video.track()), video.track()
    begun = [await slow.recv() for _ in range(3)]
    seen = len(fast.got)
    await fast.until(seen + 40)
    steps = [later.pts - first.pts for first, later in itertools.pairwise(fast.got[-30:])]
    assert sum(steps) / len(steps) < BEHIND / 4
    async with asyncio.timeout(10):
        got = begun + [await slow.recv() for _ in range(10)]
    gap = next(later for first, later in itertools.pairwise(got) if later.pts - first.pts > BEHIND / 2)
    assert gap.is_keyframe
    assert decoded(got) >= len(got) - 1
    await fast.stop()


async def test_one_that_leaves_in_the_middle_of_a_picture_takes_nothing_from_the_others(video):
    first, second = Eager(video.track()), Eager(video.track())
    await second.until(5)
    await first.stop()
    first.track.stop()
    seen = len(second.got)
    await second.until(seen + 20)
    assert decoded(second.got) >= seen + 19
    assert second.track.readyState == "live"
    with pytest.raises(MediaStreamError):
        await first.track.recv()


async def test_a_weak_one_gets_an_encoding_of_its_own_and_the_strong_one_its_full_size(monkeypatch):
    video = OutgoingVideo(MovingPictures(1280, 720), Snapshots())
    strong, weak = Eager(video.track()), Eager(video.track())
    await weak.until(3)
    weak.track.estimate(320_000)
    strong.track.estimate(2_000_000)
    await strong.until(len(strong.got) + 2)
    assert video.size == (640, 360), "shared, at what the weak one can take"
    real = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: real() + PARTING + 0.1)
    strong.track.estimate(2_000_000)
    seen = len(strong.got), len(weak.got)
    await strong.until(seen[0] + 15)
    await weak.until(seen[1] + 8)
    assert video.encodings[0].size == (1280, 720)
    assert video.encodings[1].size == (640, 360)
    assert video.encodings[1].rate.target == 320_000
    for one in (strong, weak):
        stamps = [packet.pts for packet in one.got]
        assert stamps == sorted(set(stamps))
        assert decoded(one.got) >= len(one.got) - 1
        await one.stop()
    strong.track.stop()
    alone = Eager(weak.track.receiver.track())
    await alone.until(2)
    assert video.encodings[1].size == (0, 0), "its encoder is given back"
    await alone.stop()
    video.close()


async def test_asking_for_whole_pictures_over_and_over_costs_the_others_one_a_second_at_most(video, monkeypatch):
    monkeypatch.setattr(encoding_module, "KEYFRAMES_SHARED", 1000.0)
    first, second = Eager(video.track()), Eager(video.track())
    await second.until(5)
    before = video.keyframes
    for _ in range(20):
        second.track.keyframe()
        await first.until(len(first.got) + 1)
    assert video.keyframes == before
    await first.stop()
    await second.stop()
