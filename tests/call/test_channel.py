# SPDX-License-Identifier: Apache-2.0
import asyncio
import hashlib
import json

import msgspec

from call.channel import BURST
from device.commands import ChooseCamera, ShowText
from device.station.messages import Reply
from tests.call.facts import aside, attributed, capture, entry, text
from tests.call.stubs import ENCOUNTER, OTHER, PATIENT
from tests.call.wire import carts, connected


async def test_entries_come_after_the_pages_position_in_order_then_live(tmp_path):
    async with carts(tmp_path) as cart:
        await cart.journal.append(*(entry(n, text(f"{n}")) for n in range(1, 21)))
        cart.call.dial(ENCOUNTER, 2)
        page = await connected(cart)
        page.peer.say({"type": "read", "after": 10})
        await page.peer.until(lambda: len(page.peer.of("entry")) == 10)
        await cart.journal.append(entry(21, text("now")))
        await page.peer.until(lambda: len(page.peer.of("entry")) == 11)
        assert [message["entry"]["sequence"] for message in page.peer.of("entry")] == list(range(11, 22))
        page.peer.messages.clear()
        page.peer.say({"type": "read", "after": 0})
        await page.peer.until(lambda: len(page.peer.of("entry")) == 19)
        assert page.peer.of("entry")[0]["entry"]["sequence"] == 3


async def test_nothing_of_another_patient_and_no_value_set_aside_leaves_the_cart(tmp_path):
    async with carts(tmp_path) as cart:
        kept, away = aside(3), aside(4)
        await cart.journal.append(
            entry(1, text("another patient"), encounter=OTHER),
            entry(2, text("ours")),
            kept,
            away,
            aside(5, encounter=OTHER),
            attributed(6, away.id),
        )
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        page.peer.say({"type": "read", "after": 0})
        await page.peer.until(lambda: len(page.peer.of("entry")) == 2)
        await page.peer.until(lambda: page.peer.view.get("aside") == 1)
        assert [message["entry"]["sequence"] for message in page.peer.of("entry")] == [2, 6]
        assert not any("another patient" in json.dumps(message) for message in page.peer.messages)


async def test_the_view_follows_the_state_and_forgets_a_patient_who_is_gone(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        await page.peer.until(lambda: page.peer.of("view"))
        assert page.peer.view["patient"]["family"] == PATIENT.family
        for revision in range(100):
            await cart.views.change(msgspec.structs.replace(cart.views.state, revision=revision, camera=f"c{revision}"))
        await page.peer.until(lambda: page.peer.view["camera"] == "c99")
        assert len(page.peer.of("view")) == 1
        assert len(page.peer.of("change")) < 20
        await cart.views.change(msgspec.structs.replace(cart.views.state, encounter=None))
        await page.peer.until(lambda: page.peer.view["patient"] is None)
        assert page.peer.view["encounter"] is None


async def test_commands_of_a_doctor_are_submitted_with_his_name_and_answered(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        command = {"command": "choose-camera", "camera": "otoscope"}
        page.peer.say({"type": "command", "id": "a1", "command": command})
        await page.peer.until(lambda: page.peer.of("reply"))
        assert page.peer.of("reply") == [{"type": "reply", "id": "a1", "ok": True, "line": ""}]
        name, submitted, by = cart.desk.commands[0]
        assert submitted == ChooseCamera("otoscope")
        assert by.name == "Dr Hélène Roux"
        assert name == f"{by.peer}:a1"


async def test_what_is_not_for_a_doctor_or_not_readable_is_refused_and_nothing_is_disturbed(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        bad = [
            '{"type":"command","id":"x","command":{"command":"end-encounter"}}',
            '{"type":"command","id":"x","command":{"command":"show-text","text":1}}',
            '{"type":"command","id":"","command":{"command":"hide-text"}}',
            '{"type":"get-capture","sha256":"../../etc/passwd"}',
            '{"type":"read","after":-1}',
            '{"type":"beat","n":1,"more":2}',
            "[" * 5000,
            "nonsense",
            json.dumps({"type": "command", "id": "x", "command": {"command": "show-text", "text": "x" * 17_000}}),
        ]
        for message in bad:
            page.peer.channels["chevet"].send(message)
        page.peer.channels["chevet"].send(b"\x00\x01")
        await page.peer.until(lambda: len(page.peer.of("error")) == len(bad) + 1)
        assert cart.desk.commands == []
        page.peer.say({"type": "command", "id": "ok", "command": {"command": "show-text", "text": "Bonjour"}})
        await page.peer.until(lambda: page.peer.of("reply"))
        assert cart.desk.commands[0][1] == ShowText("Bonjour")


async def test_a_page_that_floods_is_not_heard_for_a_while(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        for n in range(BURST * 3):
            page.peer.say({"type": "command", "id": f"{n}", "command": {"command": "hide-text"}})
        await page.peer.until(lambda: page.peer.of("error"))
        assert len(cart.desk.commands) < BURST


async def test_commands_under_way_are_bounded(tmp_path):
    async with carts(tmp_path) as cart:
        hold, submitted = asyncio.Event(), []

        async def submit(id, *_):  # noqa: A002 - the port's
            submitted.append(id)
            await hold.wait()
            return Reply(id, ok=True)

        cart.desk.submit = submit
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        for n in range(12):
            page.peer.say({"type": "command", "id": f"{n}", "command": {"command": "hide-text"}})
        await page.peer.until(lambda: len(page.peer.of("reply")) == 4)
        assert len(submitted) == 8
        hold.set()
        await page.peer.until(lambda: len(page.peer.of("reply")) == 12)


async def test_a_capture_of_this_encounter_comes_whole_and_no_other(tmp_path):
    async with carts(tmp_path) as cart:
        picture, other = bytes(range(256)) * 1500, b"of another patient"
        ours, theirs = (hashlib.sha256(data).hexdigest() for data in (picture, other))
        cart.desk.captures = {ours: picture, theirs: other}
        await cart.journal.append(capture(1, ours, len(picture)), capture(2, theirs, len(other), encounter=OTHER))
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        for digest in (theirs, ours):
            page.peer.say({"type": "get-capture", "sha256": digest})
        await page.peer.until(lambda: sum(map(len, page.peer.chunks)) == len(picture))
        assert [header["size"] for header in page.peer.headers] == [0, len(picture)]
        assert hashlib.sha256(b"".join(page.peer.chunks)).hexdigest() == ours
        assert max(map(len, page.peer.chunks)) <= 16 * 1024


async def test_beats_are_heard_while_a_large_capture_goes_out(tmp_path):
    async with carts(tmp_path) as cart:
        picture = b"\x5a" * 3_000_000
        digest = hashlib.sha256(picture).hexdigest()
        cart.desk.captures = {digest: picture}
        await cart.journal.append(capture(1, digest, len(picture)))
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        page.peer.say({"type": "get-capture", "sha256": digest})
        await page.peer.until(lambda: page.peer.chunks)
        outlet = cart.call._lines.first._channel._captures._outlet
        await page.peer.until(lambda: sum(map(len, page.peer.chunks)) == len(picture), 30)
        assert page.peer.of("beat")
        assert outlet.peak <= 32 * 1024
        assert page.peers == 1
