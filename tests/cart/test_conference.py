# SPDX-License-Identifier: Apache-2.0
"""The ``[conference]`` of a cart.toml, in the real chevet-device: let in, seen, marked, and gone without a trace."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import av
import numpy as np
import pytest

from cart.demo import story
from cart.demo.world import World
from device import commands as c
from device.entry import ConferenceClosed, ConferenceOpened, ConsentForm, Entry, Incident
from device.station.client import StationClient
from device.station.state import CallPhase, ConferencePhase, State
from tests.call.second import DoctorPeer
from tests.call.whip.cart import BEARER, served
from tests.call.whip.sfu import VP8, Sfu
from tests.call.wire import Page
from tests.cart.whole import JEANNE
from virtual.whip.endpoint import SDP, Front
from virtual.whip.janus import Janus

LONG = 60.0
SECONDS = 30.0


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[tuple[Sfu, Front, str]]:
    """A real Janus, its endpoints, and their address."""
    (folder := tmp_path / "sfu").mkdir()
    sfu = Sfu(folder)
    try:
        await sfu.start()
        front = Front(sfu.url, BEARER)
        async with served(front.application) as base:
            yield sfu, front, base
    finally:
        await sfu.kill()


@asynccontextmanager
async def cart(folder: Path, base: str) -> AsyncIterator[World]:
    """The town's server and the cart's device process, whose conference is at ``base``."""
    world = World(folder / "world")
    world.write()
    (world.config / "conference.token").write_text(f"{BEARER}\n")
    section = f'publish = "{base}/whip/{VP8}"\nreceive = "{base}/whep/{VP8}"\ntoken_file = "conference.token"\n'
    with (world.config / "cart.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[conference]\n{section}")
    try:
        await world.start_town()
        await world.start_program("device", "--virtual")
        await world.ready(LONG)
        yield world
    finally:
        await world.stop()


@asynccontextmanager
async def called(client: StationClient) -> AsyncIterator[Page]:
    """Jeanne's file, her consent, and a doctor who sees her."""
    for command in (
        c.SignIn("camille", story.PIN),
        c.OpenEncounter(JEANNE),
        c.ConfirmIdentity(),
        c.GiveConsent(ConsentForm.ORAL),
        c.CallDoctor(),
    ):
        assert (await client.request(command)).ok
    state = await client.until(lambda state: state.call.code != "", SECONDS)
    assert state.call.conference.phase is ConferencePhase.CLOSED
    page = Page(state.call.link.partition("/d/")[0], state.call.link)
    try:
        await page.join(state.call.code)
        state = await client.until(lambda state: bool(state.call.knocking), SECONDS)
        assert (await client.request(c.AdmitDoctor(state.call.knocking[0].peer))).ok
        await client.until(lambda state: state.call.phase is CallPhase.CONNECTED, SECONDS)
        yield page
    finally:
        await page.close()


@asynccontextmanager
async def viewer(base: str) -> AsyncIterator[DoctorPeer]:
    """Somebody in the conference, who plays it by WHEP: Janus offers, so what is posted is not even looked at."""
    peer, token = DoctorPeer(), {"Authorization": f"Bearer {BEARER}"}
    async with aiohttp.ClientSession(base, headers={**token, "Content-Type": SDP}) as http:
        async with http.post(f"/whep/{VP8}", data="v=0\r\n") as answer:
            assert answer.status == 406
            place, offer = answer.headers["Location"], await answer.text()
        try:
            async with http.patch(place, data=await peer.answer(offer)) as answer:
                assert answer.status == 204
            yield peer
        finally:
            await peer.close()
            async with http.delete(place) as answer:
                assert answer.status in {200, 404}


def luma(picture: av.VideoFrame) -> np.ndarray:
    """The picture in grey, 40×20."""
    return picture.reformat(40, 20, "gray").to_ndarray().astype(float)


def alike(one: DoctorPeer, other: DoctorPeer) -> bool:
    """Whether both see the same scene."""
    if one.newest is None or other.newest is None:
        return False
    return float(np.corrcoef(luma(one.newest).ravel(), luma(other.newest).ravel())[0, 1]) > 0.9


async def written(client: StationClient) -> list[Entry]:
    """Every entry of the journal."""
    found: list[Entry] = []
    newest = (await client.until(lambda _: True, SECONDS)).newest
    client.read(0, found.append)
    await client.until(lambda _: bool(found) and found[-1].sequence >= newest, SECONDS)
    return found


async def people(sfu: Sfu) -> list[object]:
    """Who is in the room, as Janus says."""
    janus = Janus(sfu.url)
    await janus.open()
    try:
        found = await janus.message(await janus.attach(), {"request": "listparticipants", "room": VP8})
    finally:
        await janus.close()
    return list(found["participants"])


def standing(phase: ConferencePhase):
    def holds(state: State) -> bool:
        return state.call.conference.phase is phase

    return holds


@pytest.mark.slow
async def test_an_operator_lets_it_in_it_sees_the_bedside_and_its_end_leaves_nothing(tmp_path, server):
    sfu, front, base = server
    async with cart(tmp_path, base) as world, StationClient.connect(world.socket) as client:
        async with called(client) as page:
            assert (await client.request(c.OpenConference())).ok
            await client.until(standing(ConferencePhase.OPEN), SECONDS)
            await page.peer.until(lambda: page.peer.view.get("conference") == "open", SECONDS)
            async with viewer(base) as seen:
                await seen.until(lambda: seen.pictures > 5 and alike(seen, page.peer), SECONDS)
                assert (await client.request(c.SetCamera(on=False))).ok
                await seen.until(lambda: luma(seen.newest).std() < 3, SECONDS)
                assert (await client.request(c.SetCamera(on=True))).ok
                await seen.until(lambda: alike(seen, page.peer), SECONDS)
                assert (await client.request(c.CloseConference())).ok
                await client.until(standing(ConferencePhase.CLOSED), SECONDS)
                await page.peer.until(lambda: page.peer.view.get("conference") == "", SECONDS)
                pictures = page.peer.pictures
                await page.peer.until(lambda: page.peer.pictures > pictures + 3, SECONDS)
        bodies = [entry.body for entry in await written(client)]
        kinds = [type(body) for body in bodies if isinstance(body, ConferenceOpened | ConferenceClosed | Incident)]
        assert kinds == [ConferenceOpened, ConferenceClosed]
        assert "device" not in world.processes.restarts
        assert await people(sfu) == []
    assert front.sessions == {}
    assert not list(world.state.glob("conference-*"))
