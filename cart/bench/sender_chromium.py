# SPDX-License-Identifier: Apache-2.0
"""Chromium as the sender that the cart's is compared with: the same film for a camera, the same codec, bit rate and
receiver, the picture alone.

Its figure is the CPU of all its processes: camera, JPEG, encoder, transport, and an empty page that does not show the
picture. What the open camera costs of that, before anything is sent, is told apart.
"""

import asyncio
import re
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from playwright.async_api import Page, async_playwright

from call.encoders import Kind
from cart.bench.fidelity import Taken
from cart.bench.receiver import receiver
from cart.bench.stamps import RATE, SIZE
from cart.stage.browser import ARGUMENTS, wrapped

SCRIPT = (Path(__file__).parent / "sender_chromium.js").read_text("utf-8")
ADDRESS = "https://sender.test/"
KINDS: tuple[Kind, ...] = ("H264", "VP8")
"""The first that it can encode is taken."""
_CODED = re.compile(r"(a=fmtp:\d+ (?!apt=)[^\r\n]*)\r\n")
_NAMED = re.compile(r"(a=rtpmap:(\d+) VP8/90000\r\n)")


class Sent(NamedTuple):
    """A window of Chromium's: CPU seconds in it and of the open camera alone for each second, what came of the
    pictures, and what encoded them."""

    cpu: float
    camera: float
    taken: Taken
    encoder: str


async def sent(reel: Path, bits: int, warm: float, seconds: float) -> Sent:
    """Have Chromium send ``reel`` at ``bits`` per second. Raises RuntimeError when it sends another size."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chevet-bench-")))
        playwright = await stack.enter_async_context(async_playwright())
        more = [f"--use-file-for-fake-video-capture={reel}", "--disable-features=WebRtcHideLocalIpsWithMdns"]
        chrome = await playwright.chromium.launch(executable_path=wrapped(folder), args=[*ARGUMENTS, *more])
        stack.push_async_callback(chrome.close)
        page = await chrome.new_page()
        await page.context.grant_permissions(["camera"], origin=ADDRESS)
        await page.route(ADDRESS, _blank)
        await page.add_init_script(SCRIPT)
        await page.goto(ADDRESS)
        await page.evaluate(f"window.__sender.open({SIZE[0]}, {SIZE[1]}, {RATE})")
        await asyncio.sleep(warm)
        camera = await _spent(warm)
        taker = await stack.enter_async_context(receiver(reel, listens=False))
        answer = at_once(await taker.answer(await _offer(page, bits)), bits)
        await page.evaluate("(sdp) => window.__sender.answer(sdp)", answer)
        await asyncio.sleep(warm)
        began = time.monotonic()
        cpu = await _spent(seconds)
        taken = await taker.taken(began, began + seconds)
        told = await page.evaluate("window.__sender.sent()")
        if told["size"] != f"{SIZE[0]}x{SIZE[1]}":
            raise RuntimeError(f"Chromium sent {told}")
        return Sent(cpu, camera / warm, taken, str(told["encoder"]))


async def _offer(page: Page, bits: int) -> str:
    for kind in KINDS:
        offer = await page.evaluate(f"window.__sender.offer('video/{kind}', {bits})")
        if offer:
            return str(offer)
    raise RuntimeError("Chromium encodes neither")


def at_once(answer: str, bits: int) -> str:
    """An answer that has Chromium begin with room for ``bits`` per second, and keep it, whatever it estimates
    (libwebrtc's "x-google-*-bitrate", in kbit/s); how much of it the picture takes is its ``maxBitrate``."""
    room = bits * 2 // 1000
    words = f"x-google-start-bitrate={room};x-google-min-bitrate={room};x-google-max-bitrate={room * 2}"
    if _CODED.search(answer):
        return _CODED.sub(rf"\1;{words}\r\n", answer)
    return _NAMED.sub(rf"\1a=fmtp:\2 {words}\r\n", answer)


async def _spent(seconds: float) -> float:
    """CPU seconds of every Chromium below us in the next ``seconds``."""
    before = _cpu()
    await asyncio.sleep(seconds)
    after = _cpu()
    return sum(value - before.get(identity, 0.0) for identity, value in after.items())


def _cpu() -> dict[int, float]:
    found: dict[int, float] = {}
    for process in psutil.Process().children(recursive=True):
        try:
            if process.name().startswith("chrom"):
                times = process.cpu_times()
                found[process.pid] = times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return found


async def _blank(route: Any) -> None:  # noqa: ANN401 - Playwright's Route
    await route.fulfill(status=200, content_type="text/html", body="<!doctype html><body></body>")
