# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

from device.journal.identity import Identities

WALL = datetime(2026, 11, 21, 9, 0, 0, 123000, tzinfo=UTC)


def test_an_identity_is_a_version_7_uuid_of_its_millisecond():
    identity = Identities().next(WALL)
    assert identity.version == 7
    assert identity.variant == RFC_4122
    assert identity.int >> 80 == int(WALL.timestamp() * 1000)


def test_identities_rise_within_one_millisecond_far_beyond_the_counter():
    identities = Identities()
    made = [identities.next(WALL) for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_identities_rise_over_a_small_step_back_of_the_clock():
    identities = Identities()
    before = identities.next(WALL)
    assert identities.next(WALL - timedelta(seconds=5)) > before


def test_identities_follow_a_clock_that_was_set_back_by_years():
    identities = Identities()
    identities.next(WALL)
    past = WALL - timedelta(days=1000)
    assert identities.next(past).int >> 80 == int(past.timestamp() * 1000)
