# SPDX-License-Identifier: Apache-2.0
"""Voices added for the loudspeaker, and for each doctor those of the others."""

import numpy as np
import pytest

from call.mixer import AHEAD, FEWEST, MOST, Mixer, added
from call.opus import SAMPLES


def block(value: int) -> np.ndarray:
    return np.full(SAMPLES, value, np.int16)


class Kept:
    """A loudspeaker that keeps one sample of each block."""

    def __init__(self) -> None:
        self.played: list[int] = []

    def write(self, block: np.ndarray) -> None:
        assert block.dtype == np.int16
        self.played.append(int(block[0]))


def test_one_doctor_alone_is_played_at_once_and_as_is() -> None:
    loudspeaker = Kept()
    voice = Mixer(loudspeaker).voice()
    for value in range(20):
        voice.write(block(value))
        assert loudspeaker.played[-1] == value
    assert voice.others() is None


def test_two_are_added_block_by_block_and_as_many_are_played_as_one_said() -> None:
    loudspeaker = Kept()
    mixer = Mixer(loudspeaker)
    first, second = mixer.voice(), mixer.voice()
    for value in range(50):
        first.write(block(100 + value))
        second.write(block(1000))
    assert loudspeaker.played[0] == 100
    assert loudspeaker.played[1:] == [1100 + value for value in range(1, 50)]


def test_the_sum_is_as_loud_as_can_be_and_never_wraps() -> None:
    assert added([block(30_000), block(20_000)])[0] == 32_767
    assert added([block(-30_000), block(-20_000)])[0] == -32_768


def test_when_the_one_who_leads_falls_silent_the_other_is_heard_whole() -> None:
    loudspeaker = Kept()
    mixer = Mixer(loudspeaker)
    first, second = mixer.voice(), mixer.voice()
    first.write(block(1))
    for value in range(100, 100 + 3 * AHEAD):
        second.write(block(value))
    assert loudspeaker.played == [1, *range(100, 100 + 3 * AHEAD)]


def test_one_who_leaves_no_longer_leads_nor_is_heard() -> None:
    loudspeaker = Kept()
    mixer = Mixer(loudspeaker)
    first, second = mixer.voice(), mixer.voice()
    for _ in range(FEWEST + 1):
        first.write(block(7))
    first.leave()
    first.write(block(7))
    second.write(block(5))
    assert loudspeaker.played == [7] * (FEWEST + 1) + [5]
    assert second.others() is None


def test_each_hears_the_others_and_never_itself() -> None:
    mixer = Mixer(Kept())
    voices = [mixer.voice() for _ in range(3)]
    for _ in range(FEWEST):
        for voice, value in zip(voices, (1, 20, 300), strict=True):
            voice.write(block(value))
    assert [int(voice.others()[0]) for voice in voices] == [320, 301, 21]


def test_what_goes_to_another_doctor_waits_a_little_and_never_grows() -> None:
    mixer = Mixer(Kept())
    speaker, listener = mixer.voice(), mixer.voice()
    speaker.write(block(1))
    assert listener.others() is None, "the first one waits for the next: the two have different clocks"
    for value in range(2, 1000):
        speaker.write(block(value))
    found = []
    while (heard := listener.others()) is not None:
        found.append(int(heard[0]))
    assert len(found) <= MOST
    assert found[-1] == 999
    speaker.write(block(1))
    assert listener.others() is None, "after a pause it waits again"


def test_a_loudspeaker_that_fails_is_the_speakers_trouble() -> None:
    class Broken:
        def write(self, block: np.ndarray) -> None:
            raise ZeroDivisionError(block.size)

    voice = Mixer(Broken()).voice()
    with pytest.raises(ZeroDivisionError):
        voice.write(block(1))
