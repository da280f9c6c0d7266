# SPDX-License-Identifier: Apache-2.0
from hypothesis import given
from hypothesis import strategies as st

from call.pacer import FEW, GRAIN, LEAST, PACE, THIN, THIN_PACE, UNDER_WAY, WIDE, WIDE_PACE, Pacer, pace, room


def leave(packets: list[int], target: float) -> list[float]:
    """When packets leave that all wait from the beginning."""
    pacer, now, left = Pacer(), 0.0, []
    for bits in packets:
        while seconds := pacer.wait(target, now):
            now += seconds
        pacer.sent(bits, target, now)
        left.append(now)
    return left


def test_a_large_picture_leaves_at_the_pace_and_not_at_once():
    left = leave([9_600] * 50, 500_000)
    assert 49 * 9_600 / (500_000 * PACE) - 2 * GRAIN <= left[-1] <= 50 * 9_600 / (500_000 * PACE)


def test_what_is_below_the_pace_never_waits():
    pacer = Pacer()
    for n in range(100):
        assert pacer.wait(1_000_000, n * 0.04) == 0.0
        pacer.sent(30_000, 1_000_000, n * 0.04)


@given(st.lists(st.integers(500, 10_000), min_size=1, max_size=80), st.integers(30_000, 2_500_000))
def test_no_stretch_of_packets_is_faster_than_the_pace_but_for_one_grain(packets, target):
    left, pace_ = leave(packets, target), pace(target)
    for first in range(0, len(packets), 7):
        sent = sum(packets[first:-1])
        assert sent <= (left[-1] - left[first]) * pace_ + GRAIN * pace_ + 10_000


def test_pictures_are_taken_while_the_link_keeps_up():
    assert room(FEW, 30_000, 0.0)
    assert not room(FEW + 1, 30_000, 0.0)
    assert room(int(1_000_000 * (UNDER_WAY + 0.1)), 1_000_000, 0.1)
    assert not room(int(1_000_000 * (UNDER_WAY + 0.1)) + 1, 1_000_000, 0.1)


def test_a_wide_link_is_given_a_picture_sooner_and_a_thin_one_later():
    assert [pace(target) / target for target in (THIN, THIN + 1, WIDE, WIDE + 1)] == [THIN_PACE, PACE, PACE, WIDE_PACE]
    assert pace(8_000) == LEAST
