# SPDX-License-Identifier: Apache-2.0
"""A doctor in a real browser, who does what doctors do, by the words on the page."""

import asyncio
import time
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import Page, expect

from cart.stage.pixels import Look, compare

SECONDS = 20.0
_PIXELS = """() => {
  const video = document.getElementById("remote");
  if (!video.videoWidth) return null;
  const canvas = document.createElement("canvas");
  canvas.width = 160; canvas.height = 90;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 160, 90);
  return Array.from(context.getImageData(0, 0, 160, 90).data).filter((_, i) => i % 4 === 1);
}"""
_ROWS = """() => Array.from(document.querySelectorAll("#measures .row[data-sequence]")).map(
  (row) => [Number(row.dataset.sequence), row.dataset.kind, row.dataset.value, row.dataset.state])"""

_HOLDS = """([wanted, milliseconds]) => new Promise((resolve) => {
  const began = performance.now();
  const look = () => {
    const rows = document.querySelectorAll("#measures .row[data-sequence]");
    const values = new Set(Array.from(rows, (row) => row.dataset.value));
    const holds = wanted.every((value) => values.has(value));
    if (holds || performance.now() - began > milliseconds) resolve(holds); else setTimeout(look, 50);
  };
  look();
})"""
"""Waits in the page itself: its Content-Security-Policy forbids the evaluation that Playwright's own waiting needs."""


class Row(NamedTuple):
    """A measurement as the doctor's page shows it."""

    sequence: int
    kind: str
    value: str
    state: str


class Doctor:
    """One page."""

    def __init__(self, page: Page) -> None:
        self._page = page
        page.set_default_timeout(SECONDS * 1000)
        self.complaints: list[str] = []
        page.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def knock(self, link: str, code: str, name: str) -> None:
        """Open the link, say who it is, and wait to be let in."""
        await self._page.goto(link)
        await self._page.get_by_label("Votre nom").fill(name)
        await self._page.get_by_label("Code à six chiffres").fill(code)
        await self._page.get_by_role("button", name="Rejoindre").click()

    async def entered(self, patient: str) -> None:
        """Wait until the file of ``patient`` is on the page."""
        await expect(self._page.get_by_role("heading", name=patient)).to_be_visible()

    async def sees_picture(self, seconds: float = SECONDS) -> Look:
        """Wait for a picture that moves; the last look otherwise."""
        deadline = time.monotonic() + seconds
        while True:
            seen = await self.look()
            if seen.alive or time.monotonic() > deadline:
                return seen

    async def look(self) -> Look:
        """Two looks at the cart's picture."""
        first = await self._page.evaluate(_PIXELS)
        await asyncio.sleep(0.5)
        second = await self._page.evaluate(_PIXELS)
        if not first or not second:
            return Look(0.0, 0.0)
        return compare(bytes(first), bytes(second))

    async def choose_camera(self, label: str) -> None:
        """Look through another camera."""
        await self._page.get_by_role("group", name="Choisir la caméra").get_by_role("button", name=label).click()
        await expect(self._page.locator("#caption-camera")).to_contain_text(label)

    async def capture(self, site: str) -> None:
        """Keep a still of the camera in view."""
        await self._page.get_by_role("button", name="Capturer").click()
        await self._page.get_by_role("dialog").get_by_role("button", name=site).click()

    async def has_capture(self, name: str = "") -> None:
        """Wait until the bytes of a capture (called ``name``) have come and agree with their digest."""
        found = self._page.locator("#strip [data-state=verified]").filter(has_text=name)
        await expect(found.first).to_be_visible()

    async def show_text(self, text: str) -> None:
        """Large text to the patient's screen."""
        await self._page.get_by_label("Grand texte sur l’écran du patient").fill(text)
        await self._page.get_by_role("button", name="Afficher").click()

    async def hide_text(self) -> None:
        """Take it away."""
        await self._page.get_by_role("button", name="Retirer").click()

    async def conclude(self, text: str) -> None:
        """Write the conclusion and send it."""
        await self._page.get_by_label("Votre conclusion").fill(text)
        await self._page.get_by_role("button", name="Envoyer").click()
        await expect(self._page.locator("#conclusion-state[data-sent=true]")).to_be_visible()

    async def reload(self) -> None:
        """F5."""
        await self._page.reload()

    async def rows(self) -> list[Row]:
        """Every recorded measurement on the page."""
        return [Row(*row) for row in await self._page.evaluate(_ROWS)]

    async def sees_values(self, wanted: Collection[str], seconds: float = SECONDS) -> list[Row]:
        """Wait until every value of ``wanted`` is recorded on the page; every row there is then, or at the deadline."""
        await self._page.evaluate(_HOLDS, [sorted(wanted), seconds * 1000])
        return await self.rows()

    async def live_value(self, kind: str) -> str:
        """The number of a stream as the page shows it now."""
        row = self._page.locator(f"#measures .row[data-kind={kind}][data-state=live]").first
        return await row.get_attribute("data-value") or ""

    async def sees_aside(self, count: int, seconds: float = SECONDS) -> str:
        """Wait until the page says that ``count`` measurements are set aside; what it says."""
        line = self._page.locator("#aside-line")
        with suppress(AssertionError):
            await expect(line).to_contain_text(f"{count} ", timeout=seconds * 1000)
        return await line.text_content() or ""

    async def picture(self, path: Path) -> None:
        """Keep what the doctor sees as a PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        await self._page.screenshot(path=path)
