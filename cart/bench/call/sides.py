# SPDX-License-Identifier: Apache-2.0
"""The two that are compared: a cart calling its doctor's page, and Chromium calling Chromium, over the same cable."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from playwright.async_api import BrowserContext, Page, async_playwright

from cart.bench.call.seen import Seen
from cart.bench.latency import call as begin
from cart.demo.doctor import Doctor
from cart.demo.world import World
from cart.stage.browser import ARGUMENTS, browser, wrapped
from cart.stage.network import TOWN_ADDRESS, Cable
from device.station.client import StationClient
from virtual.ble.control import tell
from virtual.cameras import films
from virtual.cameras.draw import film as room_film

WATCH = (Path(__file__).parent / "watch.js").read_text("utf-8")
START_SECONDS = 120.0
STEADY_SECONDS = 12.0
SIZE, RATE, PICTURES = (1280, 720), 30.0, 240
_TAKE = """() => {
  const { frames, sizes, audio, messages } = window.__chevet;
  return JSON.stringify({ frames, sizes, audio, messages });
}"""
_GATHERED = """new Promise((done) => {
  if (peer.iceGatheringState === "complete") done();
  peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done();
})"""
_SEND = """async () => {
  const picture = { width: 1280, height: 720, frameRate: 30 };
  const media = await navigator.mediaDevices.getUserMedia({ video: picture, audio: true });
  const peer = new RTCPeerConnection();
  window.peer = peer;
  media.getTracks().forEach((track) => peer.addTrack(track, media));
  for (const transceiver of peer.getTransceivers()) {
    if (transceiver.sender.track.kind !== "video") continue;
    const codecs = RTCRtpSender.getCapabilities("video").codecs;
    const first = codecs.filter((codec) => codec.mimeType === "video/VP8");
    transceiver.setCodecPreferences([...first, ...codecs.filter((codec) => ["video/rtx"].includes(codec.mimeType))]);
    const parameters = transceiver.sender.getParameters();
    parameters.encodings[0].maxBitrate = 2500000;
    await transceiver.sender.setParameters(parameters);
  }
  const channel = peer.createDataChannel("chevet");
  setInterval(() => {
    const view = { now: { wall: new Date().toISOString() } };
    if (channel.readyState === "open") channel.send(JSON.stringify({ type: "view", view }));
  }, 500);
  await peer.setLocalDescription();
  await GATHERED;
  return peer.localDescription.sdp;
}""".replace("GATHERED", _GATHERED)
_RECEIVE = """async (sdp) => {
  const peer = new RTCPeerConnection();
  window.peer = peer;
  const video = document.body.appendChild(document.createElement("video"));
  const audio = document.body.appendChild(document.createElement("audio"));
  Object.assign(video, { autoplay: true, playsInline: true, muted: true });
  audio.autoplay = true;
  peer.ontrack = ({ track }) => {
    (track.kind === "video" ? video : audio).srcObject = new MediaStream([track]);
  };
  await peer.setRemoteDescription({ type: "offer", sdp });
  await peer.setLocalDescription();
  await GATHERED;
  return peer.localDescription.sdp;
}""".replace("GATHERED", _GATHERED)
_ANSWER = "(sdp) => window.peer.setRemoteDescription({ type: 'answer', sdp })"


class Side(Protocol):
    """A call that goes on."""

    async def seen(self) -> Seen:
        """What its receiver has shown and heard until now."""
        ...


class _Paged:
    """A call whose receiver is ``page``."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def seen(self) -> Seen:
        """What the page noted."""
        return Seen.read(json.loads(await self._page.evaluate(_TAKE)))


class CartSide(_Paged):
    """Chevet: the real processes and the real page. ``station`` moves the cart, ``world`` is where it stands."""

    def __init__(self, page: Page, station: StationClient, world: World) -> None:
        super().__init__(page)
        self.page = page
        self.station = station
        self.world = world


@asynccontextmanager
async def cart_side(
    cable: Cable, before: Callable[[World], None] = lambda _: None, watch: str = WATCH
) -> AsyncIterator[CartSide]:
    """A cart in a call with the doctor's page; an oximeter streams, so that the data channel always has something."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chevet-bench-")))
        world = World(folder / "out", town=TOWN_ADDRESS, from_town=cable.from_town())
        world.write()
        before(world)
        stack.push_async_callback(world.stop)
        await world.start_town()
        await world.start_cart(None)
        await world.ready(START_SECONDS)
        chrome = await stack.enter_async_context(browser(folder, cable.from_town()))
        station = await stack.enter_async_context(StationClient.connect(world.socket))
        await chrome.add_init_script(watch)
        page = await chrome.new_page()
        await begin(station, Doctor(page))
        await tell(world.control, {"instrument": "oxymetre", "do": "start"})
        await tell(world.control, {"instrument": "oxymetre", "do": "insert-finger", "saturation": 96, "pulse": 75})
        await asyncio.sleep(STEADY_SECONDS)
        yield CartSide(page, station, world)


@asynccontextmanager
async def chromium_side(cable: Cable, film: Path) -> AsyncIterator[_Paged]:
    """Chromium on the cart's end sends ``film`` (MJPEG) to Chromium in town."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chevet-bench-")))
        playwright = await stack.enter_async_context(async_playwright())
        more = [f"--use-file-for-fake-video-capture={film}", "--disable-features=WebRtcHideLocalIpsWithMdns"]
        contexts: list[BrowserContext] = []
        for name, before in (("sender", []), ("receiver", cable.from_town())):
            place = folder / name
            place.mkdir()
            chrome = await playwright.chromium.launch(executable_path=wrapped(place, before), args=[*ARGUMENTS, *more])
            stack.push_async_callback(chrome.close)
            contexts.append(await chrome.new_context())
        pages = []
        for context in contexts:
            await context.grant_permissions(["camera", "microphone"], origin="https://reference.test")
            await context.route("https://reference.test/", _blank)
            await context.add_init_script(WATCH)
            page = await context.new_page()
            await page.goto("https://reference.test/")
            pages.append(page)
        sender, receiver = pages
        answer = await receiver.evaluate(_RECEIVE, await sender.evaluate(_SEND))
        await sender.evaluate(_ANSWER, answer)
        await asyncio.sleep(STEADY_SECONDS)
        yield _Paged(receiver)


async def _blank(route: Any) -> None:  # noqa: ANN401 - Playwright's Route
    await route.fulfill(status=200, content_type="text/html", body="<!doctype html><body></body>")


def reel(folder: Path) -> Path:
    """What the cart's room camera sees, as a Motion JPEG file that Chromium takes for a camera of 30 pictures a second.
    The cart has played it before: it is drawn."""
    film = room_film(films(), "room", SIZE, SIZE, RATE)
    film.open()
    path = folder / "room.mjpeg"
    pictures = [picture for number in range(PICTURES) if (picture := film.frame(number)) is not None]
    film.close()
    path.write_bytes(b"".join(pictures))
    return path
