# SPDX-License-Identifier: Apache-2.0
import random

from hypothesis import given
from hypothesis import strategies as st

from call.jitter import FADED, FEWEST, FIRST, HURRY, KEPT, MOST, WINDOW, Do, Jitter


def named(number: int) -> bytes:
    return str(number).encode()


def fed(*numbers: int) -> Jitter:
    jitter = Jitter()
    for number in numbers:
        jitter.put(number % 0x10000, named(number))
    return jitter


def test_it_waits_for_a_few_packets_then_plays_in_order() -> None:
    jitter = fed(5, 7)
    assert jitter.take().do is Do.PLAY
    jitter = fed(5, 6)
    assert jitter.take().do is Do.WAIT
    jitter.put(7, named(7))
    assert [jitter.take().packet for _ in range(FIRST)] == [b"5", b"6", b"7"]


def test_packets_out_of_order_and_doubled_are_played_once_in_order() -> None:
    jitter = fed(65_535, 65_534, 65_536, 65_536, 65_537)
    assert [jitter.take().packet for _ in range(4)] == [b"65534", b"65535", b"65536", b"65537"]


def test_one_that_is_lost_alone_is_recovered_from_the_next_and_two_are_concealed_first() -> None:
    jitter = fed(1, 3, 6)
    assert [jitter.take() for _ in range(6)] == [
        (Do.PLAY, b"1", b""),
        (Do.RECOVER, b"3", b""),
        (Do.PLAY, b"3", b""),
        (Do.CONCEAL, b"", b""),
        (Do.RECOVER, b"6", b""),
        (Do.PLAY, b"6", b""),
    ]
    assert (jitter.recovered, jitter.concealed, jitter.taken) == (2, 1, 6)


def test_when_nothing_comes_it_fades_and_then_waits_longer() -> None:
    jitter = fed(1, 2, 3)
    for _ in range(3):
        jitter.take()
    assert [jitter.take().do for _ in range(FADED + 2)] == [Do.CONCEAL] * FADED + [Do.WAIT] * 2
    assert jitter.wait == FIRST + 1


def test_what_was_late_and_not_lost_is_played_after_all() -> None:
    jitter = fed(1, 2, 3)
    for _ in range(3):
        jitter.take()
    assert jitter.take().do is Do.CONCEAL
    jitter.put(4, named(4))
    assert jitter.take().packet == b"4"


def test_a_packet_after_its_turn_is_dropped_and_makes_the_wait_longer() -> None:
    jitter = fed(1, 3, 4)
    jitter.take()
    jitter.take()
    jitter.put(2, named(2))
    assert jitter.late == 1
    assert jitter.wait == FIRST + 1
    assert jitter.take().packet == b"3"


def test_a_burst_after_a_gap_is_not_played_late() -> None:
    jitter = fed(*range(500))
    assert len(jitter._packets) <= KEPT
    steps = [jitter.take() for _ in range(KEPT)]
    merged = [step.do for step in steps].count(Do.MERGE)
    assert merged >= (17 - FIRST - HURRY) // 2
    assert int(steps[0].packet) >= 500 - KEPT


def test_a_wait_that_is_too_long_is_folded_away() -> None:
    jitter, number = fed(*range(8)), 8
    jitter.wait = FEWEST
    jitter._begin(0)
    for _ in range(5 * WINDOW):
        jitter.take()
        jitter.put(number, named(number))
        number += 1
    assert jitter.merged >= 3
    assert jitter._depth() <= FEWEST + 1


def test_another_stream_begins_anew() -> None:
    jitter = fed(1, 2, 3)
    jitter.take()
    for number in range(30_000, 30_000 + FIRST):
        jitter.put(number, named(number))
    assert jitter.take().packet == b"30000"


def test_of_15_percent_lost_at_random_few_are_made_up() -> None:
    random.seed(4)
    jitter = Jitter()
    for number in range(3_000):
        if random.random() > 0.15:  # noqa: S311 - a network, not a secret
            jitter.put(number % 0x10000, named(number))
        if number >= FIRST:
            jitter.take()
    assert jitter.concealed / jitter.taken < 0.035
    assert 0.1 < jitter.recovered / jitter.taken < 0.15


@given(st.lists(st.one_of(st.integers(0, 0xFFFF), st.none()), max_size=300))
def test_whatever_comes_it_stays_bounded_and_answers(events: list[int | None]) -> None:
    jitter = Jitter()
    for event in events:
        if event is None:
            step = jitter.take()
            assert (step.packet == b"") == (step.do in {Do.WAIT, Do.CONCEAL})
        else:
            jitter.put(event, named(event))
        assert len(jitter._packets) <= KEPT
        assert FEWEST <= jitter.wait <= MOST
