# SPDX-License-Identifier: Apache-2.0
"""How near the doctor looks: who may say it, what becomes of it, when it is over."""

import msgspec
import pytest

from device import commands as c
from device.people import Practitioner
from device.region import WHOLE, Region
from device.station.state import CallPhase, CallState, DoctorState, Zoom
from device.station.zoom import nameless
from tests.device.station.conftest import Bench

DIALLO, NOEL = Practitioner("p1", "Dr Diallo"), Practitioner("p2", "Dr Noël")
CORNER = c.ZoomPicture(0.5, 0.25, 0.25)


@pytest.fixture
async def called(bench: Bench) -> Bench:
    """A call with two doctors."""
    await bench.open()
    bench.station.show_call(CallState(CallPhase.CONNECTED, practitioner=DIALLO, others=(DoctorState(NOEL),)))
    return bench


async def test_a_doctor_looks_nearer_and_the_state_says_which_part_and_whose_wish(called: Bench) -> None:
    assert (await called.do(CORNER, by=DIALLO)).ok
    assert called.station.state.zoom == Zoom(1, Region(0.5, 0.25, 0.25, 0.25), "Dr Diallo", "p1")
    assert nameless(called.station.state.zoom).peer == ""
    assert (await called.do(c.ZoomPicture(0, 0, 1), by=DIALLO)).ok
    assert called.station.state.zoom == Zoom(2)
    assert (await called.do(c.ZoomPicture(0, 0, 1), by=DIALLO)).ok
    assert called.station.state.zoom == Zoom(2), "whole already"


async def test_the_last_wish_wins_the_operators_too(called: Bench) -> None:
    await called.do(CORNER, by=DIALLO)
    await called.do(c.ZoomPicture(0, 0, 0.5), by=NOEL)
    assert called.station.state.zoom.by == "Dr Noël"
    await called.ok(c.ZoomPicture(0.5, 0.5, 0.5))
    assert called.station.state.zoom == Zoom(3, Region(0.5, 0.5, 0.5, 0.5), "Camille Morel", "")


async def test_what_is_no_part_of_the_picture_is_refused_and_changes_nothing(called: Bench) -> None:
    await called.do(CORNER, by=DIALLO)
    before = called.station.state.zoom
    for wrong in ((0.9, 0, 0.5), (0, 0, 0.01), (float("nan"), 0, 0.5), (0, 0, float("inf"))):
        reply = await called.do(c.ZoomPicture(*wrong), by=DIALLO)
        assert (reply.ok, reply.code) == (False, "CMD-75")
    assert called.station.state.zoom == before
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"command": "zoom-picture", "x": -1, "y": 0, "width": 0.5}, c.ZoomPicture)


async def test_a_doctor_who_is_not_in_the_call_zooms_nothing(called: Bench) -> None:
    reply = await called.do(CORNER, by=Practitioner("p3", "Dr Inconnu"))
    assert (reply.ok, reply.code) == (False, "CMD-69")
    assert called.station.state.zoom == Zoom()


async def test_it_is_over_with_another_camera(called: Bench) -> None:
    await called.do(CORNER, by=DIALLO)
    await called.ok(c.ChooseCamera("room"))
    assert not called.station.state.zoom.region.whole, "the same one"
    await called.ok(c.ChooseCamera("otoscope"))
    assert called.station.state.zoom == Zoom(2)


async def test_a_frozen_picture_is_looked_at_from_near_too(called: Bench) -> None:
    await called.ok(c.Freeze(frozen=True))
    await called.do(CORNER, by=DIALLO)
    assert called.station.state.frozen
    await called.ok(c.Freeze(frozen=False))
    assert called.station.state.zoom.region == Region(0.5, 0.25, 0.25, 0.25)


async def test_it_is_over_when_the_doctor_who_wished_it_leaves_and_not_when_another_does(called: Bench) -> None:
    await called.do(CORNER, by=DIALLO)
    called.station.show_call(CallState(CallPhase.CONNECTED, practitioner=DIALLO))
    assert not called.station.state.zoom.region.whole
    called.station.show_call(CallState(CallPhase.INTERRUPTED, practitioner=DIALLO))
    assert not called.station.state.zoom.region.whole, "a cut is no leave"
    called.station.show_call(CallState(CallPhase.WAITING))
    assert called.station.state.zoom == Zoom(2, WHOLE)


async def test_it_is_over_with_the_encounter(called: Bench) -> None:
    await called.ok(CORNER)
    await called.ok(c.EndEncounter())
    assert called.station.state.zoom == Zoom(2)
