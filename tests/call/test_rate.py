# SPDX-License-Identifier: Apache-2.0
from hypothesis import given
from hypothesis import strategies as st

from call.rate import CEILING, FLOOR, LADDER, PATIENCE, Rate, estimate, fit


def test_a_falling_estimate_is_followed_at_once_down_the_ladder():
    rate = estimate(Rate(), 180_000, 0.0)
    assert rate.target == 180_000
    assert rate.shape == LADDER[1]
    assert estimate(rate, 10_000, 0.1).target == FLOOR


def test_a_rising_estimate_climbs_one_rung_after_it_has_stayed():
    low = estimate(Rate(), 300_000, 0.0)
    waiting = estimate(low, 1_000_000, 1.0)
    assert waiting.rung == low.rung
    assert waiting.target == LADDER[low.rung].most
    assert estimate(waiting, 1_000_000, 1.0 + PATIENCE - 0.1).rung == low.rung
    assert estimate(waiting, 1_000_000, 1.0 + PATIENCE).rung == low.rung + 1


def test_an_estimate_around_a_rungs_edge_does_not_flap():
    rate, rungs = estimate(Rate(), 340_000, 0.0), set()
    for n in range(200):
        rate = estimate(rate, 340_000 if n % 2 else 380_000, n * 0.5)
        rungs.add(rate.rung)
    assert rungs == {1}


def test_a_dip_starts_the_patience_again():
    rate = estimate(estimate(Rate(), 300_000, 0.0), 500_000, 1.0)
    rate = estimate(rate, 300_000, 3.9)
    assert estimate(rate, 500_000, 4.1).rung == 1


@given(st.lists(st.tuples(st.integers(0, 10**8), st.floats(0, 10)), max_size=60))
def test_the_target_always_suits_the_rung_and_never_exceeds_the_estimate_by_more_than_the_floor(steps):
    rate, now = Rate(), 0.0
    for bits, pause in steps:
        now += pause
        rate = estimate(rate, bits, now)
        assert FLOOR <= rate.target <= min(LADDER[rate.rung].most, CEILING)
        assert rate.target <= max(bits, FLOOR)


@given(st.integers(2, 4000), st.integers(2, 4000), st.sampled_from(LADDER))
def test_a_picture_is_shrunk_into_the_rung_with_even_sides_and_never_enlarged(width, height, rung):
    w, h = fit(width, height, rung)
    assert w % 2 == h % 2 == 0
    assert 2 <= w <= max(2, min(width, rung.width))
    assert 2 <= h <= max(2, min(height, rung.height))
    if min(w, h) > 40:
        assert abs(w / h - width / height) < 0.1 * width / height
