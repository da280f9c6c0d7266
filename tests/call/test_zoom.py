# SPDX-License-Identifier: Apache-2.0
"""The doctor's zoom: a part of the camera's full frame, encoded in the size of the whole."""

import asyncio
import itertools
import re
import time

import av
import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.async_api import expect

from call import rate
from call.encoding import MARKS, stamp
from call.video import OutgoingVideo
from device.commands import ZoomPicture
from device.region import WHOLE, Region, asked
from device.ring import Picture
from device.station.messages import Reply
from device.station.state import CallState, Zoom
from device.station.zoom import nearer
from tests.call.stubs import Snapshots
from tests.call.test_chromium import FRAMES, joined

SIZE = (1280, 720)
PERIOD = 4
"""Pixels of a burned stripe: nothing of it is left at a quarter of the size."""
DARK, BRIGHT, STRIPE = 60, 190, 40
THIN = tuple(rung._replace(width=320, height=180, fps=20) for rung in rate.LADDER)
"""What is sent on a thin link, whatever this machine makes of the link to itself."""


class Burned:
    """A still scene: darker at the left than at the right, under fine stripes."""

    def __init__(self, fps: float = 20.0) -> None:
        self._gap, self._at, self._sequence = 1 / fps, time.monotonic(), 0
        stripes = np.where(np.arange(SIZE[0]) % PERIOD < PERIOD / 2, STRIPE, -STRIPE)
        self._i420 = np.full((SIZE[1] * 3 // 2, SIZE[0]), 128, np.uint8)
        self._i420[: SIZE[1]] = np.linspace(DARK, BRIGHT, SIZE[0]) + stripes
        self._i420.flags.writeable = False

    async def next(self, after: int, deadline: float) -> Picture:
        del deadline
        self._at = max(self._at + self._gap, time.monotonic() - self._gap)
        await asyncio.sleep(max(0.0, self._at - time.monotonic()))
        self._sequence = max(self._sequence, after) + 1
        return Picture(self._sequence, time.monotonic(), *SIZE, self._i420)


def looked(packets: list[av.Packet]) -> list[np.ndarray]:
    """The luma of encoded pictures."""
    decoder = av.CodecContext.create("h264", "r")
    frames = [frame for packet in (*packets, None) for frame in decoder.decode(packet)]
    return [frame.to_ndarray()[: frame.height].astype(float) for frame in frames]


def detail(luma: np.ndarray) -> float:
    """How much of the stripes is left."""
    return float(np.abs(np.diff(luma, axis=1)).mean())


async def test_the_zoom_shows_detail_that_the_scaled_picture_loses_by_the_same_encoder(monkeypatch):
    monkeypatch.setattr(rate, "LADDER", THIN)
    views = Snapshots()
    video = OutgoingVideo(Burned(), views)
    track = video.track()
    async with asyncio.timeout(20):
        before = [await track.recv() for _ in range(12)]
        zoom = Zoom(1, asked(0.25, 0.5, 0.25, SIZE), "Dr Roux", "p")
        views.state = msgspec.structs.replace(views.state, zoom=zoom)
        after = [await track.recv() for _ in range(12)]
    video.close()
    assert [packet.pts % MARKS for packet in before] == [0] * 12
    assert [packet.pts % MARKS for packet in after] == [1] * 12
    assert [packet.is_keyframe for packet in (*before, *after)].count(True) == 1
    assert video.openings == 1
    seen = looked(before + after)
    assert {luma.shape for luma in seen} == {(180, 320)}
    whole, near = seen[11], seen[-1]
    assert detail(whole) < 5
    assert detail(near) > 25
    middle = DARK + (BRIGHT - DARK) * (0.25 + 0.25 / 2)
    assert near.mean() == pytest.approx(middle, abs=3)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 10**9)), min_size=1, max_size=40))
def test_every_stamp_is_later_tells_its_zoom_and_is_hardly_off(pictures: list[tuple[float, int]]) -> None:
    before = 0
    for moment, number in pictures:
        now = stamp(before, moment, number)
        assert now > before
        assert now % MARKS == number % MARKS
        assert now >= moment * 90_000 - MARKS
        assert now <= max(moment * 90_000, before) + 2 * MARKS
        before = now


