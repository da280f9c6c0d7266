# SPDX-License-Identifier: Apache-2.0
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from device.pulse import BOUNDS, Promptness, looked

LATE = st.lists(st.floats(0, 100), max_size=50)


@given(LATE)
def test_each_look_is_in_one_class_and_nothing_of_it_is_lost(lates):
    found = reduce(looked, lates, Promptness())
    assert found.count == len(lates)
    assert abs(found.late - sum(lates)) < 1e-6
    assert found.longest == max(lates, default=0.0)
    assert found.blocks == sum(late >= 1.0 for late in lates)
    assert found.looks[-1] == sum(late > BOUNDS[-1] for late in lates)


@given(LATE.filter(bool), st.floats(0.01, 1.0))
def test_the_bound_that_a_share_kept_is_the_least_such(lates, share):
    bound = reduce(looked, lates, Promptness()).within(share)
    for one in BOUNDS:
        kept = sum(late <= one for late in lates)
        assert (kept >= share * len(lates)) == (bound is not None and one >= bound)


def test_without_a_look_nothing_is_said():
    assert Promptness().within(0.99) is None
