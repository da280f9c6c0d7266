# SPDX-License-Identifier: Apache-2.0
"""What the real page says it showed reaches the cart's tally, and the doctor's request the bedside."""

import asyncio

import msgspec
import pytest
from playwright.async_api import expect

from call.metrics import Meter
from device.clock import Instant
from device.commands import AskMicrophone
from device.people import Practitioner
from device.station.state import MicrophoneRequest
from tests.call.test_chromium import joined

pytestmark = pytest.mark.timeout(90)


async def test_the_time_to_the_first_picture_is_the_pages_own_and_the_request_goes_both_ways(tmp_path, page):
    async with joined(tmp_path, page) as cart:
        meter = Meter(cart.call.samples, tmp_path / "metrics.prom")
        async with asyncio.timeout(30):
            while meter.tally.watched.firsts == 0:
                await meter.look()
                await asyncio.sleep(0.05)
        seen = meter.tally.watched
        assert seen.firsts == 1
        assert 0 < seen.longest_wait < 30
        assert seen.pictures >= 1
        assert meter.tally.peaks["received-frames"] < 100

        await page.locator("#patient-microphone").click()
        await cart.bell.until(lambda: cart.desk.commands)
        assert cart.desk.commands[0][1] == AskMicrophone(on=False)
        now = cart.views.state.now
        asked = Instant(now.wall, now.monotonic, trusted=True)
        request = MicrophoneRequest("r1", on=False, by=Practitioner("secret-peer", "Dr Martin"), asked=asked)
        await cart.views.change(msgspec.structs.replace(cart.views.state, microphone_request=request))
        await expect(page.locator("#patient-microphone .note")).to_contain_text("demandé de couper")
        granted = msgspec.structs.replace(request, answer="granted")
        await cart.views.change(
            msgspec.structs.replace(cart.views.state, microphone_request=granted, microphone_on=False)
        )
        await expect(page.locator("#toast")).to_have_text("L’équipe a coupé le micro du patient.")
        await expect(page.locator("#patient-microphone")).to_have_attribute("aria-pressed", "false")
