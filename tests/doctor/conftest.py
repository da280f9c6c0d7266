# SPDX-License-Identifier: Apache-2.0
"""A real server on a free port, a minimal cart, and real Chromium."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright

from doctor.config import Config
from doctor.server import Server, serving
from doctor.tokens import fingerprint
from tests.doctor.minicart import MiniCart, connected
from tests.doctor.wirework import TOKEN

KEY = b"a server key of thirty-two bytes"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]


@pytest.fixture
def config() -> Config:
    return Config(key=KEY, carts={"chevet-1": fingerprint(TOKEN)}, host="localhost", port=0)


@pytest_asyncio.fixture(loop_scope="session")
async def server(config: Config) -> AsyncIterator[Server]:
    async with serving(config) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def cart(server: Server) -> AsyncIterator[MiniCart]:
    async with connected(server.origin, TOKEN) as cart:
        await cart.invite()
        yield cart


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="fr-FR", timezone_id="Europe/Paris"
    )
    context.set_default_timeout(15_000)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext, cart: MiniCart) -> AsyncIterator[Page]:  # noqa: ARG001 - it must outlive the page
    """A page whose console must stay clean: warnings, errors, CSP violations and failed requests fail the test."""
    page = await context.new_page()
    said: list[str] = []
    page.on(
        "console", lambda line: said.append(f"{line.type}: {line.text}") if line.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: said.append(f"exception: {error}"))
    page.on("requestfailed", lambda request: said.append(f"failed: {request.url}") if failed(request) else None)
    await page.add_init_script(
        "addEventListener('securitypolicyviolation', (e) => console.error('CSP', e.violatedDirective, e.blockedURI))"
    )
    yield page
    assert said == []


def failed(request: Request) -> bool:
    """Whether a request failed by itself (a reload ends what is under way: net::ERR_ABORTED)."""
    return "ERR_ABORTED" not in (request.failure or "")
