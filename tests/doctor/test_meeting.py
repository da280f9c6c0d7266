# SPDX-License-Identifier: Apache-2.0
"""The doctor is told that a meeting sees and hears, for as long as it does."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.doctor import acts
from tests.doctor.minicart import MiniCart

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]


async def test_a_meeting_that_listens_is_told_until_it_is_gone(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    told = page.locator("#meeting")
    await expect(told).to_be_hidden()
    cart.show(conference="opening")
    await expect(told).to_contain_text("Une réunion de concertation entre")
    cart.show(conference="open")
    await expect(told).to_have_text("Une réunion de concertation voit et entend le patient, et vous entend.")
    if folder := os.environ.get("CHEVET_SHOTS"):
        await page.screenshot(path=Path(folder) / "doctor-meeting.png")
    cart.show(conference="cut")
    await expect(told).to_contain_text("liaison coupée")
    cart.show(conference="")
    await expect(told).to_be_hidden()
