# SPDX-License-Identifier: Apache-2.0
"""The real page in real Chromium against the real call: what a doctor sees and does."""

import hashlib
from contextlib import asynccontextmanager

import msgspec
from playwright.async_api import expect

from device.commands import ShowText
from device.station.state import CallPhase, CameraPhase, CameraState
from tests.call.facts import capture, entry, recorded
from tests.call.stubs import ENCOUNTER
from tests.call.wire import carts, reached

PIXELS = """() => {
  const video = document.getElementById("remote");
  const canvas = document.createElement("canvas");
  canvas.width = 64; canvas.height = 48;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 64, 48);
  const data = context.getImageData(0, 0, 64, 48).data;
  return [video.videoWidth, video.videoHeight, Array.from(data.filter((_, index) => index % 4 === 1))];
}"""
FRAMES = """count => new Promise((resolve) => {
  const video = document.getElementById("remote");
  const next = () => { count -= 1; count <= 0 ? resolve() : video.requestVideoFrameCallback(next); };
  video.requestVideoFrameCallback(next);
})"""


@asynccontextmanager
async def joined(tmp_path, page):
    """A doctor in the browser who was let in."""
    async with carts(tmp_path) as cart:
        room = CameraState("room", "Vue d’ensemble", "room", CameraPhase.LIVE, "/ring")
        cart.views.state = msgspec.structs.replace(cart.views.state, cameras=(room,))
        cart.call.dial(ENCOUNTER, 0)
        await reached(cart, lambda state: state.phase is CallPhase.WAITING)
        await page.goto(cart.call.state.link)
        await page.get_by_label("Votre nom").fill("Dr Hélène Roux")
        await page.get_by_label("Code à six chiffres").fill(cart.call.state.code)
        await page.get_by_role("button", name="Rejoindre").click()
        await reached(cart, lambda state: state.knocking)
        cart.call.admit(cart.call.state.knocking[0].peer)
        await reached(cart, lambda state: state.phase is CallPhase.CONNECTED)
        yield cart


async def test_a_doctor_sees_the_room_the_measurements_and_a_capture_and_is_seen(tmp_path, page):
    async with joined(tmp_path, page) as cart:
        await page.evaluate(FRAMES, 10)
        width, height, first = await page.evaluate(PIXELS)
        await page.evaluate(FRAMES, 10)
        _, _, second = await page.evaluate(PIXELS)
        assert (width, height) == (640, 480)
        assert max(first) - min(first) > 80
        assert sum(a != b for a, b in zip(first, second, strict=True)) > len(first) / 2

        await cart.bell.until(lambda: len(cart.ears.pictures) > 10 and len(cart.ears.blocks) > 10)
        theirs = cart.ears.pictures[-1]
        assert theirs.i420[: theirs.height].std() > 5

        await expect(page.get_by_role("heading", name="MOREAU Jeanne")).to_be_visible()
        await cart.journal.append(entry(1, recorded()))
        await expect(page.locator("#measures")).to_contain_text("128")

        await page.get_by_label("Grand texte sur l’écran du patient").fill("Respirez")
        await page.get_by_role("button", name="Afficher").click()
        await cart.bell.until(lambda: cart.desk.commands)
        assert cart.desk.commands[0][1] == ShowText("Respirez")
        assert cart.desk.commands[0][2].name == "Dr Hélène Roux"

        await page.evaluate("() => { window.asked = true; }")
        picture = await page.screenshot(type="jpeg")
        digest = hashlib.sha256(picture).hexdigest()
        cart.desk.captures[digest] = picture
        await cart.journal.append(capture(2, digest, len(picture)))
        image = page.locator("#strip img")
        await expect(image).to_be_visible()
        await expect(image).to_have_js_property("naturalWidth", 1440)


async def test_a_reload_in_the_browser_brings_picture_and_entries_back(tmp_path, page):
    async with joined(tmp_path, page) as cart:
        await cart.journal.append(entry(1, recorded()))
        await expect(page.locator("#measures")).to_contain_text("128")
        await page.reload()
        await expect(page.locator("#measures")).to_contain_text("128", timeout=5_000)
        await page.evaluate(FRAMES, 5)
        await reached(cart, lambda state: state.phase is CallPhase.CONNECTED)


async def test_vp8_is_spoken_with_a_browser_that_has_nothing_else(tmp_path, page):
    await page.add_init_script(
        """(() => {
          const set = RTCPeerConnection.prototype.setRemoteDescription;
          RTCPeerConnection.prototype.setRemoteDescription = async function (description) {
            await set.call(this, description);
            const vp8 = RTCRtpReceiver.getCapabilities("video").codecs.filter((c) => /VP8|rtx/.test(c.mimeType));
            for (const t of this.getTransceivers()) if (t.receiver.track.kind === "video") t.setCodecPreferences(vp8);
          };
        })()"""
    )
    async with joined(tmp_path, page) as cart:
        await page.evaluate(FRAMES, 10)
        width, _, pixels = await page.evaluate(PIXELS)
        assert width == 640
        assert max(pixels) - min(pixels) > 80
        assert cart.call._video.encodings[0].kind == "VP8"


async def test_two_doctors_in_two_browsers_see_the_same_encode_and_hear_each_other(tmp_path, page):
    async with joined(tmp_path, page) as cart:
        context = await page.context.browser.new_context(locale="fr-FR")
        context.set_default_timeout(15_000)
        second = await context.new_page()
        await second.goto(cart.call.state.link)
        await second.get_by_label("Votre nom").fill("Dr Noël")
        await second.get_by_label("Code à six chiffres").fill(cart.call.state.code)
        await second.get_by_role("button", name="Rejoindre").click()
        await reached(cart, lambda state: state.knocking)
        cart.call.admit(cart.call.state.knocking[0].peer)
        await reached(cart, lambda state: [other.alive for other in state.others] == [True], 20)
        before = cart.call._video.frames
        seen = {line.peer.sender: line.peer.sender._packets for line in cart.call._lines}

        def sent() -> list[int]:
            """Packets of each one's picture since then; from the first where a busy machine had the cart dial again."""
            senders = [line.peer.sender for line in cart.call._lines]
            return [sender._packets - seen.get(sender, 0) for sender in senders]

        for one in (page, second):
            await one.evaluate(FRAMES, 15)
            width, height, pixels = await one.evaluate(PIXELS)
            assert width * 3 == height * 4 > 0
            assert max(pixels) - min(pixels) > 80
        assert cart.call._video.frames - before >= 15
        await cart.bell.until(lambda: len(sent()) == 2 and min(sent()) >= 15, 20)  # one encode, and packets for each
        voices = [line.peer._incoming.voice for line in cart.call._lines]
        await cart.bell.until(lambda: all(voice.blocks > 20 for voice in voices), 20)
        assert {doctor.name for doctor in cart.call.state.doctors} == {"Dr Hélène Roux", "Dr Noël"}
