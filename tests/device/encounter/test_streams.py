# SPDX-License-Identifier: Apache-2.0
from decimal import Decimal

import pytest

from device.codes import Doubt, Metric
from device.encounter import StableWindow, TraceBlock
from tests.device.encounter.samples import LIMITS, at, beat, oxygen

SINCE = at(0)


@pytest.fixture
def window() -> StableWindow:
    return StableWindow(LIMITS.stream)


def seconds_recorded(window, samples, since=SINCE):
    """The seconds at which a sample is given back; samples are (second, saturation, pulse)."""
    given = (window.push(oxygen(*sample), since) for sample in samples)
    return [arrival.received.monotonic - 1000 for arrival in given if arrival is not None]


def steady(first, last, saturation="97", pulse="72"):
    return [(second, saturation, pulse) for second in range(first, last + 1)]


def test_a_steady_value_is_recorded_once_as_it_came(window):
    given = [window.push(oxygen(second, "97", str(70 + second % 2)), SINCE) for second in range(1, 31)]
    recorded = [arrival for arrival in given if arrival]
    assert recorded == [oxygen(6, "97", "70")]


def test_it_is_recorded_again_after_a_while(window):
    assert seconds_recorded(window, steady(1, 130)) == [6, 66, 126]


def test_it_is_recorded_again_when_it_moved(window):
    assert seconds_recorded(window, steady(1, 10) + steady(11, 30, "92")) == [6, 19]


def test_a_pulse_that_moved_is_recorded_too(window):
    assert seconds_recorded(window, steady(1, 10) + steady(11, 30, pulse="90")) == [6, 19]


@pytest.mark.parametrize(
    "wild", [[("90", "72"), ("97", "72")], [("97", "60"), ("97", "90")], [("96", "72"), ("91", "72")]]
)
def test_a_value_that_jumps_is_not_recorded(window, wild):
    samples = [(second, *wild[second % 2]) for second in range(1, 40)]
    assert seconds_recorded(window, samples) == []


@pytest.mark.parametrize("missing", [(None, "72"), ("97", None), (None, None)])
def test_a_finger_taken_out_begins_everything_again(window, missing):
    samples = [*steady(1, 10), (11, *missing), *steady(12, 30)]
    assert seconds_recorded(window, samples) == [6, 17]


def test_a_silence_begins_everything_again(window):
    assert seconds_recorded(window, steady(1, 10) + steady(15, 30)) == [6, 20]


def test_another_connection_begins_everything_again(window):
    given = [window.push(oxygen(second, connection=second // 10), SINCE) for second in range(1, 25)]
    assert [second for second, arrival in enumerate(given, 1) if arrival] == [6, 15]


def test_nothing_before_the_identification_counts(window):
    assert seconds_recorded(window, steady(1, 20), at(10)) == [15]
    assert seconds_recorded(window, steady(21, 40), None) == []


def test_a_first_estimate_is_not_yet_a_value(window):
    early = frozenset({Doubt.EARLY_ESTIMATE})
    given = [window.push(oxygen(second, doubts=early if second < 10 else frozenset()), SINCE) for second in range(20)]
    assert [second for second, arrival in enumerate(given) if arrival] == [15]


def test_a_flood_of_samples_is_bounded(window):
    for number in range(5000):
        window.push(oxygen(number / 1000), SINCE)
    assert len(window._samples) <= 256


def test_a_trace_comes_in_blocks_of_the_whole_stream():
    trace = TraceBlock(LIMITS.stream)
    blocks = [block for second in range(20) for block in trace.push(oxygen(second))]
    blocks += trace.flush()
    saturations = [block for block in blocks if block.metric is Metric.SATURATION]
    assert [len(block.samples) for block in saturations] == [8, 8, 4]
    assert [block.received for block in saturations] == [at(0), at(8), at(16)]
    assert saturations[1].samples[:2] == ((0, Decimal(97)), (1000, Decimal(97)))
    assert {block.metric for block in blocks} == {Metric.SATURATION, Metric.PULSE_OXIMETER}
    assert trace.flush() == ()


def test_a_missing_sample_is_kept_as_missing():
    trace = TraceBlock(LIMITS.stream)
    trace.push(oxygen(0))
    trace.push(oxygen(1, None, None))
    assert trace.flush()[0].samples == ((0, Decimal(97)), (1000, None))


def test_a_new_connection_begins_a_new_block():
    trace = TraceBlock(LIMITS.stream)
    trace.push(oxygen(0, connection=1))
    assert len(trace.push(oxygen(1, connection=2))) == 2
    assert trace.flush()[0].received == at(1)


def test_a_block_is_bounded_however_fast_the_instrument_talks():
    trace = TraceBlock(LIMITS.stream)
    blocks = [block for number in range(1000) for block in trace.push(oxygen(number / 1000))]
    assert max(len(block.samples) for block in blocks) == 256


def beats(window, samples, since=SINCE):
    given = (window.push(beat(*sample), since) for sample in samples)
    return [arrival.received.monotonic - 1000 for arrival in given if arrival is not None]


def test_a_steady_heart_rate_is_recorded_again_after_a_while_and_when_it_moved(window):
    calm = [(second, "72") for second in range(1, 80)]
    fast = [(second, "110") for second in range(80, 100)]
    assert beats(window, calm + fast) == [6, 66, 88]


def test_a_heart_rate_that_jumps_is_not_recorded(window):
    assert beats(window, [(second, "60" if second % 2 else "90") for second in range(1, 40)]) == []


def test_a_belt_without_contact_begins_everything_again(window):
    samples = [*((second, "72") for second in range(1, 10)), (10, None), *((second, "72") for second in range(11, 20))]
    assert beats(window, samples) == [6, 16]


def test_a_stream_that_changes_what_it_holds_begins_again(window):
    given = [window.push(beat(second), SINCE) for second in range(1, 4)]
    given += [window.push(oxygen(second, connection=6), SINCE) for second in range(4, 12)]
    assert [second for second, arrival in enumerate(given, 1) if arrival] == [9]
