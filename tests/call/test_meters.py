# SPDX-License-Identifier: Apache-2.0
from functools import reduce
from itertools import pairwise
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from call.meters import Meters, read, settle
from call.pages import Seen
from call.tally import Sample, Tally, fold
from tests.call.test_incidents import at

ENCOUNTER = UUID(int=1)


def line(second, born=0.0, **more):
    """A sample of the line born at ``born``, in one encounter."""
    return msgspec.structs.replace(at(second, born=born, **more), encounter=ENCOUNTER)


def whole(*moments):
    """The meters and what was told after these moments, each the samples of its lines."""
    meters, told = Meters(), []
    for samples in moments:
        meters, over = read(meters, samples)
        told += [(one.what, one.seconds) for _, one in over]
    return meters, told


def test_two_doctors_are_two_and_their_cuts_are_their_own():
    meters, told = whole(
        (line(1), line(1, 0.5)),
        (line(2), line(2, 0.5, alive=False)),
        (line(3), line(3, 0.5, alive=False)),
        (line(9), line(9, 0.5)),
    )
    found = meters.whole
    assert (found.doctors, found.reached, found.drops, found.longest_cut) == (2, 2, 1, 2.0)
    assert told == [("call-cut", 7.0)]


def test_when_the_first_doctor_leaves_the_second_is_not_counted_again():
    meters, told = whole((line(1), line(1, 0.5)), (line(2), line(2, 0.5)), (line(3, 0.5),), (Sample(4.0),))
    assert (meters.whole.doctors, meters.whole.drops, meters.lines) == (2, 0, {})
    assert told == []
    meters, _ = read(meters, (line(6, 5.0),))
    assert meters.whole.doctors == 3


def test_each_doctors_page_is_counted():
    pages = Seen(2.0, 40, 0.5), Seen(2.0, 60, 1.5, 1, 3.0, 3.0)
    meters, told = whole((line(1), line(1, 0.5)), (line(2, page=pages[0]), line(2, 0.5, page=pages[1])))
    seen = meters.whole.watched
    assert (seen.firsts, seen.wait, seen.longest_wait, seen.pictures, seen.freezes) == (2, 2.0, 1.5, 100, 1)
    assert told == [], "a freeze longer than its page is not believed"


def test_the_end_of_an_encounter_closes_what_is_open_of_every_line_once():
    meters, _ = whole(
        (line(1), line(1, 0.5)),
        (line(2), line(2, 0.5)),
        (line(3, alive=False), line(3, 0.5, stills=True)),
    )
    meters, over = settle(meters, 13.0)
    assert sorted((one.what, one.seconds) for _, one in over) == [("call-cut", 10.0), ("stills-only", 10.0)]
    assert settle(meters, 20.0)[1] == ()


SINGLE = st.lists(st.tuples(st.floats(0.5, 5), st.booleans(), st.sampled_from([0.0, 0.5, None])), max_size=40)


@given(SINGLE)
def test_with_one_line_at_a_time_it_comes_to_what_one_tally_says(steps):
    now, samples = 1.0, []
    for step, alive, born in steps:
        now += step
        samples.append(Sample(now) if born is None else line(now, born, alive=alive))
    meters, _ = whole(*((one,) for one in samples))
    alone = reduce(fold, samples, Tally())
    births = [one.attempt.born for one in samples if one.attempt is not None]
    changes = sum(one != two for one, two in pairwise(births))
    assert meters.whole.totals == alone.totals
    if not changes and None not in [one[2] for one in steps]:
        assert (meters.whole.drops, meters.whole.cut) == (alone.drops, alone.cut)
