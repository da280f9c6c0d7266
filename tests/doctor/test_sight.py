# SPDX-License-Identifier: Apache-2.0
"""What the page tells of what it showed; and that nothing old looks live, whatever the page slept through."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, expect

from call import pages
from doctor.server import Server
from tests.doctor import acts, facts
from tests.doctor.minicart import MiniCart

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

PLAY = """async ([born, steps, at]) => {
  const { Sight } = await import("/page/js/sight.js");
  const sight = new Sight(born);
  for (const [what, ...given] of steps) sight[what](...given);
  sight.renew();
  return sight.report(at);
}"""
FILM = [["frame", 10 + index / 25] for index in range(51)]
"""Two seconds of pictures, 25 a second, from 10 to 12."""


async def test_what_counts_as_a_first_picture_a_freeze_and_a_cut(page: Page, server: Server) -> None:
    await page.goto(f"{server.origin}/d/none")

    async def told(*more: list[Any], at: float = 30) -> dict[str, Any]:
        """What a page tells that was let in at 8, showed the film, and then this."""
        return dict(await page.evaluate(PLAY, [8, [*FILM, *more], at]))

    found = await told(at=12)
    assert (found["since"], found["first"], found["pictures"], found["freezes"], found["cuts"]) == (4, 2, 51, 0, 0)
    assert found["rate"] == pytest.approx(51 / 4, abs=0.01)

    assert (await told())["freezes"] == 0, "a freeze counts once it is over"
    found = await told(["frame", 15.5], ["frame", 15.54])
    assert (found["freezes"], found["frozen"], found["last_freeze"]) == (1, 3.5, 3.5)

    found = await told(*(["frame", 12 + index * 2] for index in range(1, 9)))
    assert found["freezes"] <= 2, "few pictures a second are none"

    found = await told(["pause", 12.2], ["pause", 20], ["frame", 21])
    assert (found["freezes"], found["pictures"]) == (0, 52), "a hidden page, or a picture that is held"

    found = await told(["cut", 15], ["cut", 16], ["frame", 19], ["frame", 19.04])
    assert (found["cuts"], found["cut"], found["last_cut"], found["freezes"]) == (1, 7, 7, 0)


async def test_a_cart_can_read_what_the_page_says(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    await cart.until(lambda: any(one["type"] == "seen" and one["first"] is not None for one in cart.heard))
    said = next(one for one in cart.heard if one["type"] == "seen" and one["first"] is not None)
    seen = pages.decode(json.dumps(said))
    assert isinstance(seen, pages.Seen)
    assert seen.pictures >= 1
    assert seen.first is not None
    assert 0 < seen.first <= seen.since


SLEPT = """() => {
  const real = Date.now;
  Date.now = () => real.call(Date) + 3600 * 1000;
  document.dispatchEvent(new Event("visibilitychange"));
  const stage = document.getElementById("stage");
  const row = document.querySelector(".measure[data-kind=saturation] > .main > .row");
  return [stage.dataset.picture, document.getElementById("caption").textContent, row.dataset.state];
}"""
"""The machine slept for an hour while its steady clock stood still, and the page is looked at again: what does it show
before anything new has come?"""


async def test_a_page_that_slept_shows_nothing_old_as_live(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    await acts.moving(page)
    cart.show(live=[facts.live(pages.Metric.SATURATION, 96)])
    await expect(acts.row(page, "saturation")).to_have_attribute("data-state", "live")
    picture, caption, saturation = await page.evaluate(SLEPT)
    assert picture == "stale"
    assert caption == "Salle · image d’il y a 1 h 00"
    assert saturation != "live"
    cart.show()
    await acts.moving(page)
    await expect(page.locator("#caption")).to_have_text("Salle · en direct")
    await expect(acts.row(page, "saturation")).to_have_attribute("data-state", "live")


async def test_a_picture_that_stands_while_the_cart_is_heard_is_greyed_with_its_age(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    await acts.moving(page)
    (peer,) = cart.peers.values()
    peer.picture.stopped.set()
    await expect(page.locator("#stage")).to_have_attribute("data-picture", "stale")
    await expect(page.locator("#caption")).to_contain_text("image d’il y a")
    grey = await page.locator("#remote").evaluate("one => getComputedStyle(one).filter")
    assert "grayscale(1)" in grey
    peer.picture.stopped.clear()


async def test_stills_of_a_thin_link_are_called_that_with_their_age_and_are_not_greyed(
    page: Page, cart: MiniCart
) -> None:
    await acts.join(page, cart)
    await acts.moving(page)
    (peer,) = cart.peers.values()
    peer.picture.pause = 1.8
    await expect(page.locator("#stage")).to_have_attribute("data-picture", "still", timeout=20_000)
    await expect(page.locator("#caption")).to_contain_text("Salle · image fixe d’il y a")
    assert await page.locator("#remote").evaluate("one => getComputedStyle(one).filter") == "none"
    peer.picture.stopped.set()
    await expect(page.locator("#stage")).to_have_attribute("data-picture", "stale", timeout=20_000)
    peer.picture.stopped.clear()


async def test_a_picture_counts_once(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    await acts.moving(page, 20)
    counted, shown = await page.locator("#remote").evaluate(
        "one => [Number(one.dataset.frames), one.getVideoPlaybackQuality().totalVideoFrames]"
    )
    assert 0 < counted <= shown + 1
