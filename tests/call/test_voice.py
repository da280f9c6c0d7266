# SPDX-License-Identifier: Apache-2.0
import asyncio
from fractions import Fraction

import av
import msgspec
import numpy as np

from call.voice import KEPT, LEAD, IncomingVoice, OutgoingVoice, VoiceTrack
from tests.call.stubs import Ears, Snapshots, ToneMicrophone


def sound(layout: str, samples: int = 960, value: int = 1000) -> av.AudioFrame:
    channels = 2 if layout == "stereo" else 1
    frame = av.AudioFrame.from_ndarray(np.full((1, samples * channels), value, np.int16), format="s16", layout=layout)
    frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
    return frame


def test_what_comes_in_is_cut_into_blocks_of_20_ms():
    ears = Ears()
    voice = IncomingVoice(ears)
    for layout, samples in (("stereo", 960), ("mono", 480), ("mono", 480), ("stereo", 1920)):
        voice.play(sound(layout, samples))
    assert [block.shape for block in ears.blocks] == [(960,)] * 4
    assert all(block.dtype == np.int16 and (block == 1000).all() for block in ears.blocks)


def test_a_burst_after_a_gap_is_not_played_late():
    ears = Ears()
    voice = IncomingVoice(ears)
    for _ in range(500):
        voice.play(sound("mono"))
    assert ears.written <= LEAD / 0.02 + 3
    assert voice.dropped == 500 - ears.written


async def test_what_nobody_takes_does_not_pile_up():
    views, microphone = Snapshots(), ToneMicrophone()
    voice = OutgoingVoice(microphone, views)
    running = asyncio.create_task(voice.run())
    for _ in range(3):
        assert np.abs(await voice.next()).max() > 5000
    for _ in range(40):
        voice._blocks.append(np.zeros(960, np.int16))
    assert len(voice._blocks) == KEPT
    running.cancel()


async def test_a_microphone_that_is_off_sends_silence_at_the_same_pace():
    views = Snapshots()
    voice = OutgoingVoice(ToneMicrophone(), views)
    running = asyncio.create_task(voice.run())
    track = VoiceTrack(voice)
    await track.recv()
    views.state = msgspec.structs.replace(views.state, microphone_on=False)
    muted = [await track.recv() for _ in range(5)]
    assert all(not frame.to_ndarray().any() for frame in muted)
    assert [frame.pts for frame in muted] == [960 * n for n in range(1, 6)]
    running.cancel()


async def test_a_missing_microphone_is_silence_and_comes_back():
    microphone = ToneMicrophone()
    microphone.broken = True
    voice = OutgoingVoice(microphone, Snapshots())
    running = asyncio.create_task(voice.run())
    assert not (await voice.next()).any()
    microphone.broken = False
    async with asyncio.timeout(3):
        while not (await voice.next()).any():
            pass
    running.cancel()
