# SPDX-License-Identifier: Apache-2.0
"""Several doctors in one call: real peer connections, one encode, each line by itself, and they hear each other."""

import asyncio

import numpy as np
import pytest
from aiortc import MediaStreamTrack
from av import AudioFrame

from device.commands import ChooseCamera, Freeze
from device.errors import Refusal
from device.station.state import MOST_DOCTORS, CallPhase
from tests.call import wire
from tests.call.facts import entry, recorded
from tests.call.second import DoctorPeer, Tone
from tests.call.stubs import ENCOUNTER
from tests.call.wire import Page, carts, connected, knocking, reached

RATE = 48_000
ROOM, ROUX, NOEL = 500, 440, 880
"""Hertz of what each says: the room's microphone, and two doctors."""


class Higher(MediaStreamTrack):
    """An octave above ``Tone``: every other sample of it, twice."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._tone = Tone()
        self._count = 0

    async def recv(self) -> AudioFrame:
        frame = await self._tone.recv()
        at = np.arange(960) + self._count
        self._count += 960
        block = (np.sin(at * 2 * np.pi * NOEL / RATE) * 8000).astype(np.int16).reshape(1, -1)
        made = AudioFrame.from_ndarray(block, format="s16", layout="mono")
        made.sample_rate, made.pts, made.time_base = frame.sample_rate, frame.pts, frame.time_base
        return made


class Attentive(DoctorPeer):
    """Keeps the last second of what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[np.ndarray] = []

    async def _read(self, track) -> None:
        if track.kind == "audio" and not self.heard:
            self.heard.append(np.zeros(960, np.int16))
            received = track.recv

            async def listen():
                frame = await received()
                self.heard.append(frame.to_ndarray()[0, ::2])
                del self.heard[:-50]
                return frame

            track.recv = listen
        await super()._read(track)


