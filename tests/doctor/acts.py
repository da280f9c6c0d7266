# SPDX-License-Identifier: Apache-2.0
"""What a doctor does in the page, by the words they see."""

import asyncio

from playwright.async_api import Page, expect

from tests.doctor.minicart import MiniCart

SEE = """count => new Promise((resolve) => {
  const video = document.getElementById("remote");
  const next = () => { count -= 1; count <= 0 ? resolve() : video.requestVideoFrameCallback(next); };
  video.requestVideoFrameCallback(next);
})"""


async def join(page: Page, cart: MiniCart, name: str = "Dr Martin") -> None:
    """Open the link, type name and code, and be let in."""
    await page.goto(cart.link)
    await page.get_by_label("Votre nom").fill(name)
    await page.get_by_label("Code à six chiffres").fill(cart.code)
    await page.get_by_role("button", name="Rejoindre").click()
    await expect(page.get_by_role("heading", name="Mesures")).to_be_visible()
    await linked(page)


async def linked(page: Page) -> None:
    """The patient's file is shown: the data channel speaks."""
    await expect(page.get_by_role("heading", name="LEROUX Jeanne")).to_be_visible()


async def moving(page: Page, count: int = 5) -> None:
    """See new pictures."""
    async with asyncio.timeout(10):
        await page.evaluate(SEE, count)
