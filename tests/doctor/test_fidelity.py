# SPDX-License-Identifier: Apache-2.0
"""The page's judgement of a stethoscope heard over a network: the published limits, to the last packet."""

from typing import Any

import pytest
from playwright.async_api import Page

from doctor.server import Server

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]

JUDGE = """async ([given, heart]) => {
  const { judge } = await import("/page/js/fidelity.js");
  return judge(given, heart);
}"""
WATCH = """async (reports) => {
  const { Watch } = await import("/page/js/fidelity.js");
  const watch = new Watch();
  return reports.map((told) => watch.take(new Map(told.map((one, place) => [place, one]))));
}"""


def came(received: int, lost: int, jitter: float = 0.01) -> list[dict[str, Any]]:
    """A receiver's statistics (W3C), with another object before them."""
    return [
        {"type": "codec"},
        {"type": "inbound-rtp", "packetsReceived": received, "packetsLost": lost, "jitter": jitter},
    ]


async def test_heart_and_lung_have_the_published_limits(page: Page, server: Server) -> None:
    await page.goto(f"{server.origin}/d/none")

    async def judged(loss: float, jitter: float, *, heart: bool) -> tuple[bool, str]:
        found = await page.evaluate(JUDGE, [{"loss": loss, "jitter": jitter}, heart])
        return found["fit"], found["line"].replace("\u202f", " ").replace("\u00a0", " ")

    assert (await judged(0.1, 0.05, heart=True))[0]
    assert not (await judged(0.101, 0.01, heart=True))[0]
    assert (await judged(0.02, 0.05, heart=False))[0]
    assert not (await judged(0.021, 0.01, heart=False))[0]
    for heart in (True, False):
        assert not (await judged(0.0, 0.051, heart=heart))[0]
    fit, line = await judged(0.034, 0.012, heart=False)
    assert not fit
    assert line == (
        "Transmission altérée : perte 3,4 % (limite 2,0 % pour les poumons), gigue 12 ms (limite 50 ms). "
        "Fiez-vous à l’enregistrement."
    )
    assert (await judged(0.0, 0.012, heart=True))[1] == (
        "Transmission fidèle : perte 0 % (limite 10 % pour le cœur), gigue 12 ms (limite 50 ms)"
    )


async def test_what_is_judged_is_the_last_ten_seconds(page: Page, server: Server) -> None:
    await page.goto(f"{server.origin}/d/none")
    start = [came(0, 0), came(40, 10)]
    calm = [came(40 + 50 * second, 10) for second in range(1, 12)]
    found = await page.evaluate(WATCH, [*start, *calm])
    assert found[0] is None, "nothing came yet"
    assert found[1]["loss"] == pytest.approx(0.2)
    assert found[-1] == {"loss": 0, "jitter": 0.01}, "a loss eleven seconds ago is past"


async def test_a_packet_that_was_counted_as_lost_and_came_late_is_no_less_than_none(page: Page, server: Server) -> None:
    await page.goto(f"{server.origin}/d/none")
    found = await page.evaluate(WATCH, [came(100, 4), came(150, 2)])
    assert found[-1]["loss"] == 0


async def test_a_sound_that_stops_coming_is_not_called_faithful(page: Page, server: Server) -> None:
    await page.goto(f"{server.origin}/d/none")
    flowing = [came(50 * second, 0) for second in range(1, 5)]
    found = await page.evaluate(WATCH, [*flowing, *[came(200, 0)] * 2, came(230, 100)])
    assert [one and one["loss"] for one in found[1:5]] == [0, 0, 0, 0]
    assert found[5]["loss"] == 1, "two seconds"
    assert 0 < found[6]["loss"] < 1, "it comes again, and tells what was lost"
    never = await page.evaluate(WATCH, [came(0, 0)] * 3)
    assert [one and one["loss"] for one in never] == [None, None, 1]
