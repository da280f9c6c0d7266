# SPDX-License-Identifier: Apache-2.0
"""The ladder of repairs: what comes next, for any stack in any trouble."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.ble.adapter import Health
from device.ble.ladder import HARSH, PATIENCE, Ladder, Repair, Trouble, climb
from device.ble.timing import Deadlines

TROUBLES = st.builds(Trouble, st.sampled_from(Health), st.booleans(), st.booleans())


def round_of(trouble: Trouble, ladder: Ladder = Ladder()) -> tuple[Ladder, list[Repair]]:  # noqa: B008 - immutable
    steps: list[Repair] = []
    while not steps or steps[-1] not in (Repair.WAIT, Repair.ACCEPT):
        ladder, step = climb(ladder, trouble)
        steps.append(step)
    return ladder, steps


@pytest.mark.parametrize(
    ("trouble", "steps"),
    [
        (Trouble(Health.READY), [Repair.RESCAN, Repair.SETTLE, Repair.POWER_CYCLE, Repair.RESTART, Repair.WAIT]),
        (Trouble(Health.OFF), [Repair.SWITCH_ON, Repair.RESTART, Repair.WAIT]),
        (Trouble(Health.MISSING), [Repair.RESCAN, Repair.WAIT]),
        (Trouble(Health.DEAD), [Repair.RESCAN, Repair.RESTART, Repair.WAIT]),
        (Trouble(Health.READY, silent=True), [Repair.POWER_CYCLE, Repair.RESTART, Repair.ACCEPT]),
        (Trouble(Health.READY, linked=True), [Repair.RESCAN, Repair.SETTLE, Repair.WAIT]),
        (Trouble(Health.READY, linked=True, silent=True), [Repair.ACCEPT]),
        (Trouble(Health.DEAD, silent=True), [Repair.RESCAN, Repair.RESTART, Repair.WAIT]),
    ],
)
def test_the_gentlest_step_first_and_each_once(trouble, steps) -> None:
    assert round_of(trouble)[1] == steps


def test_after_waiting_it_begins_again_from_the_gentlest() -> None:
    ladder, _steps = round_of(Trouble(Health.READY))
    assert ladder == Ladder((), 1)
    assert climb(ladder, Trouble(Health.READY))[1] is Repair.RESCAN


def test_links_that_work_are_spared_for_some_rounds_only() -> None:
    trouble, ladder = Trouble(Health.READY, linked=True), Ladder()
    for _ in range(PATIENCE):
        ladder, steps = round_of(trouble, ladder)
        assert not HARSH & set(steps)
    assert set(round_of(trouble, ladder)[1]) >= HARSH


@given(st.lists(TROUBLES, max_size=40))
def test_whatever_happens_no_step_comes_twice_in_a_round_and_each_round_ends(troubles: list[Trouble]) -> None:
    ladder, since = Ladder(), list[Repair]()
    for trouble in troubles:
        ladder, step = climb(ladder, trouble)
        assert step not in since
        since = [] if step in (Repair.WAIT, Repair.ACCEPT) else [*since, step]
        assert len(since) <= len(Repair)


def test_one_round_takes_no_longer_than_thirty_seconds_where_calls_answer() -> None:
    deadlines = Deadlines()
    assert all(len(round_of(Trouble(health))[1]) * deadlines.first <= 30 for health in Health)
    assert deadlines.retry <= 30
    assert deadlines.repair * 2 + 3 * deadlines.first + deadlines.settle <= 30
