# SPDX-License-Identifier: Apache-2.0
"""f04: an instrument's clock is years off, or there is none."""

from contextlib import closing
from datetime import datetime

import pytest

from device.codes import Doubt
from device.entry import AsideReason, MeasurementRecorded, MeasurementSetAside
from tests.faults.bedside import JEANNE, Cart, cuff_frame

RESET = datetime(2000, 1, 1)  # noqa: DTZ001 - an instrument's clock is naive


@pytest.fixture
def cart(tmp_path):
    cart = Cart(tmp_path)
    with closing(cart.journal):
        cart.open(JEANNE)
        cart.wait(60)
        yield cart


@pytest.mark.parametrize("shown", [RESET, None])
@pytest.mark.parametrize("set_by_us", [True, False])
def test_f04_a_live_reading_gets_our_time_keeps_its_own_and_shows_the_doubt(cart, shown, set_by_us):
    (body,) = cart.take(cuff_frame(shown), live=True, set_by_us=set_by_us, offset=-8.5e8)
    assert isinstance(body, MeasurementRecorded)
    assert body.at == cart.now().wall == body.received.wall
    assert {one.taken for one in body.measurements} == {shown}
    assert all(Doubt.CLOCK in one.doubts for one in body.measurements)


@pytest.mark.parametrize(
    ("shown", "set_by_us", "offset", "reason"),
    [
        (RESET, True, -8.5e8, AsideReason.CLOCK_UNSET),
        (RESET, False, None, AsideReason.CLOCK_UNSET),
        (RESET, True, 0.0, AsideReason.BEFORE_PATIENT),
        (None, True, 0.0, AsideReason.NO_TIME),
    ],
)
def test_f04_a_remembered_reading_is_set_aside_and_no_time_is_made_up(cart, shown, set_by_us, offset, reason):
    (body,) = cart.take(cuff_frame(shown), set_by_us=set_by_us, offset=offset)
    assert isinstance(body, MeasurementSetAside)
    assert body.reason is reason
    assert {one.taken for one in body.measurements} == {shown}
    assert body.at is None or body.at.year == 1999


def test_f04_a_battery_changed_since_the_reading_makes_nobodys_reading_recent(cart):
    """Counted with the offset found now, an old stamp of 2000-01-01 00:05 would look like five minutes ago."""
    offset = (RESET - cart.now().wall.replace(tzinfo=None)).total_seconds()
    (body,) = cart.take(cuff_frame(RESET.replace(minute=5)), offset=offset)
    assert isinstance(body, MeasurementSetAside)


def test_f04_a_right_clock_shows_no_doubt(cart):
    (body,) = cart.take(cart.frame(ago=2), live=True)
    assert all(Doubt.CLOCK not in one.doubts for one in body.measurements)
