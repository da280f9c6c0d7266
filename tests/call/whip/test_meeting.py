# SPDX-License-Identifier: Apache-2.0
"""A conference in a call: sees and hears the room and its doctors, is heard and shown, and is gone at a touch."""

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from typing import ClassVar

import msgspec
import numpy as np
import pytest

from call.chart import Scope
from call.conference import Conference, Where
from call.incoming import Incoming
from call.meeting import Guest, Meeting, read
from call.relays import Choice
from call.video import OutgoingVideo
from call.view import view
from call.voice import OutgoingVoice
from call.wish_answers import unreachable
from call.wish_leg import Standing
from device.station.state import CallPhase, CallState, ConferencePhase, ConferenceState
from tests.call import wire
from tests.call.second import Face
from tests.call.stubs import ENCOUNTER, OTHER, Bell, Ears, MovingPictures, Snapshots, ToneMicrophone
from tests.call.stubs import TestClock as Clock
from tests.call.test_several import NOEL, ROOM, ROUX, Attentive, Higher, loud
from tests.call.whip.cart import QUICK, served
from tests.call.whip.mirror import Mirror
from tests.call.wire import carts, connected, reached

LONG = 40.0


@asynccontextmanager
async def meetings(tmp_path, monkeypatch):
    """A call with one doctor, and a server whose face is dark and whose tone is an octave higher."""
    monkeypatch.setattr(wire, "DoctorPeer", Attentive)
    mirror = Mirror()
    mirror.tracks = lambda: (Higher(), Face(60))
    async with served(mirror.application) as base:
        make = partial(Conference, Where(f"{base}/whip/a", f"{base}/whep/a"), folder=tmp_path, pace=QUICK)
        async with carts(tmp_path, make) as cart:
            cart.call.dial(ENCOUNTER, 0)
            page = await connected(cart)
            assert cart.call.state.conference.phase is ConferencePhase.CLOSED
            cart.call.open_conference()
            assert cart.call.state.conference.phase is ConferencePhase.OPENING
            await reached(cart, lambda state: state.conference.phase is ConferencePhase.OPEN, LONG)
            yield cart, page, mirror


def luma(mirror: Mirror) -> np.ndarray:
    return mirror.newest.to_ndarray(format="yuv420p")[: mirror.newest.height].astype(float)


async def test_it_sees_and_hears_the_bedside_and_is_heard_and_shown(tmp_path, monkeypatch):
    async with meetings(tmp_path, monkeypatch) as (cart, page, mirror):
        await mirror.bell.until(lambda: mirror.frames > 5 and luma(mirror).std() > 20, LONG)
        await mirror.bell.until(lambda: all(loud(mirror.heard, hertz) > 2500 for hertz in (ROOM, ROUX)), LONG)
        assert loud(mirror.heard, NOEL) < 1800
        await page.peer.until(lambda: loud(page.peer.heard, NOEL) > 2500, LONG)
        await cart.bell.until(lambda: loud(cart.ears.blocks, NOEL) > 2500, LONG)
        voice = next(one for one in page.peer.connection.getTransceivers() if one.kind == "audio")
        voice.sender.replaceTrack(None)
        await reached(cart, lambda state: state.conference.shown, LONG)
        await cart.bell.until(lambda: cart.ears.pictures[-1].i420[100, 100] < 100, LONG)
        assert cart.call.state.practitioner.name == page.name


async def test_the_lamps_are_true_of_it_too_and_it_goes_alone(tmp_path, monkeypatch):
    async with meetings(tmp_path, monkeypatch) as (cart, page, mirror):
        await page.peer.until(lambda: page.peer.of("view"))
        await cart.views.change(msgspec.structs.replace(cart.views.state, camera_on=False, microphone_on=False))
        await mirror.bell.until(lambda: mirror.frames > 0 and luma(mirror).std() < 3, LONG)
        await mirror.bell.until(lambda: loud(mirror.heard, ROOM) < 1800 and loud(mirror.heard, ROUX) > 2500, LONG)
        await cart.views.change(msgspec.structs.replace(cart.views.state, camera_on=True, microphone_on=True))
        legs = cart.call._meeting._conference.legs.values()
        await cart.bell.until(lambda: all(leg.standing.alive for leg in legs), LONG)
        cart.call.close_conference()
        assert cart.call.state.conference.phase is ConferencePhase.CLOSED
        await mirror.bell.until(lambda: mirror.open == {}, LONG)
        seen = page.peer.pictures
        await page.peer.until(lambda: page.peer.pictures > seen + 1, LONG)
        assert cart.call.state.phase is CallPhase.CONNECTED
        cart.call.open_conference()
        frames = mirror.frames
        await mirror.bell.until(lambda: mirror.frames > frames, LONG)


async def test_hanging_up_silences_it_at_once(tmp_path, monkeypatch):
    async with meetings(tmp_path, monkeypatch) as (cart, _, mirror):
        await mirror.bell.until(lambda: mirror.frames > 0, LONG)
        await cart.bell.until(lambda: loud(cart.ears.blocks, NOEL) > 2500, LONG)
        publication = cart.call._meeting._conference.legs["publish"]._peer._end
        cart.call.hang_up()
        assert publication._picture.readyState == "ended"
        assert {track.readyState for track in publication._sounds._tracks} == {"ended"}
        played = cart.ears.written
        assert cart.call.state.conference.phase is ConferencePhase.CLOSED
        await mirror.bell.until(lambda: mirror.open == {}, LONG)
        assert cart.ears.written == played


