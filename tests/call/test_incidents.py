# SPDX-License-Identifier: Apache-2.0
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from call.incidents import Open, close, notice
from call.metrics import Meter
from call.pages import Seen
from call.statistics import Statistics
from call.tally import Attempt, Sample

DIRECT, RELAYED = "host-host udp", "relay-host tls"


def at(second, *, alive=True, stills=False, route=DIRECT, page=None, born=0.0):
    """A sample of a line that once stood."""
    statistics = Statistics(1, 1, 1, 1, 900_000, 1280, 720, 0, 0, 0.04, 0.0, route, stills)
    return Sample(float(second), Attempt(born, 1, 1.0, alive), statistics, page)


def told(*samples):
    """What and how long, after these samples."""
    open_, found = Open(), []
    for sample in samples:
        open_, over = notice(open_, sample)
        found += [(one.what, one.seconds) for one in over]
    return found


def test_a_cut_is_told_once_it_is_over_with_its_length():
    assert told(at(1), at(2), at(3, alive=False), at(9, alive=False), at(10)) == [("call-cut", 7.0)]
    assert told(at(1), at(2), at(3, alive=False), at(7)) == []


def test_a_cut_that_ends_with_the_line_or_with_another_doctors_is_told():
    assert told(at(1), at(2), at(3, alive=False), at(9, alive=False), Sample(10.0)) == [("call-cut", 7.0)]
    assert told(at(1), at(2), at(3, alive=False), at(10, born=9.0)) == [("call-cut", 7.0)]


def test_a_line_that_has_never_stood_is_no_cut():
    dialling = Sample(0.0, Attempt(0.0, 1, None, alive=False))
    assert told(*(Sample(float(second), dialling.attempt) for second in range(30)), Sample(31.0)) == []


def test_sound_and_stills_for_a_while_are_told_and_a_moment_is_not():
    assert told(at(1), *(at(second, stills=True) for second in range(2, 12)), at(12)) == [("stills-only", 10.0)]
    assert told(at(1), at(2, stills=True), at(6)) == []


def test_a_relay_is_told_once_a_line():
    assert told(at(1), at(2, route=RELAYED), at(3, route=RELAYED), at(4), at(5, route=RELAYED)) == [
        ("relay-used", None)
    ]


def test_a_freeze_at_the_doctors_is_told_by_its_own_length_and_once():
    short, long = Seen(9.0, 100, 1.0, 1, 1.4, 1.4), Seen(20.0, 300, 1.0, 2, 4.8, 3.4)
    assert told(at(1), at(2), at(9, page=short), at(20, page=long), at(21, page=long)) == [("picture-frozen", 3.4)]


def test_while_stills_are_sent_each_of_them_is_no_freeze():
    page = Seen(20.0, 300, 1.0, 2, 4.8, 3.4)
    assert told(at(1), at(2, stills=True), at(4, stills=True, page=page)) == []


def test_a_freeze_longer_than_its_page_is_not_believed():
    assert told(at(1), at(2), at(9, page=Seen(9.0, 100, 1.0, 1, 900.0, 900.0))) == []


def test_what_goes_on_when_the_encounter_ends_is_over_then():
    open_ = Open()
    for sample in (at(1), at(2), at(3, alive=False)):
        open_, _ = notice(open_, sample)
    assert [(one.what, one.seconds) for one in close(open_, 13.0)] == [("call-cut", 10.0)]


SAMPLES = st.lists(
    st.tuples(st.floats(0, 5), st.booleans(), st.booleans(), st.sampled_from([DIRECT, RELAYED]), st.booleans()),
    max_size=60,
)


@given(SAMPLES)
def test_no_incident_is_longer_than_the_call(steps):
    now, open_ = 0.0, Open()
    for step, alive, stills, route, page in steps:
        now += step
        seen = Seen(now, 1, 1.0, int(now), now, now) if page else None
        open_, over = notice(open_, at(now, alive=alive, stills=stills, route=route, page=seen))
        assert all(one.seconds is None or one.seconds <= round(now, 1) + 0.1 for one in over)


async def test_each_is_noted_for_the_encounter_it_began_in_and_an_end_closes_what_is_open(tmp_path):
    first, second = UUID(int=1), UUID(int=2)
    coming = iter([
        (at(1), first), (at(2), first), (at(3, alive=False), first), (at(20, born=19.0), second),
        (at(21, alive=False, born=19.0), second), (at(29, alive=False, born=19.0), second),
    ])  # fmt: skip

    async def samples() -> tuple[Sample, ...]:
        one, encounter = next(coming)
        return (msgspec.structs.replace(one, encounter=encounter),)

    noted = []
    meter = Meter(samples, tmp_path / "metrics.prom", note=lambda whose, one: noted.append((whose, one.seconds)))
    for _ in range(6):
        await meter.look()
    assert noted == [(first, 17.0)]
    meter.settle(29.0)
    assert noted == [(first, 17.0), (second, 8.0)]
