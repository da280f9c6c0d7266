# SPDX-License-Identifier: Apache-2.0
import asyncio
import itertools
from contextlib import asynccontextmanager
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from call.opus import Decoder
from call.sounded import KEPT
from call.voice import LEAST, MOST, Expected, OutgoingVoice
from tests.call.stubs import Snapshots, ToneMicrophone


@asynccontextmanager
async def speaking(microphone=None, views=None, cleaner=None):
    voice = OutgoingVoice(microphone or ToneMicrophone(), views or Snapshots(), cleaner)
    running = asyncio.create_task(voice.run())
    yield voice
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def loudness(track, decoder, count=5):
    """The loudest of the last of ``count`` packets."""
    async with asyncio.timeout(5):
        for _ in range(count):
            block = decoder.decode(bytes(await track.recv()))
    return int(np.abs(block.astype(int)).max())


async def test_two_receivers_hear_the_same_packets():
    async with speaking() as voice:
        first, second = voice.track(), voice.track()
        ones, others = [await first.recv() for _ in range(4)], [await second.recv() for _ in range(4)]
        assert {bytes(one) for one in ones} & {bytes(one) for one in others}
        assert await loudness(first, Decoder()) > 5000


async def test_what_nobody_takes_does_not_pile_up():
    async with speaking() as voice:
        slow, quick = voice.track(), voice.track()
        for _ in range(4 * KEPT):
            await quick.recv()
        assert len(slow._packets) == KEPT


async def test_a_microphone_that_is_off_sends_silence_at_the_same_pace():
    views = Snapshots()
    async with speaking(views=views) as voice:
        track, decoder = voice.track(), Decoder()
        assert await loudness(track, decoder) > 5000
        views.state = msgspec.structs.replace(views.state, microphone_on=False)
        assert await loudness(track, decoder, 12) < 20
        stamps = [(await track.recv()).pts for _ in range(5)]
        assert all((after - before) % 960 == 0 < after - before for before, after in itertools.pairwise(stamps))


async def test_a_missing_microphone_is_silence_and_comes_back():
    microphone = ToneMicrophone()
    microphone.broken = True
    async with speaking(microphone) as voice:
        track, decoder = voice.track(), Decoder()
        assert await loudness(track, decoder) < 20
        microphone.broken = False
        assert await loudness(track, decoder, 15) > 5000


async def test_a_track_that_stopped_is_forgotten_and_says_so():
    async with speaking() as voice:
        gone, there = voice.track(), voice.track()
        await gone.recv()
        gone.stop()
        with pytest.raises(MediaStreamError):
            await gone.recv()
        await there.recv()
        assert list(voice._tracks) == [there]


async def test_what_is_sent_went_through_the_cleaner():
    class Mute:
        def clean(self, block):
            return np.zeros_like(block)

    async with speaking(cleaner=Mute()) as voice:
        assert await loudness(voice.track(), Decoder()) < 20


def test_a_loss_counts_at_once_and_is_forgotten_by_and_by():
    expected = Expected()
    assert expected.after(0.0).loss == LEAST
    worse = expected.after(0.15)
    assert worse.loss == 15
    better = worse.after(0.0)
    assert LEAST < better.loss < 15
    assert expected.after(0.9).loss == MOST
    for _ in range(60):
        better = better.after(0.0)
    assert better.loss == LEAST


class Doctors:
    """The other doctors, who say one tone or nothing."""

    def __init__(self) -> None:
        self.block: np.ndarray | None = None

    def __call__(self) -> np.ndarray | None:
        return self.block


async def test_the_other_doctors_are_added_to_what_was_cleaned_and_stay_with_one_encoder() -> None:
    cleaned = []

    class Watchful:
        def clean(self, block: np.ndarray) -> np.ndarray:
            cleaned.append(block.copy())
            return np.zeros_like(block)

    async with speaking(cleaner=Watchful()) as voice, asyncio.timeout(15):
        doctors = Doctors()
        alone, among = voice.track(), voice.track(doctors)
        same = [(bytes(await alone.recv()), bytes(await among.recv())) for _ in range(3)]
        assert all(first == second for first, second in same), "one encode for both"
        doctors.block = (np.sin(np.arange(960) * 2 * np.pi * 1000 / 48_000) * 9000).astype(np.int16)
        decoder, loudest, quiet = Decoder(), 0, b""
        while loudest < 5000:
            loudest = int(np.abs(decoder.decode(bytes(await among.recv()))).max())
            quiet = bytes(await alone.recv())
        assert np.abs(Decoder().decode(quiet)).max() < 500
        assert not any(np.array_equal(block, doctors.block) for block in cleaned)
        doctors.block = None
        while loudest > 500:
            loudest = int(np.abs(decoder.decode(bytes(await among.recv()))).max())


async def test_on_a_thin_link_the_voice_comes_in_few_packets_of_sixty_milliseconds_and_as_loud() -> None:
    async with speaking() as voice, asyncio.timeout(15):
        track, decoder = voice.track(), Decoder()
        track.thin = True
        loudest, sizes, stamps = 0, [], []
        while len(sizes) < 12:
            packet = await track.recv()
            samples = decoder.decode(bytes(packet))
            loudest = max(loudest, int(np.abs(samples).max()))
            sizes.append(len(samples))
            stamps.append(packet.pts)
        assert set(sizes[1:]) == {2880}
        assert {after - before for before, after in pairwise(stamps[1:])} == {2880}
        assert loudest > 5000
        track.thin = False
        while len(decoder.decode(bytes(await track.recv()))) != 960:
            pass
