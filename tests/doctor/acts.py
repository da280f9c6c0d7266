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


COLOURS = """() => {
  const video = document.getElementById("remote");
  const canvas = new OffscreenCanvas(64, 36);
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 64, 36);
  const data = context.getImageData(0, 0, 64, 36).data;
  return new Set(Array.from({ length: 64 * 36 }, (_, index) => data[index * 4])).size;
}"""
"""How many different greys the picture holds now."""


async def join(page: Page, cart: MiniCart, name: str = "Dr Martin") -> None:
    """Open the link, type name and code, and be let in."""
    await page.goto(cart.link)
    await enter(page, cart, name)


async def knock(page: Page, cart: MiniCart) -> None:
    """Open the link, type name and code; nobody opens yet."""
    await page.goto(cart.link)
    await fill(page, cart, "Dr Martin")
    await cart.until(lambda: any(message["type"] == "knock" for message in cart.said))


async def enter(page: Page, cart: MiniCart, name: str = "Dr Martin") -> None:
    """Type name and code, and be let in."""
    await fill(page, cart, name)
    await expect(page.get_by_role("heading", name="Mesures")).to_be_visible()
    await linked(page)


async def fill(page: Page, cart: MiniCart, name: str) -> None:
    """Type name and code, and ask."""
    await page.get_by_label("Votre nom").fill(name)
    await page.get_by_label("Code à six chiffres").fill(cart.code)
    await page.get_by_role("button", name="Rejoindre").click()


async def linked(page: Page) -> None:
    """The patient's file is shown: the data channel speaks."""
    await expect(page.get_by_role("heading", name="LEROUX Jeanne")).to_be_visible()


async def moving(page: Page, count: int = 5) -> None:
    """See new pictures."""
    async with asyncio.timeout(10):
        await page.evaluate(SEE, count)


def row(page: Page, kind: str):
    """The main row of a kind of measurement."""
    return page.locator(f".measure[data-kind={kind}] > .main > .row")
