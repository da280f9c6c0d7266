# SPDX-License-Identifier: Apache-2.0
"""Frames out of a stream, wherever it is cut; samples thinned to what changes."""

from decimal import Decimal
from itertools import chain, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.codes import Doubt, Metric
from device.driver import Frame
from device.framing import LEAST, PIECE, REPEAT, ROOM, Framing, Thinning
from device.measurement import Measurement


class Lines:
    """Frames are letters between brackets; all else is noise."""

    def __init__(self) -> None:
        self.seen = 0
        self.calls = 0

    def split(self, buffer: bytes) -> tuple[bytes | None, int]:
        self.calls += 1
        self.seen = max(self.seen, len(buffer))
        start = buffer.find(b"[")
        if start < 0:
            return None, len(buffer)
        end = buffer.find(b"]", start)
        return (None, start) if end < 0 else (buffer[start : end + 1], end + 1)

    def decode(self, _frame: Frame) -> list[Measurement]:
        return []


FRAMES = st.lists(st.binary(max_size=20).map(lambda data: b"[" + data.translate(None, b"[]") + b"]"), max_size=12)
NOISE = st.lists(st.binary(max_size=9).map(lambda data: data.translate(None, b"[]")), min_size=12, max_size=12)


@given(frames=FRAMES, noise=NOISE, cuts=st.lists(st.integers(1, 40), min_size=1))
def test_every_frame_is_found_wherever_the_stream_is_cut(frames, noise, cuts):
    stream = b"".join(chain.from_iterable(zip(noise, frames, strict=False)))
    framing, found, left, turn = Framing(Lines()), [], stream, 0
    while left:
        size = cuts[turn % len(cuts)]
        found += framing.feed(left[:size])
        left, turn = left[size:], turn + 1
    assert found == frames
    assert framing.dropped == len(stream) - sum(map(len, frames))


def test_one_read_may_hold_many_frames():
    framing = Framing(Lines())
    assert list(framing.feed(b"[one][two]..[three][fo")) == [b"[one]", b"[two]", b"[three]"]
    assert list(framing.feed(b"ur]")) == [b"[four]"]
    assert (framing.dropped, framing.astray) == (2, 0)


def test_what_is_astray_is_counted_from_the_last_whole_frame():
    framing = Framing(Lines())
    list(framing.feed(b"....[a]..."))
    assert (framing.dropped, framing.astray) == (7, 3)


def test_a_frame_that_never_ends_is_dropped_and_the_next_one_found():
    lines = Lines()
    framing = Framing(lines)
    assert list(framing.feed(b"[" + b"x" * 5000)) == []
    assert lines.seen <= ROOM + PIECE
    assert framing.dropped >= 5001 - ROOM - PIECE
    assert list(framing.feed(b"x" * ROOM + b"[after]")) == [b"[after]"]


def test_a_megabyte_of_noise_costs_a_few_looks_for_each_piece():
    lines = Lines()
    framing = Framing(lines)
    for _ in range(1024):
        assert list(framing.feed(b"\x00" * 1024)) == []
    assert lines.calls <= 2 * 1024 * 1024 // PIECE
    assert framing.dropped == framing.astray == 1024 * 1024


def pair(saturation: int | None, pulse: int | None = 70) -> list[Measurement]:
    return [sample(Metric.SATURATION, saturation), sample(Metric.PULSE_OXIMETER, pulse)]


def sample(metric: Metric, value: int | None) -> Measurement:
    doubts = frozenset({Doubt.FINGER_OUT} if value is None else ())
    return Measurement(metric, None if value is None else Decimal(value), continuous=True, doubts=doubts)


def test_a_stream_of_a_hundred_a_second_goes_on_about_once_a_second():
    thinning = Thinning()
    passed = [n / 100 for n in range(1000) if thinning.passes(pair(95 + n % 3), n / 100)]
    assert len(passed) == 13
    assert all(round(later - earlier, 2) >= REPEAT for earlier, later in pairwise(passed))


@pytest.mark.parametrize("period", [1.0, 0.85, 1.4])
def test_a_stream_of_about_one_a_second_is_whole(period):
    thinning = Thinning()
    assert all(thinning.passes(pair(97), n * period) for n in range(100))


def test_a_finger_that_goes_or_comes_shows_at_once():
    thinning = Thinning()
    assert thinning.passes(pair(97), 10.0)
    assert not thinning.passes(pair(96), 10.2)
    assert thinning.passes(pair(None, None), 10.3)
    assert not thinning.passes(pair(None, None), 10.4)
    assert thinning.passes(pair(None), 10.5)
    assert thinning.passes(pair(97), 10.7)


def test_numbers_that_flicker_go_on_ten_times_a_second_at_most():
    thinning = Thinning()
    passed = [n / 100 for n in range(1000) if thinning.passes(pair(97 if n % 2 else None), n / 100)]
    assert len(passed) <= 10 / LEAST + 1


def test_what_is_no_sample_of_a_stream_always_goes_on():
    thinning = Thinning()
    result = [Measurement(Metric.SYSTOLIC, Decimal(120))]
    assert all(thinning.passes(result, 5.0) for _ in range(10))
    assert thinning.passes(pair(97), 5.0)
