# SPDX-License-Identifier: Apache-2.0
"""The page in real Chromium, against the real server and a minimal cart."""

from tests.doctor import acts
from tests.doctor.minicart import MiniCart
from playwright.async_api import Page


async def test_a_doctor_joins_and_sees_moving_pictures(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    await acts.moving(page)
