# SPDX-License-Identifier: Apache-2.0
"""A cart, its doctor's page in Chromium in the town, and a bad cable between them."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from shutil import which

import msgspec
import pytest
from playwright.async_api import async_playwright

from cart.bench.call.seen import Seen
from cart.bench.call.weather import Weather
from cart.stage.browser import ARGUMENTS, wrapped
from device.station.state import CallPhase, CameraPhase, CameraState
from tests.call.away import NETWORKS, cable, called
from tests.call.stubs import ENCOUNTER
from tests.call.wire import reached

marks = [
    NETWORKS,
    pytest.mark.root,
    pytest.mark.slow,
    pytest.mark.skipif(which("chromium") is None, reason="needs Chromium"),
]
WATCH = (Path(__file__).parents[2] / "cart/bench/call/watch.js").read_text("utf-8")
_TAKE = "() => JSON.stringify(window.__chevet)"
_HEARD = "([frames]) => window.__chevet.frames.length >= frames && window.__chevet.audio.length > 5"


class Sky:
    """The weather, and what the page notes under it."""

    def __init__(self, weather: Weather, page) -> None:
        self.weather = weather
        self._page = page

    async def spell(self, change: Callable[[], None], seconds: float) -> tuple[Seen, float, float]:
        """What was seen from a change on, and from when to when."""
        change()
        start = time.time()
        await asyncio.sleep(seconds)
        noted = json.loads(await self._page.evaluate(_TAKE))
        noted.pop("peers")
        return Seen.read(noted), start, time.time()


@asynccontextmanager
async def under(folder: Path):
    """A call whose picture moves and whose voice is heard."""
    with cable() as made:
        async with AsyncExitStack() as stack:
            _, cart = await stack.enter_async_context(called(made, folder))
            room = CameraState("room", "Vue d’ensemble", "room", CameraPhase.LIVE, "/ring")
            cart.views.state = msgspec.structs.replace(cart.views.state, cameras=(room,))
            playwright = await stack.enter_async_context(async_playwright())
            chrome = await playwright.chromium.launch(
                executable_path=wrapped(folder, made.from_town()), args=[*ARGUMENTS, "--ignore-certificate-errors"]
            )
            stack.push_async_callback(chrome.close)
            context = await chrome.new_context(ignore_https_errors=True, locale="fr-FR")
            context.set_default_timeout(20_000)
            await context.add_init_script(WATCH)
            page = await context.new_page()
            cart.call.dial(ENCOUNTER, 0)
            await reached(cart, lambda state: state.code, 20)
            await page.goto(cart.call.state.link)
            await page.get_by_label("Votre nom").fill("Dr Hélène Roux")
            await page.get_by_label("Code à six chiffres").fill(cart.call.state.code)
            await page.get_by_role("button", name="Rejoindre").click()
            await reached(cart, lambda state: state.knocking, 20)
            cart.call.admit(cart.call.state.knocking[0].peer)
            await reached(cart, lambda state: state.phase is CallPhase.CONNECTED, 20)
            await page.wait_for_function(_HEARD, arg=[20])
            stirring = asyncio.create_task(_stir(cart.views))
            stack.callback(stirring.cancel)
            weather = Weather(made)
            stack.callback(weather.clear)
            yield Sky(weather, page)


async def _stir(views) -> None:
    """The cart's view changes all the time, so that the data channel always has something."""
    while True:
        await asyncio.sleep(0.4)
        await views.change(msgspec.structs.replace(views.state))
