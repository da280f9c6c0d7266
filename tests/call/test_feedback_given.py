# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from call.feedback import messages
from call.feedback_given import MOST, Arrivals

ARRIVALS = st.dictionaries(st.integers(0, 200), st.floats(0, 1.5), min_size=1, max_size=60)


@given(ARRIVALS, st.integers(0, 65_535), st.floats(0, 1e6))
def test_what_was_noted_is_what_our_own_reader_reads(came, base, clock):
    arrivals = Arrivals()
    arrivals.note(base, clock)
    arrivals.report(1, 2)
    for offset, at in came.items():
        arrivals.note((base + 1 + offset) % 65_536, clock + at)
    (message,) = messages(arrivals.report(1, 2))
    told = {(message.first + n) % 65_536: at for n, at in enumerate(message.arrivals) if at is not None}
    assert set(told) == {(base + 1 + offset) % 65_536 for offset in came}
    zero = min(came)
    first = told[(base + 1 + zero) % 65_536]
    for offset, at in came.items():
        assert told[(base + 1 + offset) % 65_536] - first == pytest.approx(at - came[zero], abs=0.0006)


def test_nothing_new_is_no_report_and_a_gap_is_told_as_lost():
    arrivals = Arrivals()
    assert arrivals.report(1, 2) is None
    arrivals.note(10, 1.0)
    arrivals.report(1, 2)
    assert arrivals.report(1, 2) is None
    arrivals.note(13, 1.1)
    (message,) = messages(arrivals.report(1, 2))
    assert message.first == 11
    assert [at is None for at in message.arrivals] == [True, True, False]


@given(st.lists(st.integers(0, 65_535), max_size=300))
def test_whatever_numbers_come_a_report_is_bounded(sequences):
    arrivals = Arrivals()
    for n, sequence in enumerate(sequences):
        arrivals.note(sequence, n * 0.001)
    report = arrivals.report(1, 2)
    assert report is None or len(report) < 4 * MOST
