# SPDX-License-Identifier: Apache-2.0
"""The stethoscope's own line: raw, only while it listens, and flat in a real browser."""

import asyncio
import math
from contextlib import asynccontextmanager, suppress
from functools import partial

import msgspec
import numpy as np
import pytest
from playwright.async_api import expect

from call.auscultation import OutgoingAuscultation
from call.call import Cart
from call.opus import Decoder
from cart.bench.call.tones import MEASURE, WITHIN, measured
from device.codes import Position
from device.sound import ListeningPhase, ListeningState
from tests.call import wire
from tests.call.sounds import ToneStethoscope
from tests.call.stubs import Snapshots
from tests.call.test_chromium import joined
from virtual.auscultation import HERTZ, TONE

READY = ListeningState(ListeningPhase.READY, "Stéthoscope", "/ring")
LISTENING = ListeningState(ListeningPhase.LISTENING, "Stéthoscope", "/ring", Position.MITRAL, recording=True)


@pytest.fixture
async def page(page):
    await page.add_init_script(MEASURE)
    return page


@asynccontextmanager
async def listening_with(stethoscope, views):
    outgoing = OutgoingAuscultation(stethoscope, views)
    running = asyncio.create_task(outgoing.run())
    try:
        yield outgoing
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until_silent(track):
    with suppress(TimeoutError):
        while True:
            yield await asyncio.wait_for(track.recv(), 0.3)


async def test_nothing_leaves_before_it_listens_and_after():
    stethoscope, views = ToneStethoscope(), Snapshots()
    views.state = msgspec.structs.replace(views.state, listening=READY)
    async with listening_with(stethoscope, views) as outgoing:
        track = outgoing.track()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(track.recv(), 0.3)
        views.state = msgspec.structs.replace(views.state, listening=LISTENING)
        first = await asyncio.wait_for(track.recv(), 2)
        views.state = msgspec.structs.replace(views.state, listening=READY)
        left = [packet async for packet in until_silent(track)]
        assert len(left) < 20
        views.state = msgspec.structs.replace(views.state, listening=LISTENING)
        again = await asyncio.wait_for(track.recv(), 2)
        assert again.pts - first.pts > 0.25 * 48_000
    assert stethoscope.taps == 0


async def test_the_microphones_mute_does_not_stop_it_and_nothing_is_altered():
    stethoscope, views = ToneStethoscope(), Snapshots()
    views.state = msgspec.structs.replace(views.state, listening=LISTENING, microphone_on=False)
    decoder, heard = Decoder(), []
    async with listening_with(stethoscope, views) as outgoing:
        track = outgoing.track()
        async with asyncio.timeout(10):
            while len(heard) < 60:
                heard.append(decoder.decode(bytes(await track.recv())))
    sound = np.concatenate(heard)[-28_800:] / 32768
    for each in HERTZ:
        wave = np.exp(2j * np.pi * each * np.arange(28_800) / 48_000)
        found = 2 * abs(np.dot(sound, wave)) / 28_800
        assert abs(20 * math.log10(found / TONE)) < WITHIN, each


async def test_tones_arrive_in_chromium_within_half_a_decibel(tmp_path, page, monkeypatch):
    stethoscope = ToneStethoscope()
    monkeypatch.setattr(wire, "Cart", partial(Cart, stethoscope=stethoscope))
    async with joined(tmp_path, page) as cart:
        await cart.views.change(msgspec.structs.replace(cart.views.state, listening=READY))
        await expect(page.locator("#stethoscope-state")).to_contain_text("Le stéthoscope est prêt")
        await expect(page.locator("#stethoscope-wave")).to_be_hidden()
        await cart.views.change(msgspec.structs.replace(cart.views.state, listening=LISTENING))
        await expect(page.locator("#stethoscope-state")).to_have_text("Écoute en cours : foyer mitral")
        await page.get_by_role("button", name="Écouter le stéthoscope").click()
        await expect(page.locator("#stethoscope-quality")).to_contain_text("limite 10 % pour le cœur")
        assert await page.evaluate("document.getElementById('voice').volume") == pytest.approx(0.3)
        ratios = await measured(page)
        assert all(abs(ratio) < WITHIN for ratio in ratios.values()), ratios
        inked = await page.evaluate(
            """() => { const canvas = document.getElementById("stethoscope-wave");
              const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
              return data.filter((value, at) => at % 4 === 3 && value > 0).length; }"""
        )
        assert inked > 2_000
        await cart.views.change(msgspec.structs.replace(cart.views.state, listening=READY))
        await expect(page.locator("#stethoscope-wave")).to_be_hidden()
        assert await page.evaluate("document.getElementById('voice').volume") == 1