def loud(blocks: list[np.ndarray], hertz: int) -> float:
    """How loud a tone is at most in the last sound, int16; in windows of 60 ms, as a busy machine makes it jump."""
    windows = np.concatenate(blocks[-15:]).astype(float)
    windows = windows[: len(windows) // 2880 * 2880].reshape(-1, 2880)
    wave = np.exp(-2j * np.pi * hertz * np.arange(2880) / RATE)
    return float(np.max(2 * np.abs(windows @ wave), initial=0.0)) / 2880


def heard(peer: Attentive, *tones: int) -> bool:
    return all(loud(peer.heard, hertz) > 2500 for hertz in tones)


async def admitted(cart, name: str) -> Page:
    """One more doctor, let in, whose line lives."""
    used = cart.call.state.code
    page = await knocking(cart, name)
    await reached(cart, lambda state: state.knocking and state.code != used)
    peer = cart.call.state.knocking[0].peer
    cart.call.admit(peer)
    await cart.bell.until(lambda: (line := cart.call._lines.get(peer)) is not None and line.alive)
    return page


def named(state) -> list[str]:
    return [doctor.name for doctor in state.doctors]


async def test_two_doctors_see_the_same_encode_have_the_chart_and_command_in_their_own_names(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        first = await connected(cart)
        second = await admitted(cart, "Dr Noël")
        assert named(cart.call.state) == ["Dr Hélène Roux", "Dr Noël"]
        assert cart.call.state.phase is CallPhase.CONNECTED
        before = cart.call._video.frames
        seen = first.peer.pictures, second.peer.pictures
        for page, had in ((first, seen[0]), (second, seen[1])):
            await page.peer.until(lambda: page.peer.pictures > had + 25)  # noqa: B023 - awaited at once
        both = first.peer.pictures + second.peer.pictures - sum(seen)
        assert cart.call._video.frames - before < 0.75 * both
        await cart.journal.append(entry(1, recorded()))
        for page in (first, second):
            page.peer.say({"type": "read", "after": 0})
            await page.peer.until(lambda: page.peer.of("entry"))  # noqa: B023 - awaited at once
        first.peer.say({"type": "command", "id": "1", "command": {"command": "freeze", "frozen": True}})
        second.peer.say({"type": "command", "id": "1", "command": {"command": "choose-camera", "camera": "otoscope"}})
        await cart.bell.until(lambda: len(cart.desk.commands) == 2)
        by = {type(command): who.name for _, command, who in cart.desk.commands}
        assert by == {Freeze: "Dr Hélène Roux", ChooseCamera: "Dr Noël"}
        assert len({id_ for id_, _, _ in cart.desk.commands}) == 2


async def test_each_doctor_hears_the_room_and_the_other_and_never_themselves(tmp_path, monkeypatch):
    monkeypatch.setattr(wire, "DoctorPeer", Attentive)
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        first = await connected(cart)
        second = await admitted(cart, "Dr Noël")
        voice = next(one for one in second.peer.connection.getTransceivers() if one.kind == "audio")
        voice.sender.replaceTrack(Higher())
        mine, theirs = first.peer, second.peer
        await mine.until(lambda: heard(mine, NOEL, ROOM) and loud(mine.heard, ROUX) < 1800, 30)
        await theirs.until(lambda: heard(theirs, ROUX, ROOM) and loud(theirs.heard, NOEL) < 1800, 30)
        await cart.bell.until(lambda: min(loud(cart.ears.blocks, ROUX), loud(cart.ears.blocks, NOEL)) > 2000, 30)


async def test_one_who_leaves_leaves_the_other_alone_and_hanging_up_ends_all(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        first = await connected(cart)
        second = await admitted(cart, "Dr Noël")
        await first.say("leave")
        await reached(cart, lambda state: named(state) == ["Dr Noël"])
        assert cart.call.state.phase is CallPhase.CONNECTED
        seen = second.peer.pictures
        await second.peer.until(lambda: second.peer.pictures > seen + 15)
        assert second.peers == 1
        third = await admitted(cart, "Dr Petit")
        cart.call.hang_up()
        for page in (second, third):
            await page.bell.until(lambda: page.heard("closed"))  # noqa: B023 - awaited at once
        assert cart.call.state.doctors == ()
        assert await cart.settled() == set()


async def test_a_dead_line_is_dialled_again_and_the_other_is_not_disturbed(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        first = await connected(cart)
        second = await admitted(cart, "Dr Noël")
        await first.say("dead")
        await first.bell.until(lambda: first.peers == 2)
        peer = second.peer
        seen = peer.pictures
        await peer.until(lambda: peer.pictures > seen + 15)
        await first.peer.until(lambda: first.peer.pictures > 10)
        assert second.peers == 1
        first.beating = False
        alone = ["Dr Noël", "Dr Hélène Roux"]
        await reached(cart, lambda state: named(state) == alone and not state.others[0].alive, 20)
        first.beating = True
        await reached(cart, lambda state: named(state) == alone[::-1] and state.others[0].alive, 20)


async def test_a_doctor_whose_page_died_comes_back_as_another_in_their_old_place(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        lost = await connected(cart)
        await admitted(cart, "Dr Noël")
        await lost.vanish()
        await reached(cart, lambda state: any(not other.alive for other in state.others))
        await admitted(cart, "dr hélène  ROUX")
        assert sorted(named(cart.call.state)) == ["Dr Noël", "dr hélène  ROUX"]


async def test_three_are_the_most_and_the_fourth_is_told_so(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        pages = [await connected(cart), await admitted(cart, "Dr Noël"), await admitted(cart, "Dr Petit")]
        assert len(named(cart.call.state)) == MOST_DOCTORS == 3
        for page in pages:
            seen = page.peer.pictures
            await page.peer.until(lambda: page.peer.pictures > seen + 5)  # noqa: B023 - awaited at once
        fourth = Page(cart.server.origin, cart.call.state.link)
        cart.pages.append(fourth)
        await fourth.join(cart.call.state.code)
        await fourth.bell.until(lambda: fourth.heard("refused"))
        refusal = next(message for message in fourth.got if message["type"] == "refused")
        assert refusal["code"] == "full"
        assert "Trois médecins" in refusal["line"]
        assert cart.call.state.knocking == ()
        assert all(page.peers == 1 for page in pages)


async def test_the_operator_is_told_that_there_is_no_room_for_a_fourth_who_already_waited(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        await connected(cart)
        used = cart.call.state.code
        await knocking(cart, "Dr Patient")
        await reached(cart, lambda state: state.code != used and state.knocking)
        waiting = cart.call.state.knocking[0].peer
        for name in ("Dr Noël", "Dr Petit"):
            used = cart.call.state.code
            await knocking(cart, name)
            await reached(cart, lambda state: state.code != used and len(state.knocking) == 2)  # noqa: B023 - awaited at once
            peer = cart.call.state.knocking[1].peer
            cart.call.admit(peer)
            await cart.bell.until(lambda: (line := cart.call._lines.get(peer)) is not None and line.alive)  # noqa: B023 - likewise
        with pytest.raises(Refusal) as caught:
            cart.call.admit(waiting)
        assert caught.value.code == "CMD-61"
        assert [one.peer for one in cart.call.state.knocking] == [waiting]


async def test_a_cart_that_restarts_finds_both_doctors_again(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        first = await connected(cart)
        second = await admitted(cart, "Dr Noël")
        cart.running.cancel()
        await asyncio.gather(cart.running, return_exceptions=True)
        async with wire.running(wire.make_cart(cart.server, tmp_path)) as again:
            again.call.dial(ENCOUNTER, 0)
            await reached(again, lambda state: len(state.doctors) == 2 and all(o.alive for o in state.others), 15)
            for page in (first, second):
                await page.peer.until(lambda: page.peer.pictures > 5)  # noqa: B023 - awaited at once
