# SPDX-License-Identifier: Apache-2.0
"""What the page asks the cart to send, and what it does with what it gets: never twice the zoom, never a gap."""

import pytest
from playwright.async_api import Page

from doctor.server import Server

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

WANDER = """async () => {
  const { frame, residual, seen, showing, holds, suits, MOST } = await import("/page/js/region.js");
  const { zoomed, moved } = await import("/page/js/zoom.js");
  let dice = 11;
  const next = () => { dice = (dice * 48271) % 2147483647; return dice / 2147483647; };
  const videos = [{ width: 1280, height: 720 }, { width: 640, height: 480 }, { width: 480, height: 640 }];
  const size = { width: 900, height: 500 };
  for (let turn = 0; turn < 6000; turn += 1) {
    const laid = frame(videos[turn % 3], size);
    let now = zoomed({ scale: 1, x: 0, y: 0 }, 1 + next() * 8, { x: next() * 900, y: next() * 500 }, size);
    now = moved(now, (next() - 0.5) * 900, (next() - 0.5) * 500, size);
    const part = seen(now, laid, size);
    const inside = part.x >= 0 && part.y >= 0 && part.x + part.width <= 1.000001 && part.y + part.height <= 1.000001
      && part.width === part.height && part.width >= 1 / MOST;
    const bigger = { x: part.x * 0.99, y: part.y * 0.98 };
    Object.assign(bigger, { width: part.width + part.x * 0.01, height: part.height + part.y * 0.02 });
    const left = residual(now, bigger, laid);
    const [u, v] = [next(), next()];
    const whole = [now.x + now.scale * (laid.x + u * laid.width), now.y + now.scale * (laid.y + v * laid.height)];
    const [pu, pv] = [(u - bigger.x) / bigger.width, (v - bigger.y) / bigger.height];
    const cut = [left.x + left.across * (laid.x + pu * laid.width), left.y + left.down * (laid.y + pv * laid.height)];
    const same = Math.abs(whole[0] - cut[0]) < 0.01 && Math.abs(whole[1] - cut[1]) < 0.01;
    const again = seen(showing(part, laid), laid, size);
    const fits = suits(part, part) && holds(bigger, part) && holds(again, part);
    if (!(inside && same && fits)) return { now, part, left, whole, cut, again };
  }
  return null;
}"""

MARKS = """async () => {
  const { Cut } = await import("/page/js/cut.js");
  const cut = new Cut();
  const part = (x) => ({ x, y: 0, width: 0.5, height: 0.5 });
  const seen = [];
  const show = (rtpTimestamp) => { cut.show({ rtpTimestamp }); seen.push(cut.part.x); };
  show(160);
  cut.tell({ number: 20, region: part(0.1) });
  show(160 + 4);
  cut.tell({ number: 21, region: part(0.2) });
  show(320 + 4);
  show(480 + 5);
  cut.expect(part(0.3));
  show(640 + 5);
  show(800 + 6);
  cut.tell({ number: 22, region: part(0.31) });
  seen.push(cut.part.x);
  show(960 + 12);
  cut.show({});
  seen.push(cut.part.x);
  return seen;
}"""


async def test_a_part_and_what_is_left_of_the_zoom_show_what_the_whole_would(page: Page, server: Server) -> None:
    await page.goto(f"{server.origin}/d/none")
    assert await page.evaluate(WANDER) is None


async def test_each_picture_tells_which_part_it_has(page: Page, server: Server) -> None:
    await page.goto(f"{server.origin}/d/none")
    assert await page.evaluate(MARKS) == [0, 0.1, 0.1, 0.2, 0.2, 0.3, 0.31, 0.31, 0.31]