WATCH = """() => {
  const video = document.getElementById("remote");
  const canvas = document.createElement("canvas");
  canvas.width = 320; canvas.height = 180;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  window.watched = [];
  const band = (data, from) => {
    let sum = 0;
    for (let row = 0; row < 180; row += 10)
      for (let column = from; column < from + 16; column += 1) sum += data[(row * 320 + column) * 4 + 1];
    return sum / (18 * 16);
  };
  const look = () => {
    context.drawImage(video, 0, 0, 320, 180);
    const { data } = context.getImageData(0, 0, 320, 180);
    let detail = 0;
    for (let at = 90 * 320; at < 91 * 320 - 1; at += 1) detail += Math.abs(data[at * 4 + 1] - data[at * 4 + 5]);
    const { a } = new DOMMatrix(getComputedStyle(video).transform);
    const steady = document.getElementById("steady");
    const placed = steady.style.transform === video.style.transform;
    window.watched.push([band(data, 0), band(data, 304), detail / 319, a, !steady.hidden, placed]);
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}"""
SLOPE = (BRIGHT - DARK) * 255 / 219 * 304 / 320
"""Between the two bands of the whole picture, in full range."""


async def until(page, condition: str) -> None:
    """Wait for something in the page, whose policy forbids Playwright's own way."""
    async with asyncio.timeout(60):
        look = f"const look = () => {condition} ? done() : setTimeout(look, 20)"
        await page.evaluate(f"() => new Promise((done) => {{ {look}; look(); }})")


async def magnified(page) -> list[float]:
    """How large the scene was seen at each picture since: what the picture has of it, times what CSS made of it."""
    return [scale * SLOPE / (right - left) for left, right, _, scale, *_ in await page.evaluate("window.watched")]


async def test_a_doctor_who_zooms_sees_detail_without_a_jump_and_again_after_a_reload(tmp_path, page, monkeypatch):
    async with joined(tmp_path, page) as cart:
        monkeypatch.setattr(rate, "LADDER", THIN)
        cart.pictures.next = Burned().next
        sent: list[ZoomPicture] = []

        async def submit(id, command, by=None):  # noqa: A002 - the port's
            state = msgspec.structs.replace(cart.views.state, call=CallState(practitioner=by))
            sent.append(command)
            await cart.views.change(msgspec.structs.replace(state, zoom=nearer(state, command, by, SIZE)))
            cart.bell.ring()
            return Reply(id, ok=True)

        cart.desk.submit = submit
        await until(page, "document.getElementById('remote').videoWidth === 320")
        await page.evaluate(FRAMES, 5)
        await page.evaluate(WATCH)
        box = await page.locator("#stage").bounding_box()
        await page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.5)
        for _ in range(7):
            await page.mouse.wheel(0, -100)
        full = 1.25**7
        await until(page, "window.watched.at(-1)?.[2] > 20")
        await page.evaluate(FRAMES, 10)
        seen = await magnified(page)
        assert all(later > first * 0.85 for first, later in itertools.pairwise(seen)), "it never jumped back"
        assert max(seen) < full * 1.15, "nor was it zoomed twice"
        assert seen[-1] == pytest.approx(full, rel=0.1)
        assert 1 / full <= sent[-1].width < 1.3 / full, "what is seen beside the picture's own shape, and no more"
        assert cart.call._video.encodings[0].size == (320, 180)
        first = next(one for one in await page.evaluate("window.watched") if one[2] > 20)
        assert first[4:] == [True, True], "the picture that changes is painted where it belongs"
        await until(page, "document.getElementById('steady').hidden")

        await page.reload()
        await expect(page.locator("#zoom-whole")).to_have_text(re.compile(r"^4,\d×$"), timeout=30_000)
        await page.evaluate(FRAMES, 3)
        await page.evaluate(WATCH)
        await page.evaluate(FRAMES, 4)
        part = cart.views.state.zoom.region
        assert (await magnified(page))[-1] == pytest.approx(1 / part.width, rel=0.1)

        count = len(sent)
        await page.locator("#zoom-whole").click()
        await cart.bell.until(lambda: len(sent) > count, 30)
        await until(page, "window.watched.at(-1)[2] < 10")
        seen = await magnified(page)
        assert all(0.85 < one < full * 1.15 for one in seen)
        assert seen[-1] == pytest.approx(1, rel=0.1)
        assert cart.views.state.zoom.region == WHOLE


async def test_a_zoom_of_another_doctor_is_followed_and_said_whose_it_is(tmp_path, page):
    async with joined(tmp_path, page) as cart:
        await page.evaluate(FRAMES, 5)
        zoom = Zoom(1, Region(0.5, 0, 0.5, 0.5), "Dr Noël", "p9")
        await cart.views.change(msgspec.structs.replace(cart.views.state, zoom=zoom))
        await expect(page.locator("#zoom-whole")).to_have_text("2,0×", timeout=30_000)
        await expect(page.get_by_text("Image agrandie par Dr Noël")).to_be_visible()
        await page.evaluate(FRAMES, 10)
        transform = "getComputedStyle(document.getElementById('remote')).transform"
        assert await page.evaluate(transform) == "none", "the picture has that part already"
        await cart.views.change(msgspec.structs.replace(cart.views.state, zoom=Zoom(2)))
        await expect(page.locator("#zoom-whole")).to_have_text("1,0×", timeout=30_000)
