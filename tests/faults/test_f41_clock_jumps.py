# SPDX-License-Identifier: Apache-2.0
"""f41: the cart's clock jumps during an encounter."""

from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from device.clock import Instant
from device.entry import Incident
from device.journal import Journal, verify

JUMPS = [timedelta(days=-1000), timedelta(days=1000), timedelta(hours=-1), timedelta(hours=1)]


class Jumping:
    """A clock whose wall jumps and whose monotonic goes on."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
        self.monotonic = 100.0
        self.trusted = False

    def now(self) -> Instant:
        self.wall += timedelta(seconds=1)
        self.monotonic += 1.0
        return Instant(self.wall, self.monotonic, self.trusted)


@pytest.mark.parametrize("jump", JUMPS)
def test_f41_order_is_the_sequence_and_durations_are_monotonic(tmp_path, jump):
    clock = Jumping()
    chain = UUID(int=1)
    with closing(Journal.open(tmp_path / "journal.db", clock)) as journal:
        before = [*journal.append(chain, Incident("a", "")), *journal.append(chain, Incident("b", ""))]
        clock.wall += jump
        clock.trusted = True
        after = [*journal.append(chain, Incident("c", "")), *journal.append(chain, Incident("d", ""))]
        read = journal.after(0)
    assert read == [*before, *after]
    assert [entry.body.what for entry in read] == ["a", "b", "c", "d"]
    assert [entry.instant.monotonic for entry in read] == [101.0, 102.0, 103.0, 104.0]
    assert [entry.instant.trusted for entry in read] == [False, False, True, True]
    assert len({entry.id for entry in read}) == 4
    assert verify(tmp_path / "journal.db").sound
