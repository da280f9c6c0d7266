# SPDX-License-Identifier: Apache-2.0
"""What ``chevet bench call --only chevet:glass`` reads and reckons; what it finds is not judged here."""

import pytest

from cart.bench.call import glass


def test_a_delay_is_counted_from_the_last_time_that_a_picture_was_opened():
    opened = {7: [100.0, 108.0], 8: [100.03, 108.03]}
    shown = [
        (108_060.0, 7, "1280x720"),
        (108_090.0, 8, "1280x720"),
        (100_050.0, 7, "640x360"),
        (108_120.0, 99, "1280x720"),
    ]
    found = {one.id: one.value for one in glass.results(shown, opened)}
    assert found["call.glass.p50"] == pytest.approx(0.06)
    assert found["call.glass.p95"] == pytest.approx(0.06)
    assert found["call.glass.whole"] == 0.75


def test_pictures_without_a_number_are_no_figure():
    assert [one.met for one in glass.results([], {})] == [None]
