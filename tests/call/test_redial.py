# SPDX-License-Identifier: Apache-2.0
from hypothesis import given
from hypothesis import strategies as st

from call.redial import CONNECT, DOUBTFUL, LONG_PAUSE, PATIENT, PAUSE, SILENCE, Path, decide


def test_nothing_is_dialled_while_the_server_is_away():
    assert not decide(Path(), 0, online=False).dial
    assert decide(Path(), 0, online=True).dial


def test_a_connection_that_does_not_open_in_time_is_replaced():
    path = Path(dialled=10.0, dials=1)
    assert not decide(path, 10 + CONNECT - 0.1, online=True).dial
    assert decide(path, 10 + CONNECT - 0.1, online=True).look == 10 + CONNECT
    assert decide(path, 10 + CONNECT, online=True).dial


def test_three_seconds_without_a_beat_are_a_dead_path():
    path = Path(dialled=0.0, connected=True, heard=100.0)
    assert decide(path, 100 + SILENCE - 0.01, online=True).alive
    late = decide(path, 100 + SILENCE, online=True)
    assert late.dial
    assert not late.alive


def test_a_dead_path_is_said_even_when_nothing_can_be_dialled():
    step = decide(Path(dialled=0.0, connected=True, heard=100.0), 104, online=False)
    assert not step.dial
    assert not step.alive


def test_a_page_that_asks_is_dialled_at_once_but_never_in_a_storm():
    path = Path(dialled=100.0, connected=True, heard=100.2, asked=True)
    assert not decide(path, 100 + PAUSE / 2, online=True).dial
    assert decide(path, 100 + PAUSE, online=True).dial


def test_dials_that_keep_failing_come_more_slowly():
    path = Path(dialled=100.0, failed=True, dials=PATIENT)
    assert not decide(path, 100 + LONG_PAUSE - 0.1, online=True).dial
    assert decide(path, 100 + LONG_PAUSE, online=True).dial


def test_once_the_network_changed_less_silence_is_a_dead_path_until_the_page_is_heard():
    doubted = Path(dialled=0.0, connected=True, heard=100.0, doubt=100.5)
    assert decide(doubted, 100 + DOUBTFUL - 0.01, online=True).alive
    assert decide(doubted, 100 + DOUBTFUL, online=True).dial
    heard = Path(dialled=0.0, connected=True, heard=101.0, doubt=100.5)
    assert decide(heard, 101 + SILENCE - 0.01, online=True).alive


paths = st.builds(
    Path,
    dialled=st.none() | st.floats(0, 200),
    connected=st.booleans(),
    failed=st.booleans(),
    heard=st.floats(0, 200),
    asked=st.booleans(),
    dials=st.integers(0, 20),
    doubt=st.floats(0, 200),
)


@given(paths, st.floats(0, 200), st.booleans())
def test_whoever_looks_when_told_never_misses_a_dial_nor_spins(path, now, online):
    step = decide(path, now, online=online)
    if step.dial:
        assert online
        return
    assert step.look > now or path.connected
    if online and step.look > now:
        assert not decide(path, now + (step.look - now) / 2, online=True).dial
        assert decide(path, max(step.look, now + 1000), online=True).dial
