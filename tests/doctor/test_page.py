# SPDX-License-Identifier: Apache-2.0
"""The page in real Chromium, against the real server and a minimal cart."""

import re
import time

import msgspec
import pytest
from playwright.async_api import Browser, Page, expect

from device.codes import Metric
from doctor.config import Config
from doctor.server import serving
from tests.doctor import acts, facts
from tests.doctor.acts import row
from tests.doctor.minicart import MiniCart, connected
from tests.doctor.wirework import TOKEN, cart_wire

pytestmark = [pytest.mark.timeout(60), pytest.mark.asyncio(loop_scope="session")]


async def test_a_doctor_joins_hears_and_sees_moving_pictures(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    await acts.moving(page)
    assert await page.evaluate("document.getElementById('voice').paused") is False
    await expect(page.locator("#caption")).to_have_text("Salle · en direct")
    await expect(page.locator("#quality")).to_have_text("Bonne liaison")
    await expect(page.locator("#bitrate")).to_have_text(re.compile(r"\d+(,\d)? [kM]bit/s"))
    await expect(page.locator("#patient-facts")).to_have_text(re.compile(r"née le 12/03/1936 · \d+ ans · chambre 12"))
    colours = await page.evaluate(acts.COLOURS)
    assert colours > 20


async def test_the_cart_receives_the_doctors_picture_and_voice(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    (peer,) = cart.peers.values()
    assert sorted(transceiver.currentDirection for transceiver in peer.connection.getTransceivers()) == ["sendrecv"] * 2
    await expect(page.get_by_label("Votre image").locator("visible=true")).to_have_count(1)


async def test_a_wrong_code_is_said_and_can_be_typed_again(page: Page, cart: MiniCart) -> None:
    await page.goto(cart.link)
    await page.get_by_label("Votre nom").fill("Dr Martin")
    await page.get_by_label("Code à six chiffres").fill(f"{(int(cart.code) + 1) % 1_000_000:06d}")
    await page.get_by_role("button", name="Rejoindre").click()
    await expect(page.get_by_role("alert")).to_contain_text("Ce code n’est pas le bon")
    await acts.enter(page, cart)


async def test_what_is_missing_on_the_join_card_is_said(page: Page, cart: MiniCart) -> None:
    await page.goto(cart.link)
    await page.get_by_role("button", name="Rejoindre").click()
    await expect(page.get_by_role("alert")).to_have_text("Écrivez votre nom.")
    await page.get_by_label("Votre nom").fill("Dr Martin")
    await page.get_by_label("Code à six chiffres").fill("12a34")
    await page.get_by_role("button", name="Rejoindre").click()
    await expect(page.get_by_role("alert")).to_have_text("Le code a six chiffres.")
    assert await page.locator(":focus").get_attribute("id") == "join-code"


async def test_a_doctor_waits_until_the_operator_decides(page: Page, cart: MiniCart) -> None:
    cart.admits = False
    await acts.knock(page, cart)
    await expect(page.get_by_role("heading", name="salle d’attente")).to_be_visible()
    assert cart.peers == {}
    await cart.send(type="refuse", room=cart.room, peer=cart.knocking())
    await expect(page.get_by_role("heading", name="L’entrée n’a pas été accordée")).to_be_visible()


async def test_a_reload_in_the_waiting_room_knocks_again(page: Page, cart: MiniCart) -> None:
    cart.admits = False
    await acts.knock(page, cart)
    await page.reload()
    await cart.until(lambda: sum(message["type"] == "knock" for message in cart.said) == 2)
    await expect(page.get_by_role("heading", name="salle d’attente")).to_be_visible()


async def test_entries_are_shown_once_with_value_unit_time_site_and_instrument(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    await expect(row(page, "pressure")).to_contain_text("pas encore de mesure")
    before = time.time() * 1000
    entry = cart.record(facts.pressure(132, 81))
    await expect(row(page, "pressure")).to_contain_text(re.compile(r"132/81\s*mmHg.*bras gauche.*A&D UA-651 n°.4021"))
    await expect(row(page, "pulse")).to_contain_text("72")
    await expect(row(page, "pressure")).to_have_attribute("data-state", "recorded")
    cart.again(entry)
    cart.record(facts.temperature("37.4"))
    await expect(row(page, "temperature")).to_contain_text("37,4")
    assert await page.locator(f"[data-sequence='{entry['sequence']}'][data-metric=systolic]").count() == 1
    painted = float(await row(page, "pressure").get_attribute("data-painted") or 0)
    assert before < painted < time.time() * 1000


async def test_a_reload_reads_everything_again_once(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    for systolic in (150, 140, 130):
        cart.record(facts.pressure(systolic, 80))
    await expect(row(page, "pressure")).to_contain_text("130/80")
    await page.reload()
    await acts.linked(page)
    await acts.moving(page)
    await expect(row(page, "pressure")).to_contain_text("130/80")
    assert [message["after"] for message in cart.heard if message["type"] == "read"] == [0, 0]
    shown = await page.locator("[data-metric=systolic][data-sequence]").evaluate_all(
        "rows => rows.map((row) => row.dataset.value)"
    )
    assert sorted(shown) == ["130/80", "140/80", "150/80"]


async def test_a_read_that_is_lost_is_asked_again_until_it_is_heard(page: Page, cart: MiniCart) -> None:
    cart.deaf_reads = 2
    cart.record(facts.pressure(132, 81))
    await acts.join(page, cart)
    await expect(row(page, "pressure")).to_contain_text("132/81")
    assert [message["after"] for message in cart.heard if message["type"] == "read"] == [0, 0, 0]


async def test_a_redial_reads_only_what_is_new(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    cart.record(facts.pressure(132, 81))
    await expect(row(page, "pressure")).to_contain_text("132/81")
    await cart.redial(next(iter(cart.peers)))
    await cart.until(lambda: [message["after"] for message in cart.heard if message["type"] == "read"] == [0, 1])
    await acts.moving(page)
    await expect(page.locator("#quality")).to_have_text("Bonne liaison")


async def test_a_dead_path_greys_the_picture_and_every_live_value_then_comes_back(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    await acts.moving(page)
    cart.show(live=[facts.live(Metric.SATURATION, 96)])
    await expect(row(page, "saturation")).to_have_attribute("data-state", "live")
    await expect(row(page, "saturation")).to_contain_text("en direct")
    cart.redials = False
    (peer,) = cart.peers.values()
    peer.beating = False
    peer.picture.stopped.set()
    await cart.until(lambda: any(message["type"] == "dead" for message in cart.said))
    await expect(page.locator("#quality")).to_have_text("Liaison coupée, reprise…")
    await expect(page.locator("#caption")).to_contain_text("image d’il y a")
    await expect(page.locator("#last-image")).to_be_visible()
    await expect(row(page, "saturation")).to_have_attribute("data-state", "stale")
    await expect(row(page, "saturation")).to_contain_text("plus en direct, il y a")
    await expect(page.get_by_role("button", name="Figer")).to_be_disabled()
    cart.show(live=[])
    cart.redials = True
    await cart.redial(peer.peer)
    await acts.moving(page)
    await expect(page.locator("#last-image")).to_be_hidden()
    await expect(page.locator("#caption")).to_have_text("Salle · en direct")


async def test_cameras_are_chosen_and_frozen(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    await page.get_by_role("button", name="Otoscope").click()
    await expect(page.locator("#caption")).to_have_text("Otoscope · en direct")
    await expect(page.get_by_role("button", name="Otoscope")).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Figer").click()
    await expect(page.locator("#caption")).to_have_text("Otoscope · figé")
    await page.get_by_role("button", name="Reprendre").click()
    await expect(page.locator("#caption")).to_have_text("Otoscope · en direct")
    await expect(page.get_by_role("button", name="Dermatoscope")).to_contain_text("débranchée")
    assert [command["command"] for command in cart.commands()] == ["choose-camera", "freeze", "freeze"]


async def test_a_capture_arrives_whole_and_is_checked(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    await page.get_by_role("button", name="Otoscope").click()
    await expect(page.get_by_role("button", name="Otoscope")).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Capturer").click()
    await page.get_by_role("dialog").get_by_role("button", name="Oreille droite").click()
    await expect(page.locator(".capture")).to_have_attribute("data-state", "verified")
    assert cart.commands()[-1] == {"command": "capture", "site": "right-ear"}
    await page.locator(".capture").click()
    image = page.get_by_role("dialog").get_by_role("img", name="Otoscope, oreille droite")
    await expect(image).to_be_visible()
    assert await image.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [1600, 1200]
    await page.keyboard.press("Escape")
    await expect(image).to_be_hidden()


async def test_a_damaged_capture_is_not_shown(page: Page, cart: MiniCart) -> None:
    cart.damage = True
    await acts.join(page, cart)
    cart.take_capture("left-ear")
    await expect(page.locator(".capture")).to_have_attribute("data-state", "failed")
    await expect(page.locator(".capture img")).to_have_count(0)


async def test_a_sound_arrives_without_loss_and_can_be_heard(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    cart.keep(facts.sound, facts.flac())
    await expect(page.locator(".capture")).to_have_attribute("data-state", "verified")
    await expect(page.locator(".capture")).to_contain_text("Auscultation, foyer mitral")
    await page.locator(".capture").click()
    sound = page.locator("#viewer-sound")
    await expect(sound).to_be_visible()
    await expect(page.locator("#viewer-image")).to_be_hidden()
    lasting = await sound.evaluate(
        "sound => sound.duration > 0 ? sound.duration"
        " : new Promise((done) => { sound.onloadedmetadata = () => done(sound.duration); })"
    )
    assert lasting == pytest.approx(2, abs=0.05)
    await expect(page.locator("#viewer-facts")).to_contain_text("intégrité vérifiée")
    await page.keyboard.press("Escape")
    assert await sound.evaluate("sound => sound.paused")


async def test_a_document_is_saved_and_says_whose_it_is(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    cart.keep(facts.document, b"%PDF-1.7 a tracing")
    await expect(page.locator(".capture")).to_have_attribute("data-state", "verified")
    await page.locator(".capture").click()
    await expect(page.locator("#viewer-facts")).to_contain_text("nom écrit dans le fichier : LEROUX Jeanne")
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="Enregistrer le fichier").click()
    saved = await coming.value
    assert saved.suggested_filename == "ECG-0412.pdf"
    assert (await saved.path()).read_bytes() == b"%PDF-1.7 a tracing"


async def test_large_text_goes_to_the_patient_and_away(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    await page.get_by_role("button", name="Montrez où ça fait mal").click()
    await expect(page.locator("#text-shown")).to_contain_text("« Montrez où ça fait mal »")
    await page.get_by_label("Grand texte sur l’écran du patient").fill("Toussez")
    await page.get_by_role("button", name="Afficher").click()
    await expect(page.locator("#text-shown")).to_contain_text("« Toussez »")
    await page.get_by_role("button", name="Retirer").click()
    await expect(page.locator("#text-shown")).to_be_hidden()
    assert cart.commands() == [
        {"command": "show-text", "text": "Montrez où ça fait mal"},
        {"command": "show-text", "text": "Toussez"},
        {"command": "hide-text"},
    ]


async def test_a_measurement_is_asked_of_an_instrument_that_is_there(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    await page.get_by_role("button", name="Demander une mesure…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Température").click()
    await expect(page.locator("#asked")).to_have_text("Demandé : température, en attente")
    assert cart.commands() == [{"command": "ask-measurement", "metric": "temperature"}]


async def test_a_conclusion_is_sent_and_stands_after_a_reload(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    text = "Otite externe droite.\nGouttes 3 fois par jour pendant 7 jours."
    await page.get_by_label("Votre conclusion").fill(text)
    await page.get_by_role("button", name="Envoyer").click()
    await expect(page.locator("#conclusion-state")).to_contain_text("✓ Envoyée à")
    await expect(page.get_by_role("button", name="Envoyer")).to_be_disabled()
    await page.reload()
    await acts.linked(page)
    await expect(page.get_by_label("Votre conclusion")).to_have_value(text)
    await page.get_by_label("Votre conclusion").fill("Otite moyenne.")
    await expect(page.locator("#conclusion-state")).to_contain_text("à renvoyer")
    await page.get_by_label("Votre conclusion").fill(text)


async def test_a_refused_command_is_said_and_loses_nothing(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    cart.refusal = "Impossible maintenant."
    await page.get_by_label("Votre conclusion").fill("Otite.")
    await page.get_by_role("button", name="Envoyer").click()
    await expect(page.locator("#toast")).to_have_text("Impossible maintenant.")
    await expect(page.get_by_label("Votre conclusion")).to_have_value("Otite.")
    await page.get_by_label("Votre conclusion").fill("")


async def test_another_patient_leaves_nothing_of_the_one_before(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    cart.record(facts.pressure(132, 81))
    cart.take_capture("left-ear")
    await expect(page.locator(".capture")).to_have_attribute("data-state", "verified")
    cart.change_encounter()
    await expect(page.get_by_role("heading", name="DURAND Paul")).to_be_visible()
    await expect(row(page, "pressure")).to_contain_text("pas encore de mesure")
    await expect(page.locator(".capture")).to_have_count(0)


async def test_the_operators_off_switch_hides_the_picture(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    await acts.moving(page)
    cart.show(camera_on=False)
    await expect(page.locator("#no-image")).to_have_text("Image coupée par l’équipe auprès du patient")
    await expect(page.locator("#remote")).to_have_css("visibility", "hidden")


async def test_leaving_tells_the_cart_and_forgets_everything(page: Page, cart: MiniCart) -> None:
    await acts.join(page, cart)
    cart.record(facts.pressure(132, 81))
    await expect(row(page, "pressure")).to_contain_text("132/81")
    await page.get_by_role("button", name="Quitter").click()
    await expect(page.get_by_role("heading", name="Vous avez quitté la téléconsultation")).to_be_visible()
    await cart.until(lambda: any(message["type"] == "left" and message["final"] for message in cart.said))
    assert "LEROUX" not in await page.content()
    assert "132/81" not in await page.content()
    assert "Leroux" not in await page.evaluate(
        "JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie])"
    )


async def test_a_doctor_without_camera_or_microphone_enters_all_the_same(browser: Browser, cart: MiniCart) -> None:
    context = await browser.new_context(locale="fr-FR")
    page = await context.new_page()
    await page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError'); }"
    )
    await acts.join(page, cart)
    await acts.moving(page)
    await expect(page.get_by_role("button", name="Pas de micro")).to_be_disabled()
    await context.close()


async def test_nothing_is_put_on_window(page: Page, cart: MiniCart) -> None:
    await page.add_init_script("window.bare = Object.getOwnPropertyNames(window)")
    await acts.join(page, cart)
    added = await page.evaluate("Object.getOwnPropertyNames(window).filter((name) => !bare.includes(name))")
    assert set(added) <= {"bare"}


async def test_media_outlives_the_rendezvous_server(browser: Browser, config: Config) -> None:
    """The server stops and comes back on its port: the picture never stops, nothing is dialled again."""
    context = await browser.new_context(locale="fr-FR")
    page = await context.new_page()
    async with serving(config) as server, connected(server.origin, TOKEN) as cart:
        config = msgspec.structs.replace(config, port=server.port)
        await cart.invite()
        await acts.join(page, cart)
        await acts.moving(page)
        await page.evaluate("document.getElementById('remote').dataset.frames = 0")
        room, (peer,) = cart.room, cart.peers
        cart.outlives = True
    async with serving(config) as server:
        await acts.moving(page, 20)
        async with cart_wire(server) as wire:
            await wire.say(type="invite", id="a", room=room)
            await wire.hear("invited")
            assert (await wire.hear("back", deadline=10))["peer"] == peer
        await acts.moving(page, 20)
        assert cart.calls == 1
        await expect(page.locator("#quality")).to_have_text("Bonne liaison")
        assert not any(message["type"] == "dead" for message in cart.said)
    await cart.hang_up()
    await context.close()


async def test_the_browsers_word_that_the_network_is_back_is_acted_on_at_once(browser: Browser, config: Config) -> None:
    """A socket that stands is asked whether it lives, and kept; one that is gone is opened again without waiting."""
    context = await browser.new_context(locale="fr-FR")
    page = await context.new_page()
    async with serving(config) as server, connected(server.origin, TOKEN) as cart:
        config = msgspec.structs.replace(config, port=server.port)
        await cart.invite()
        await acts.join(page, cart)
        sockets: list[str] = []
        page.on("websocket", lambda socket: sockets.append(socket.url))
        await page.evaluate("dispatchEvent(new Event('online'))")
        await acts.moving(page, 20)
        assert sockets == []
        cart.outlives = True
    async with serving(config):
        await page.evaluate("dispatchEvent(new Event('online'))")
        async with page.expect_websocket() as again:
            await again.value
        await acts.moving(page, 20)
    await cart.hang_up()
    await context.close()


async def test_an_invitation_that_expires_does_not_end_a_call_that_lives(browser: Browser, config: Config) -> None:
    """The server comes back with another key: the token opens nothing any more, the picture goes on."""
    context = await browser.new_context(locale="fr-FR")
    page = await context.new_page()
    async with serving(config) as server, connected(server.origin, TOKEN) as cart:
        config = msgspec.structs.replace(config, port=server.port, key=b"another key of at least 32 bytes")
        await cart.invite()
        await acts.join(page, cart)
        await acts.moving(page)
        cart.outlives = True
    async with page.expect_websocket() as joined, serving(config):
        await (await joined.value).wait_for_event("close")
        await acts.moving(page, 30)
        await expect(page.get_by_role("heading", name="LEROUX Jeanne")).to_be_visible()
    await cart.hang_up()
    await context.close()


async def test_a_server_that_does_not_answer_is_said(browser: Browser, config: Config) -> None:
    context = await browser.new_context(locale="fr-FR")
    page = await context.new_page()
    async with serving(config) as server, connected(server.origin, TOKEN) as cart:
        await cart.invite()
        cart.admits = False
        await acts.knock(page, cart)
    await expect(page.locator("#waiting-line")).to_contain_text("ne répond pas")
    await context.close()
