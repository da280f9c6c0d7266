# SPDX-License-Identifier: Apache-2.0
import asyncio
import time

import msgspec
import pytest

from device.errors import AudioError, Refusal
from device.station.state import CallPhase
from tests.call.stubs import ENCOUNTER, OTHER
from tests.call.wire import carts, connected, knocking, make_cart, reached, running


async def test_no_media_is_opened_before_a_doctor_is_let_in(tmp_path):
    async with carts(tmp_path) as cart:
        await reached(cart, lambda _: cart.networks and cart.networks[-1].online)
        assert cart.call.state.phase is CallPhase.IDLE
        cart.call.dial(ENCOUNTER, 0)
        await reached(cart, lambda state: state.phase is CallPhase.WAITING)
        assert cart.call.state.link
        assert len(cart.call.state.code) == 6
        assert cart.pictures.asked == 0
        with pytest.raises(Refusal):
            cart.call.admit("nobody")


async def test_a_doctor_is_let_in_and_both_see_each_other(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        assert cart.call.state.practitioner.name == "Dr Hélène Roux"
        await page.peer.until(lambda: page.peer.pictures > 10 and page.peer.of("view"))
        assert page.peer.messages[0]["type"] == "words"
        await reached(cart, lambda _: len(cart.ears.pictures) > 5)


async def test_a_dead_path_is_dialled_again_within_seconds_and_said(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        before = page.peers
        page.beating = False
        await reached(cart, lambda state: state.phase is CallPhase.INTERRUPTED, 5)
        assert cart.call.state.practitioner is not None
        assert "coupée" in cart.call.state.line
        page.beating = True
        began = time.monotonic()
        await reached(cart, lambda state: state.phase is CallPhase.CONNECTED, 5)
        assert time.monotonic() - began < 3
        assert page.heard("restart")
        await page.peer.until(lambda: page.peer.pictures > 45)
        assert page.peers == before + 1
        assert cart.call._video.openings <= 2, "a redial opens no encoder; the ladder may have, once, on a slow machine"


async def test_the_page_that_hears_nothing_is_dialled_again(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        await page.say("dead")
        await page.bell.until(lambda: page.peers == 2, 5)
        await reached(cart, lambda state: state.phase is CallPhase.CONNECTED)
        await page.peer.until(lambda: page.peer.pictures > 45)
        assert page.peers == 2


async def test_a_path_that_was_dead_is_replaced_even_when_its_beats_come_back_first(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        await cart.server.stop()
        await cart.bell.until(lambda: not cart.networks[-1].online)
        page.beating = False
        await reached(cart, lambda state: state.phase is CallPhase.INTERRUPTED, 5)
        assert "réseau" in cart.call.state.line or "serveur" in cart.call.state.line
        page.peer.say({"type": "beat", "n": 1})
        await reached(cart, lambda state: state.phase is CallPhase.CONNECTED, 1)
        page.beating = True
        await cart.server.start()
        await page.reconnect()
        await page.bell.until(lambda: page.peers == 2, 5)
        await page.peer.until(lambda: page.peer.pictures > 45)
        assert page.peers == 2


async def test_media_lives_on_while_the_page_only_lost_its_socket(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        await page.reconnect()
        pictures = page.peer.pictures
        await page.peer.until(lambda: page.peer.pictures > pictures + 10)
        assert page.peers == 1
        assert cart.call.state.phase is CallPhase.CONNECTED


async def test_hanging_up_stops_every_media_within_a_second(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        await page.peer.until(lambda: page.peer.pictures > 5 and page.peer.sounds > 5)
        await cart.bell.until(lambda: cart.ears.written > 5)
        sent, shown = cart.call._video.frames, cart.ears.written
        cart.call.hang_up()
        assert cart.call.state.phase is CallPhase.IDLE
        peer = page.peer
        await page.bell.until(lambda: page.heard("closed"))
        await peer.bell.until(lambda: peer.connection.connectionState == "closed" or peer.ended >= 2, 3)
        assert cart.call._video.frames <= sent + 1
        assert cart.ears.written <= shown + 1


async def test_a_second_doctor_waits_and_the_first_is_not_disturbed(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        first = await connected(cart)
        await reached(cart, lambda state: state.code)
        second = await knocking(cart)
        await reached(cart, lambda state: len(state.knocking) == 1)
        peer = cart.call.state.knocking[0].peer
        assert not second.heard("admitted")
        assert second.peers == 0
        cart.call.refuse(peer)
        await second.bell.until(lambda: second.heard("refused"))
        assert cart.call.state.knocking == ()
        assert cart.call.state.others == ()
        assert first.peers == 1


async def test_a_doctor_who_leaves_frees_the_line_for_the_next(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        first = await connected(cart)
        await first.say("leave")
        await reached(cart, lambda state: state.phase is CallPhase.WAITING)
        assert cart.call.state.practitioner is None
        second = await connected(cart)
        assert second.peers == 1


async def test_a_cart_that_restarts_finds_its_doctor_again(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        cart.running.cancel()
        await asyncio.gather(cart.running, return_exceptions=True)
        async with running(make_cart(cart.server, tmp_path)) as again:
            again.call.dial(ENCOUNTER, 0)
            await reached(again, lambda state: state.phase is CallPhase.CONNECTED, 8)
            assert again.call.state.practitioner.name == "Dr Hélène Roux"
            await page.peer.until(lambda: page.peer.pictures > 5)


async def test_the_rendezvous_restarts_and_the_call_goes_on(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        link = cart.call.state.link
        await cart.server.restart()
        await cart.bell.until(lambda: not cart.networks[-1].online)
        assert cart.call.state.phase is CallPhase.CONNECTED
        await cart.bell.until(lambda: cart.networks[-1].online)
        await page.reconnect()
        assert cart.call.state.link == link
        assert page.peers == 1
        await page.say("dead")
        await page.bell.until(lambda: page.peers == 2)
        await page.peer.until(lambda: page.peer.pictures > 5)


async def test_another_encounter_is_another_room_and_nothing_of_it_is_shown_before(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        link = cart.call.state.link
        cart.call.dial(OTHER, 7)
        assert cart.call.state.practitioner is None
        await page.bell.until(lambda: page.heard("closed"))
        await reached(cart, lambda state: state.phase is CallPhase.WAITING and state.link != link)


async def test_a_camera_switched_off_is_a_calm_grey_and_a_muted_microphone_is_silence(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        await page.peer.until(lambda: page.peer.pictures > 5 and page.peer.loudest > 4000)
        await cart.views.change(msgspec.structs.replace(cart.views.state, camera_on=False, microphone_on=False))
        await page.peer.until(lambda: page.peer.newest.to_ndarray()[: page.peer.newest.height].std() < 3)
        assert abs(page.peer.newest.to_ndarray()[: page.peer.newest.height].mean() - 110) < 8
        heard = page.peer.sounds
        await page.peer.until(lambda: page.peer.sounds > heard + 20)
        page.peer.loudest = 0
        heard = page.peer.sounds
        await page.peer.until(lambda: page.peer.sounds > heard + 20)
        assert page.peer.loudest < 50
        await page.peer.until(lambda: page.peer.view["camera_on"] is False)
        assert page.peer.view["microphone_on"] is False


async def test_an_absent_camera_and_microphone_leave_the_call_standing(tmp_path):
    async with carts(tmp_path) as cart:
        cart.pictures.absent = cart.microphone.broken = True
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        await page.peer.until(lambda: page.peer.pictures >= 3 and page.peer.sounds > 20)
        assert page.peer.newest.to_ndarray()[: page.peer.newest.height].std() < 3
        cart.pictures.absent = cart.microphone.broken = False
        await page.peer.until(lambda: page.peer.newest.to_ndarray()[: page.peer.newest.height].std() > 20)


async def test_a_call_that_failed_is_run_again_with_the_same_doctor(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        read = cart.microphone.read

        async def broken() -> None:
            raise ZeroDivisionError

        cart.microphone.read = broken
        with pytest.RaisesGroup(ZeroDivisionError, flatten_subgroups=True):
            await cart.running
        cart.microphone.read = read
        cart.running = asyncio.create_task(cart.call.run())
        await page.bell.until(lambda: page.peers == 2)
        await reached(cart, lambda state: state.phase is CallPhase.CONNECTED)
        await page.peer.until(lambda: page.peer.pictures > 5)


async def test_a_screen_that_cannot_be_written_and_a_deaf_loudspeaker_leave_the_call_standing(tmp_path, caplog):
    async with carts(tmp_path) as cart:
        tried = []

        def full(thing) -> None:
            tried.append(thing)
            cart.bell.ring()
            raise OSError(28, "No space") if hasattr(thing, "i420") else AudioError(3, "Haut-parleur absent.")

        cart.ears.write = full
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        await cart.bell.until(lambda: len(tried) > 40)
        assert caplog.text.count("CAL-21") == caplog.text.count("AUD-03") == 1
        assert page.peers == 1
        assert cart.call.state.phase is CallPhase.CONNECTED


async def test_a_reader_that_fails_ends_its_peer_connection_and_is_said(tmp_path, caplog):
    async with carts(tmp_path) as cart:
        write, tried = cart.ears.write, []

        def wrong(thing) -> None:
            tried.append(thing)
            raise ZeroDivisionError

        cart.ears.write = wrong
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        await page.bell.until(lambda: page.peers == 2)
        cart.ears.write = write
        await reached(cart, lambda state: state.phase is CallPhase.CONNECTED and cart.ears.pictures)
        assert "CAL-20" in caplog.text
        assert tried
