# SPDX-License-Identifier: Apache-2.0
from functools import reduce

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from call import pages
from call.pages import Seen
from call.watched import SLACK, Watched, watch
from device.errors import MessageError


def told(*reports, line=0.0):
    """The totals after (instant, report) of the page of a line born at ``line``."""
    return reduce(lambda found, one: watch(found, one[1], one[0], line), reports, Watched())


def test_the_first_picture_counts_once_from_when_the_page_was_let_in():
    found = told((1, Seen(1.0)), (5, Seen(5.0, 100, 1.2)), (10, Seen(10.0, 250, 1.2)))
    assert (found.firsts, found.wait, found.longest_wait, found.pictures) == (1, 1.2, 1.2, 250)


def test_freezes_and_cuts_count_by_what_was_added_and_the_longest_by_the_last_one():
    first = Seen(5.0, 100, 1.0, 1, 2.5, 2.5)
    found = told((5, first), (5.5, first), (20, Seen(20.0, 300, 1.0, 2, 3.6, 1.1, 1, 6.0, 6.0)))
    assert (found.freezes, found.frozen, found.longest_freeze) == (2, 3.6, 2.5)
    assert (found.cuts, found.cut, found.longest_cut) == (1, 6.0, 6.0)


def test_a_page_that_was_opened_anew_counts_from_nothing():
    found = told((60, Seen(60.0, 900, 1.0, 3, 9.0, 4.0)), (70, Seen(4.0, 60, 2.0, 1, 1.5, 1.5)))
    assert (found.firsts, found.freezes, found.frozen, found.pictures) == (2, 4, 10.5, 960)


def test_what_a_page_told_another_process_of_ours_is_not_counted_again():
    found = told((3, Seen(600.0, 9000, 1.0, 7, 40.0, 9.0)), (8, Seen(605.0, 9100, 1.0, 8, 42.0, 2.0)))
    assert (found.firsts, found.freezes, found.frozen, found.pictures) == (0, 1, 2.0, 100)


NUMBERS = st.floats(0, 1e6)
COUNTS = st.integers(0, 2**31)
REPORTS = st.builds(Seen, NUMBERS, COUNTS, NUMBERS, COUNTS, NUMBERS, NUMBERS, COUNTS, NUMBERS, NUMBERS)


@given(st.lists(REPORTS, min_size=1, max_size=12))
def test_whatever_a_page_says_it_cannot_have_frozen_for_longer_than_time_has_passed(reports):
    found = told(*((5.0 * (place + 1), one) for place, one in enumerate(reports)))
    room = (5.0 + SLACK) * len(reports)
    assert 0 <= found.frozen <= room
    assert 0 <= found.cut <= room
    assert found.freezes <= room
    assert found.longest_freeze <= 5.0 * len(reports) + SLACK
    assert found.longest_wait <= 5.0 * len(reports) + SLACK


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"since": -1},
        {"since": 1e9},
        {"since": "1"},
        {"since": None},
        {"since": 1, "pictures": -1},
        {"since": 1, "pictures": 2**40},
        {"since": 1, "rate": 1e6},
        {"since": 1, "line": "Jeanne"},
    ],
)
def test_a_report_out_of_bounds_is_refused(said):
    with pytest.raises(MessageError) as caught:
        pages.decode(msgspec.json.encode({"type": "seen", **said}).decode())
    assert "Jeanne" not in str(caught.value)
