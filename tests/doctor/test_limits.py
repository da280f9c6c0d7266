# SPDX-License-Identifier: Apache-2.0
from hypothesis import given
from hypothesis import strategies as st

from doctor.limits import Attempts, TokenBucket


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    bucket = TokenBucket(rate=2, burst=3)
    assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.take(0.5)
    assert not bucket.take(0.5)


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    bucket = TokenBucket(rate=2, burst=3)
    bucket.take(0.0)
    assert [bucket.take(1000.0) for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = TokenBucket(rate=1, burst=1)
    assert bucket.take(100.0)
    assert not bucket.take(50.0)


@given(st.lists(st.floats(0, 10), max_size=60))
def test_a_bucket_never_gives_more_than_burst_and_rate(waits: list[float]) -> None:
    bucket, now, given_out = TokenBucket(rate=2, burst=5), 0.0, 0
    for wait in waits:
        now += wait
        given_out += bucket.take(now)
    assert given_out <= 5 + 2 * now + 1e-6


def test_wrong_codes_close_a_door_and_time_opens_it() -> None:
    attempts = Attempts(rate=1 / 30, burst=5)
    for _ in range(5):
        assert attempts.allowed("room", 0.0)
        attempts.failed("room", 0.0)
    assert not attempts.allowed("room", 29.0)
    assert attempts.allowed("room", 31.0)
    assert attempts.allowed("another room", 0.0)


def test_attempts_are_bounded_and_the_innocent_are_forgotten_first() -> None:
    attempts = Attempts(rate=1, burst=2, most=3)
    attempts.failed("old", 0.0)
    attempts.failed("guilty", 100.0)
    attempts.failed("guilty", 100.0)
    for number in range(2):
        attempts.failed(f"n{number}", 100.0)
    assert len(attempts) == 3
    assert not attempts.allowed("guilty", 100.0)
    for number in range(20):
        attempts.failed(f"m{number}", 100.0)
    assert len(attempts) == 3
