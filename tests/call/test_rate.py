# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from call.congestion import CEILING, FLOOR
from call.rate import ABOVE, LADDER, LINGER, PATIENCE, QUICK, SLOWEST, SUNK, WARY, Rate, climb, fit, tempo


def test_a_fall_is_followed_at_once_down_the_ladder():
    rate = climb(Rate(), 180_000, 0.0)
    assert rate.target == 180_000
    assert rate.shape == LADDER[5]
    assert climb(rate, FLOOR, 0.1).shape == LADDER[0]


def test_a_rise_climbs_as_far_as_it_goes_after_it_has_stayed():
    low = climb(Rate(), 60_000, 0.0)
    waiting = climb(low, 1_000_000, 1.0)
    assert waiting.rung == low.rung
    assert waiting.target == 1_000_000
    assert climb(waiting, 1_000_000, 1.0 + PATIENCE - 0.1).rung == low.rung
    assert climb(waiting, 1_000_000, 1.0 + PATIENCE).shape == LADDER[-1]


def test_a_rate_around_a_rungs_edge_does_not_flap():
    edge = LADDER[7].least
    rate, rungs = climb(Rate(), int(edge * 0.8), 0.0), set()
    for n in range(200):
        rate = climb(rate, int(edge * (0.97 if n % 2 else ABOVE * 0.99)), n * 0.5)
        rungs.add(rate.rung)
    assert rungs == {6}


def test_a_rate_that_swings_by_a_third_changes_the_size_seldom():
    edge = LADDER[6].least
    rate, sizes = climb(Rate(), edge, 0.0), []
    for n in range(600):
        rate = climb(rate, int(edge * (0.7 if n // 10 % 2 else 1.3)), n * 0.1)
        if not sizes or sizes[-1] != rate.shape.width:
            sizes.append(rate.shape.width)
    assert len(sizes) <= 60 / 5


def test_a_rate_a_little_below_is_waited_for_a_moment_and_one_far_below_is_not():
    rate = climb(Rate(), 900_000, 0.0)
    assert climb(rate, 700_000, 1.0).rung == rate.rung
    assert climb(climb(rate, 700_000, 1.0), 700_000, 1.0 + LINGER).rung == rate.rung - 1
    assert climb(rate, 300_000, 1.0).shape == LADDER[6]


def test_beyond_doubt_a_picture_that_has_just_shrunk_grows_soon():
    rate = climb(Rate(), 120_000, 0.0)
    assert climb(climb(rate, 1_400_000, 1.0), 1_400_000, 1.0 + PATIENCE).shape == LADDER[-1]
    low = climb(Rate(), 200_000, 0.0)
    assert climb(climb(low, 350_000, 1.0), 350_000, 1.0 + PATIENCE).rung == low.rung
    assert climb(climb(low, 350_000, 1.0), 350_000, 1.0 + WARY).rung == low.rung + 1


def test_more_pictures_of_one_size_come_quickly():
    low = climb(Rate(), 130_000, 0.0)
    assert climb(climb(low, 230_000, 1.0), 230_000, 1.0 + QUICK).rung == low.rung + 1


def test_a_dip_starts_the_patience_again():
    rate = climb(climb(Rate(), 130_000, 0.0), 500_000, 1.0)
    rate = climb(rate, 130_000, 1.0 + PATIENCE * 0.9)
    assert climb(rate, 500_000, 1.0 + PATIENCE * 1.1).rung == 4


def test_the_ladder_goes_down_to_stills_that_keep_the_watch_of_the_line_content():
    assert [rung.least for rung in LADDER] == sorted(rung.least for rung in LADDER)
    assert LADDER[0].least == 0
    assert 1 / LADDER[0].fps <= 2.5


@given(st.lists(st.tuples(st.integers(FLOOR, CEILING), st.floats(0, 10)), max_size=60))
def test_the_rung_is_always_one_that_the_rate_is_worth(steps):
    rate, now = Rate(), 0.0
    for bits, pause in steps:
        now += pause
        rate = climb(rate, bits, now)
        assert rate.target == bits
        assert rate.shape.least * SUNK <= bits


@pytest.mark.parametrize("fps", [30, 0.5])
def test_the_tempo_follows_what_a_camera_gives_within_bounds(fps):
    at = fps
    for _ in range(60):
        at = tempo(at, 2 / fps, fps)
    assert at == pytest.approx(fps / 2, rel=0.02)
    for _ in range(60):
        at = tempo(at, 100 / fps, fps)
    assert at == pytest.approx(fps / SLOWEST, rel=0.02)
    assert tempo(30.0, 0.0, fps) <= fps


@given(st.integers(2, 4000), st.integers(2, 4000), st.sampled_from(LADDER))
def test_a_picture_is_shrunk_into_the_rung_with_even_sides_and_never_enlarged(width, height, rung):
    w, h = fit(width, height, rung)
    assert w % 2 == h % 2 == 0
    assert 2 <= w <= max(2, min(width, rung.width))
    assert 2 <= h <= max(2, min(height, rung.height))
    if min(w, h) > 40:
        assert abs(w / h - width / height) < 0.1 * width / height
