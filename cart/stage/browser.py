# SPDX-License-Identifier: Apache-2.0
"""Debian's Chromium, headless, a drawn doctor before its camera, a generated microphone; it stands where she does."""

import asyncio
import shlex
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import BrowserContext, async_playwright

from virtual.cameras import doctor_film

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
WIDTH, HEIGHT = 1440, 900


def wrapped(folder: Path, before: Sequence[str] = ()) -> Path:
    """A program in ``folder`` that starts Chromium after the words ``before``. Raises FileNotFoundError."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise FileNotFoundError("chromium is not installed")
    wrapper = folder / "chromium"
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.join([*before, chromium])} "$@"\n')
    wrapper.chmod(0o700)
    return wrapper


@asynccontextmanager
async def browser(folder: Path, before: Sequence[str] = ()) -> AsyncIterator[BrowserContext]:
    """A context of a fresh browser; ``before`` are words put before its command (to stand in another namespace)."""
    wrapper = wrapped(folder, before)
    film = await asyncio.to_thread(doctor_film)
    camera = f"--use-file-for-fake-video-capture={film}"
    async with async_playwright() as playwright:
        chrome = await playwright.chromium.launch(executable_path=wrapper, args=[*ARGUMENTS, camera])
        try:
            yield await chrome.new_context(
                viewport={"width": WIDTH, "height": HEIGHT},
                locale="fr-FR",
                timezone_id="Europe/Paris",
                ignore_https_errors=True,
            )
        finally:
            await chrome.close()
