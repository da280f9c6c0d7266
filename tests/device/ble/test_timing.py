# SPDX-License-Identifier: Apache-2.0
from hypothesis import given
from hypothesis import strategies as st

from device.ble.timing import Deadlines, backoff, respite

DEADLINES = Deadlines(first=1.0, ceiling=60.0)


def test_the_pause_doubles_up_to_the_ceiling() -> None:
    assert [backoff(failures, DEADLINES) for failures in range(9)] == [0, 1, 2, 4, 8, 16, 32, 60, 60]


@given(st.integers(-5, 10_000))
def test_the_pause_is_always_bounded(failures: int) -> None:
    assert 0 <= backoff(failures, DEADLINES) <= DEADLINES.ceiling


def test_an_instrument_that_brought_something_gets_its_models_rest() -> None:
    assert respite(5.0, 0, DEADLINES) == 5.0


def test_fruitless_connections_double_the_rest_up_to_the_ceiling() -> None:
    assert [respite(5.0, fruitless, DEADLINES) for fruitless in range(6)] == [5, 10, 20, 40, 60, 60]


@given(st.floats(0.0, 600.0), st.integers(0, 10_000))
def test_the_rest_is_never_shorter_than_the_models(rest: float, fruitless: int) -> None:
    assert rest <= respite(rest, fruitless, DEADLINES) <= max(rest, DEADLINES.ceiling)
