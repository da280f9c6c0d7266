# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call.congestion import CEILING, FLOOR, Flow, Gauge, Reading, follow
from call.feedback import Fate
from tests.call.link import VOICE, travel


def mean(values) -> float:
    found = list(values)
    return sum(found) / len(found)


@pytest.mark.parametrize("fallen", [500_000, 250_000, 150_000])
def test_a_link_that_falls_has_a_short_queue_again_within_two_seconds_and_is_then_used(fallen):
    moments = travel(lambda at: 1_500_000 if at < 10 else fallen, 40)
    assert all(moment.queue < 0.25 for moment in moments if moment.at > 12)
    used = mean(moment.bits for moment in moments if moment.at > 20) + VOICE
    assert 0.75 * fallen < used < 1.1 * fallen


def test_a_link_that_recovers_is_used_again_within_eight_seconds():
    moments = travel(lambda at: 120_000 if at < 20 else 1_500_000, 40)
    assert next(moment.at for moment in moments if moment.at > 20 and moment.bits > 1_000_000) < 28


def test_a_steady_link_is_used_without_long_queues():
    moments = travel(lambda _: 800_000, 60, jitter=0.01)
    settled = [moment for moment in moments if moment.at > 10]
    assert mean(moment.queue for moment in settled) < 0.08
    assert mean(moment.bits for moment in settled) + VOICE > 0.75 * 800_000
    assert min(moment.bits for moment in settled) > 0.3 * 800_000


@pytest.mark.parametrize("loss", [0.05, 0.15])
def test_loss_at_random_is_not_taken_for_a_full_link(loss):
    moments = travel(lambda _: 3_000_000, 40, loss=loss)
    assert mean(moment.bits for moment in moments if moment.at > 15) > 1_200_000


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
    moments = travel(lambda at: rates[min(int(at // 8), len(rates) - 1)], 8 * len(rates), seed=seed, loss=0.01)
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
