# SPDX-License-Identifier: Apache-2.0
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call.congestion import Flow, Reading
from call.padding import CALM, FIRST, LENGTH, MOST_PAUSE, PAUSE, SLACK, TIMES, Fill, Padding, pad

CALM_PICTURE = Flow(bits=400_000)


def reading(now: float, delivered: float = 100_000, queue: float = 0.0, worse: float = 0.0) -> Reading:
    return Reading(now, delivered, None, queue, grows=False, worse=worse, tried=delivered)


def begun(now: float = 10.0) -> Padding:
    padding = pad(Padding(), CALM_PICTURE, reading(now), whole=False)
    assert padding.level
    return padding


def test_the_link_is_tried_where_the_picture_leaves_it_idle():
    assert begun().level == FIRST * CALM_PICTURE.bits
    assert begun().end == 10 + LENGTH


@pytest.mark.parametrize(
    ("flow", "seen", "whole"),
    [
        (CALM_PICTURE, reading(10.0), True),
        (CALM_PICTURE, reading(10.0, delivered=390_000), False),
        (CALM_PICTURE, reading(10.0, queue=0.05), False),
        (CALM_PICTURE, reading(10.0, worse=0.06), False),
        (Flow(bits=400_000, draining=True), reading(10.0), False),
        (Flow(bits=400_000, fell=10.1 - CALM), reading(10.0), False),
    ],
)
def test_nothing_is_sent_for_nothing(flow, seen, whole):
    assert pad(Padding(), flow, seen, whole=whole).level == 0


def test_what_arrives_leads_the_level_up():
    assert pad(begun(), CALM_PICTURE, reading(10.5, delivered=900_000), whole=False).level == TIMES * 900_000


@pytest.mark.parametrize(
    ("seen", "whole"), [(reading(10.5, queue=0.05), False), (reading(10.5), True), (reading(10 + LENGTH), False)]
)
def test_a_queue_a_whole_picture_and_time_end_it(seen, whole):
    assert pad(begun(), CALM_PICTURE, seen, whole=whole).level == 0


def test_the_pause_grows_while_nothing_comes_of_it_and_is_short_again_once_something_does():
    padding, now = Padding(), 10.0
    pauses = []
    for _ in range(5):
        padding = pad(padding._replace(again=-math.inf), CALM_PICTURE, reading(now), whole=False)
        padding = pad(padding, CALM_PICTURE, reading(now + 0.5, queue=0.05), whole=False)
        assert pad(padding, CALM_PICTURE, reading(padding.again - 0.1), whole=False).level == 0
        pauses.append(padding.pause)
    assert pauses == [2 * PAUSE, *[MOST_PAUSE] * 4]
    padding = pad(padding._replace(again=-math.inf), CALM_PICTURE, reading(20.0), whole=False)
    padding = pad(padding, Flow(bits=600_000), reading(20.0 + LENGTH), whole=False)
    assert (padding.pause, padding.again) == (PAUSE, 20.0 + LENGTH + PAUSE)


@given(st.lists(st.tuples(st.floats(0.001, 0.04), st.integers(0, 20_000)), max_size=60), st.integers(20_000, 2_000_000))
def test_what_is_filled_up_is_never_more_than_the_level_but_for_one_slack(steps, level):
    """``steps``: seconds until the next look, bits of the picture that left meanwhile."""
    fill, now, sent, padded = Fill(), 0.0, 0, 0.0
    fill.lacks(level, sent, now)
    for seconds, bits in steps:
        now, sent = now + seconds, sent + bits
        lacks = max(0.0, fill.lacks(level, sent, now))
        sent, padded = sent + int(lacks), padded + lacks
    assert padded <= level * (now + SLACK)


def test_after_a_break_nothing_is_made_up_for():
    fill = Fill()
    fill.lacks(1_000_000, 0, 0.0)
    assert fill.lacks(1_000_000, 0, 2 * SLACK) == 0
    assert fill.lacks(1_000_000, 0, 2.5 * SLACK) == pytest.approx(1_000_000 * SLACK / 2)