async def test_its_troubles_have_their_line_and_leave_the_call_alone(tmp_path):
    make = partial(Conference, Where("http://127.0.0.1:9/"), folder=tmp_path, pace=QUICK)
    async with carts(tmp_path, make) as cart:
        cart.call.open_conference()
        assert cart.call.state.conference.phase is ConferencePhase.CLOSED
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        cart.call.open_conference()
        await reached(cart, lambda state: state.conference.phase is ConferencePhase.CUT, LONG)
        assert "injoignable" in cart.call.state.conference.line
        seen = page.peer.pictures
        await page.peer.until(lambda: page.peer.pictures > seen + 1, LONG)
        assert cart.call.state.phase is CallPhase.CONNECTED
        assert page.peers == 1


class Fragile(Conference):
    """Fails as nobody foresaw."""

    async def run(self) -> None:
        raise RuntimeError("broken")


async def test_what_nobody_foresaw_leaves_the_call_alone_and_is_tried_again(tmp_path):
    make = partial(Fragile, Where("http://127.0.0.1:9/"), folder=tmp_path, pace=QUICK)
    async with carts(tmp_path, make) as cart:
        cart.call.dial(ENCOUNTER, 0)
        page = await connected(cart)
        cart.call.open_conference()
        await reached(cart, lambda state: state.conference.phase is ConferencePhase.CUT, LONG)
        assert "la refait" in cart.call.state.conference.line
        seen = page.peer.pictures
        await page.peer.until(lambda: page.peer.pictures > seen + 1, LONG)
        cart.call.close_conference()
        assert cart.call.state.conference.phase is ConferencePhase.CLOSED


class Lingering(Conference):
    """Takes its time to end: what it does is in ``did``."""

    did: ClassVar[list[str]] = []
    may_end: ClassVar[asyncio.Event]

    async def run(self) -> None:
        self.did.append("began")
        try:
            await asyncio.Event().wait()
        finally:
            await self.may_end.wait()
            self.did.append("ended")


async def turns() -> None:
    """More turns of the loop than anything takes that waits for nothing."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_one_that_is_opened_closed_and_opened_again_waits_until_the_first_is_deleted(monkeypatch):
    monkeypatch.setattr(Lingering, "did", did := [])
    monkeypatch.setattr(Lingering, "may_end", may_end := asyncio.Event(), raising=False)
    bell, views, ears = Bell(), Snapshots(), Ears()
    video, voice = OutgoingVideo(MovingPictures(), views), OutgoingVoice(ToneMicrophone(), views)

    async def choice() -> Choice:
        return Choice()

    meeting = Meeting(partial(Lingering, Where("http://127.0.0.1:9/")), choice, Clock(), bell.ring)
    guest = partial(Guest, video, voice, lambda: Incoming(ears, ears), bell.ring)
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            meeting.open(guest, group)
            await turns()
            assert did == ["began"]
            meeting.close()
        meeting.open(guest, group)
        await turns()
        assert did == ["began"]
        may_end.set()
        await turns()
        assert did == ["began", "ended", "began"]
        meeting.close()
    assert did == ["began", "ended"] * 2


async def test_without_a_server_there_is_nothing_to_open(tmp_path):
    async with carts(tmp_path) as cart:
        cart.call.dial(ENCOUNTER, 0)
        cart.call.open_conference()
        assert cart.call.state.conference.phase is ConferencePhase.ABSENT


DOWN = unreachable("test")


@pytest.mark.parametrize(
    ("publish", "receive", "phase"),
    [
        (Standing(), Standing(), ConferencePhase.OPENING),
        (Standing(dials=1), Standing(alive=True), ConferencePhase.OPENING),
        (Standing(alive=True, dials=1), Standing(), ConferencePhase.OPEN),
        (Standing(alive=True, dials=3), Standing(trouble=DOWN), ConferencePhase.OPEN),
        (Standing(trouble=DOWN, dials=1), Standing(alive=True), ConferencePhase.CUT),
    ],
)
def test_it_is_open_when_what_is_sent_arrives(publish, receive, phase):
    found, line = read({"publish": publish, "receive": receive})
    assert found is phase
    assert (line != "") == (DOWN in {publish.trouble, receive.trouble})


def test_a_doctors_view_says_that_it_listens_and_of_another_encounter_nothing():
    state = Snapshots().state
    for phase, told in ((ConferencePhase.ABSENT, ""), (ConferencePhase.CLOSED, ""), (ConferencePhase.CUT, "cut")):
        shown = msgspec.structs.replace(state, call=CallState(conference=ConferenceState(phase)))
        assert view(shown, Scope(ENCOUNTER, 0), 0, state.now).conference == told
        assert view(shown, Scope(OTHER, 0), 0, state.now).conference == ""
