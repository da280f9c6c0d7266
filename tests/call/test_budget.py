# SPDX-License-Identifier: Apache-2.0
from hypothesis import given
from hypothesis import strategies as st

from call.budget import AGAIN, DEPTH, LEAST, MOST_AGAIN, PACKET, SHARE, TRIPS, Budget


def test_resends_stay_within_their_share_of_the_target():
    budget, target = Budget(), 500_000
    resent = sum(budget.allow(n, PACKET, target, n * 0.001) for n in range(20_000))
    assert resent * PACKET <= target * SHARE * 20 + max(target * SHARE * DEPTH, LEAST * PACKET)
    assert resent > 100
    assert budget.allowed + budget.refused == 20_000


def test_small_packets_cost_less():
    small, large = Budget(), Budget()
    assert sum(small.allow(n, PACKET // 4, 500_000, 0.0) for n in range(100)) >= 4 * sum(
        large.allow(n, PACKET, 500_000, 0.0) for n in range(100)
    )


def test_the_same_packet_is_not_sent_again_at_once():
    budget = Budget()
    assert budget.allow(1, PACKET, 1_000_000, 0.0)
    assert not budget.allow(1, PACKET, 1_000_000, AGAIN - 0.01)
    assert budget.allow(1, PACKET, 1_000_000, AGAIN + 0.01)


def test_the_same_packet_is_not_sent_again_before_the_first_can_have_arrived():
    budget = Budget()
    assert budget.allow(1, PACKET, 1_000_000, 0.0, 0.2)
    assert not budget.allow(1, PACKET, 1_000_000, 0.2 * TRIPS - 0.01, 0.2)
    assert budget.allow(1, PACKET, 1_000_000, 0.2 * TRIPS + 0.01, 0.2)


def test_a_low_target_may_still_repair_a_picture():
    budget = Budget()
    assert [budget.allow(n, PACKET, 60_000, 0.0) for n in range(6)] == [True] * LEAST + [False] * 2


@given(st.lists(st.tuples(st.integers(0, 65_535), st.floats(0, 0.05)), max_size=400), st.integers(60_000, 2_500_000))
def test_what_is_remembered_is_bounded(asked, target):
    budget, now = Budget(), 0.0
    for sequence, pause in asked:
        now += pause
        budget.allow(sequence, PACKET, target, now)
    assert len(budget._resent) <= (target * SHARE * (MOST_AGAIN + DEPTH)) / PACKET + LEAST + 1


def test_a_clock_that_steps_back_gives_nothing():
    budget = Budget()
    for n in range(LEAST):
        budget.allow(n, PACKET, 60_000, 100.0)
    assert not budget.allow(99, PACKET, 60_000, 50.0)
