# SPDX-License-Identifier: Apache-2.0
"""Zoom and pan in the page: by wheel, drag, double click, keys and buttons; a cart that knows nothing of it is asked
nothing."""

import re

import pytest
from playwright.async_api import Page, expect

from doctor.server import Server
from tests.doctor import acts
from tests.doctor.minicart import MiniCart

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

TRANSFORM = "document.getElementById('remote').style.transform"


async def place(page: Page) -> tuple[float, float, float]:
    """Where the picture is: x, y and scale."""
    found = re.findall(r"-?[\d.]+(?:e-?\d+)?", await page.evaluate(TRANSFORM))
    return tuple(map(float, found)) if found else (0.0, 0.0, 1.0)  # type: ignore[return-value]


async def test_the_doctor_looks_nearer_and_back(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    await acts.moving(page)
    said = len(cart.heard)
    box = await page.locator("#stage").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5
    await page.mouse.move(x, y)
    await page.mouse.wheel(0, -100)
    await expect(page.locator("#zoom-whole")).to_have_text("1,3×")
    await page.get_by_role("button", name="Agrandir").click()
    _, _, scale = await place(page)
    assert scale == pytest.approx(1.25**3, rel=1e-4)
    before = await place(page)
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + 30, y + 20, steps=3)
    await page.mouse.up()
    after = await place(page)
    assert (after[0] - before[0], after[1] - before[1]) == pytest.approx((30, 20), abs=0.01)
    await page.locator("#stage").focus()
    await page.keyboard.press("ArrowRight")
    assert (await place(page))[0] == pytest.approx(after[0] - 0.1 * box["width"], abs=1)
    await page.mouse.dblclick(x, y)
    assert await place(page) == (0.0, 0.0, 1.0)
    await expect(page.get_by_role("button", name="Réduire")).to_be_disabled()
    await page.keyboard.press("+")
    await expect(page.locator("#announcer")).to_have_text("Zoom 1,3 fois")
    assert [message for message in cart.heard[said:] if message["type"] == "command"] == []


async def test_the_picture_never_leaves_the_stage_and_never_shrinks(page: Page, server: Server) -> None:
    await page.goto(f"{server.origin}/d/none")
    outside = await page.evaluate("""async () => {
      const { zoomed, moved } = await import("/page/js/zoom.js");
      const size = { width: 640, height: 360 };
      let now = { scale: 1, x: 0, y: 0 };
      let dice = 7;
      const next = () => { dice = (dice * 48271) % 2147483647; return dice / 2147483647; };
      for (let turn = 0; turn < 5000; turn += 1) {
        now = next() < 0.5 ? zoomed(now, 0.5 + next() * 1.5, { x: next() * 640, y: next() * 360 }, size)
          : moved(now, (next() - 0.5) * 2000, (next() - 0.5) * 2000, size);
        const whole = now.scale >= 1 && now.scale <= 8 && now.x <= 0 && now.y <= 0
          && now.x + 640 * now.scale >= 639.999 && now.y + 360 * now.scale >= 359.999;
        if (!whole) return now;
      }
      return null;
    }""")
    assert outside is None
