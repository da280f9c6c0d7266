# SPDX-License-Identifier: Apache-2.0
"""Nothing is cut, nothing overlaps, everything can be read and has a name, with the longest strings."""

import pytest
from playwright.async_api import Page, expect

from device.codes import Doubt, Metric
from tests.doctor import acts, facts
from tests.doctor.minicart import MiniCart

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

SIZES = [(1024, 700), (1440, 900), (1920, 1080), (390, 844)]

CUT = """() => {
  const cut = [];
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) cut.push(`the page is ${wide} wide`);
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility() || element.closest(".unseen, svg, #strip")) continue;
    const box = element.getBoundingClientRect();
    const what = `${element.tagName}#${element.id}.${element.className} ${element.textContent.slice(0, 30)}`;
    if (box.width && (box.left < -1 || box.right > innerWidth + 1)) cut.push(`outside: ${what}`);
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const inline = getComputedStyle(element).display.startsWith("inline");
    if (own && !inline && element.scrollWidth > element.clientWidth + 1) cut.push(`cut: ${what}`);
  }
  return cut;
}"""

OVERLAP = """() => {
  const parts = [...document.querySelectorAll("header > *, .row > span, #controls button, .phrase, #caption, #self")];
  const seen = parts.filter((part) => part.checkVisibility() && part.getBoundingClientRect().width > 0);
  const over = [];
  for (const [index, one] of seen.entries()) {
    for (const two of seen.slice(index + 1)) {
      if (one.contains(two) || two.contains(one)) continue;
      const [a, b] = [one.getBoundingClientRect(), two.getBoundingClientRect()];
      const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (width > 1 && height > 1) over.push(`${one.textContent} / ${two.textContent}`);
    }
  }
  return over;
}"""

CONTRAST = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const linear = (part) => part <= 10.31 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4;
    const [x, y, z] = [r, g, b].map(linear);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(each).backgroundColor);
      if (a > 0.8) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.closest(".unseen, svg")) continue;
    const [one, two] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    const least = element.classList.contains("value") && element.closest("[data-state=recorded]") ? 7 : 4.5;
    if (ratio < least) faint.push(`${ratio.toFixed(2)} ${element.className} ${element.textContent.slice(0, 30)}`);
  }
  return faint;
}"""

NAMELESS = """() => [...document.querySelectorAll("button, input, textarea, summary, dialog")]
  .filter((each) => each.checkVisibility() && !(each.labels?.length || each.ariaLabel || each.textContent.trim()))
  .map((each) => each.outerHTML.slice(0, 80))"""


async def crowded(page: Page, cart: MiniCart) -> None:
    """The longest names and the widest values, doubts, live and stale, captures, a text and a request."""
    cart.state["patient"] |= {"family": "Martin-Desroches", "given": "Marie-Antoinette"}
    cart.state["operator"] |= {"name": "Anne-Sophie de La Rochefoucauld"}
    await page.goto(cart.link)
    await acts.fill(page, cart, "Dr Martin")
    await expect(page.get_by_role("heading", name="MARTIN-DESROCHES Marie-Antoinette")).to_be_visible()
    cart.record(facts.oxygen("2.5"))
    cart.record(facts.pressure(298, 199, ago=600))
    cart.record(facts.pressure(300, 200, Doubt.MOVEMENT, Doubt.IRREGULAR_PULSE, Doubt.CUFF_LOOSE))
    cart.record(facts.temperature(None, Doubt.NOT_A_NUMBER))
    cart.record(facts.saturation(100))
    cart.record(facts.aside())
    live = [facts.live(Metric.SATURATION, 100, ago=75), facts.live(Metric.PULSE_OXIMETER, 199)]
    cart.take_capture("right-ear")
    cart.show(
        camera="dermatoscope", frozen=True, aside=12, asked="temperature", live=live,
        text={"text": "Montrez-moi où vous avez mal quand vous respirez bien profondément par la bouche", "by": "Dr"},
    )  # fmt: skip
    await expect(page.locator("#aside")).to_contain_text("12 mesures")
    await expect(page.locator(".capture")).to_have_attribute("data-state", "verified")


async def test_nothing_is_cut_or_overlaps_at_any_size(page: Page, cart: MiniCart) -> None:
    await crowded(page, cart)
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        assert await page.evaluate(CUT) == [], (width, height)
        assert await page.evaluate(OVERLAP) == [], (width, height)


async def test_every_text_can_be_read_and_every_control_has_a_name(page: Page, cart: MiniCart) -> None:
    await page.goto(cart.link)
    assert await page.evaluate(CONTRAST) == []
    assert await page.evaluate(NAMELESS) == []
    await crowded(page, cart)
    assert await page.evaluate(CONTRAST) == []
    assert await page.evaluate(NAMELESS) == []


async def test_the_keyboard_goes_through_the_consultation_in_reading_order(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    wanted = ["Quitter", "Salle", "Otoscope", "Figer", "Capturer", "Mon micro", "Afficher", "Demander une mesure…"]
    met: list[str] = []
    for _ in range(24):
        await page.keyboard.press("Tab")
        met.append((await page.evaluate("document.activeElement.textContent")).strip())
    places = [met.index(name) for name in wanted]
    assert places == sorted(places)
