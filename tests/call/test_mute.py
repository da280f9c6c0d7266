# SPDX-License-Identifier: Apache-2.0
"""A silence is explained on both sides: muted by whom, or a microphone that is gone."""

import msgspec
from playwright.async_api import expect

from device.audio import SoundPhase
from device.sound import SoundState
from tests.call.test_chromium import joined
from tests.call.wire import reached


async def test_mute_is_shown_on_both_sides(tmp_path, page):
    async with joined(tmp_path, page) as cart:
        await page.get_by_role("button", name="Mon micro").click()
        await reached(cart, lambda state: not state.microphone)
        await page.get_by_role("button", name="Micro coupé").click()
        await reached(cart, lambda state: state.microphone)
        await expect(page.locator("#silence")).to_be_hidden()
        await cart.views.change(msgspec.structs.replace(cart.views.state, microphone_on=False))
        await expect(page.locator("#silence")).to_have_text("Micro coupé auprès du patient")


async def test_f19_a_doctor_reads_that_the_carts_microphone_is_gone(tmp_path, page):
    async with joined(tmp_path, page) as cart:
        await expect(page.locator("#silence")).to_be_hidden()
        cart.microphone.broken = True
        gone = SoundState(microphone=SoundPhase.ABSENT.line)
        await cart.views.change(msgspec.structs.replace(cart.views.state, sound=gone))
        await expect(page.locator("#silence")).to_contain_text("Vous n’entendez pas le patient")
        await expect(page.locator("#silence")).to_contain_text("Micro du chariot débranché")
        cart.microphone.broken = False
        await cart.views.change(msgspec.structs.replace(cart.views.state, sound=SoundState()))
        await expect(page.locator("#silence")).to_be_hidden()
