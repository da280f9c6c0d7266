# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call.congestion import CEILING, FLOOR, Flow, Gauge, Reading, follow
from call.feedback import Fate
from call.rate import LADDER
from tests.call.link import SOUND, Call


def mean(values) -> float:
    found = list(values)
    return sum(found) / len(found)


def steps(*bits: float):
    """A link that carries each of ``bits`` for 20 s, the last one for ever."""
    return lambda at: bits[min(int(at // 20), len(bits) - 1)]


THIN = (0.06, 1_900)
"""Seconds between two packets of a voice on a thin link, and their bits."""


def voice(bits: float):
    return THIN if bits < 150_000 else SOUND


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_fall_to_a_third_moves_again_at_once(seed):
    call = Call(steps(1_500_000, 500_000), seed=seed).run(45)
    assert call.again(20, 20) < 3
    assert call.freeze(20, 40) < 1
    assert all(moment.queue < 0.25 for moment in call.moments if moment.at > 22)
    assert 0.75 * 500_000 < mean(moment.bits for moment in call.moments if moment.at > 25) < 1.1 * 500_000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_fall_to_a_quarter_of_a_megabit_still_moves(seed):
    call = Call(steps(500_000, 250_000), seed=seed).run(45)
    assert call.again(20, 8) < 3
    assert call.fps(30, 45) >= 8
    assert mean(moment.queue for moment in call.moments if moment.at > 30) < 0.1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_link_that_hardly_carries_the_voice_has_a_short_queue_and_pictures_now_and_then(seed):
    call = Call(steps(250_000, 120_000), seed=seed, sound=voice).run(60)
    assert mean(moment.queue for moment in call.moments if moment.at > 30) < 0.12
    assert call.freeze(20, 60) < 4


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_link_that_recovers_has_its_whole_picture_again_within_eight_seconds(seed):
    call = Call(steps(120_000, 1_500_000), seed=seed, sound=voice).run(45)
    assert call.again(20, 20) < 6
    assert next(one.at for one in call.shown if one.at > 20 and one.rung == len(LADDER) - 1) < 28


@pytest.mark.parametrize("used", [0.15, 0.3, 0.5])
@pytest.mark.parametrize("before", [120_000, 500_000])
def test_a_calm_picture_that_uses_little_of_its_rate_has_its_full_size_again_as_soon(used, before):
    call = Call(steps(before, 1_500_000), sound=voice, used=used).run(30)
    assert next(one.at for one in call.shown if one.at > 20 and one.rung == len(LADDER) - 1) < 28


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_calm_picture_on_a_narrow_link_is_not_disturbed_by_what_tries_it(seed):
    call = Call(steps(250_000), used=0.2, seed=seed).run(60)
    settled = [moment.queue for moment in call.moments if moment.at > 10]
    assert call.freeze(10, 60) < 0.5
    assert mean(queue > 0.15 for queue in settled) < 0.05
    assert max(settled) < 0.35


def test_a_slow_camera_is_no_reason_to_overshoot():
    call = Call(steps(1_500_000, 500_000), camera=10.0).run(45)
    assert call.freeze(20, 45) < 1
    assert mean(moment.queue for moment in call.moments if moment.at > 25) < 0.12


def test_a_steady_link_is_used_without_long_queues():
    call = Call(lambda _: 800_000, jitter=0.01).run(60)
    settled = [moment for moment in call.moments if moment.at > 10]
    assert mean(moment.queue for moment in settled) < 0.1
    assert mean(moment.bits for moment in settled) > 0.75 * 800_000
    assert min(moment.bits for moment in settled) > 0.3 * 800_000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_one_packet_in_twenty_lost_both_ways_costs_neither_pictures_nor_rate(seed):
    call = Call(lambda _: 20_000_000, loss=0.05, seed=seed).run(30)
    assert call.fps(10, 30) >= 23.5  # of 25
    assert call.freeze(5, 30) < 1
    assert min(moment.bits for moment in call.moments if moment.at > 5) > 1_200_000


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_three_packets_in_twenty_lost_both_ways_are_no_full_link(seed):
    call = Call(lambda _: 20_000_000, loss=0.15, seed=seed).run(30)
    assert call.fps(10, 30) >= 18
    assert mean(moment.bits for moment in call.moments if moment.at > 10) > 1_200_000


def test_a_route_that_got_longer_is_not_taken_for_a_queue_for_ever():
    flow, gauge = Flow(), Gauge()
    for n in range(600):
        now, away = n * 0.1, 0.03 if n < 100 else 0.2
        bits = int(flow.bits * 0.1)
        reading = gauge.read([Fate(now, bits, now + away)], now + away)
        flow = follow(flow, reading)
    assert flow.bits > 1_000_000


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(120_000, 3_000_000), min_size=2, max_size=4), st.integers(0, 1000))
def test_whatever_the_link_does_its_queue_is_not_full_for_long_and_the_flow_stays_in_bounds(rates, seed):
    moments = (
        Call(lambda at: rates[min(int(at // 8), len(rates) - 1)], seed=seed, loss=0.01).run(8 * len(rates)).moments
    )
    assert all(FLOOR <= moment.bits <= CEILING for moment in moments)
    full, longest = 0.0, 0.0
    for moment in moments:
        full = full + 0.04 if moment.queue > 0.3 else 0.0
        longest = max(longest, full)
    assert longest < 3.0


@given(st.floats(0, 3e6), st.floats(0, 2), st.booleans(), st.floats(-0.3, 1))
def test_a_reading_never_takes_the_flow_out_of_bounds(delivered, queue, grows, worse):
    assert FLOOR <= follow(Flow(), Reading(1.0, delivered, None, queue, grows, worse)).bits <= CEILING


def test_nothing_arrived_says_nothing():
    assert Gauge().read([Fate(0.0, 8_000, None)], 1.0) is None
