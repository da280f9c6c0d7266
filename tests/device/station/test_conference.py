# SPDX-License-Identifier: Apache-2.0
"""Nobody is shown to a room of people but by the operator, and it ends before anything else does."""

import asyncio

import pytest

from device import commands as c
from device import entry as e
from device.people import Practitioner
from device.station.state import CallPhase, CallState, ConferencePhase, ConferenceState
from tests.device.station.conftest import CAMILLE, HandClock, make

DIALLO = Practitioner("p1", "Dr Diallo")
OPEN, CLOSE = ("open-conference",), ("close-conference",)


def show(bench, phase: ConferencePhase) -> None:
    conference = ConferenceState(phase, bench.clock.now())
    bench.station.show_call(CallState(CallPhase.CONNECTED, practitioner=DIALLO, conference=conference))


async def calling(bench) -> None:
    await bench.open()
    await bench.ok(c.CallDoctor())
    show(bench, ConferencePhase.CLOSED)


async def written(bench) -> list[object]:
    await bench.station.writer.settled()
    kinds = e.ConferenceOpened | e.ConferenceClosed | e.CallEnded | e.ConsentWithdrawn
    return [entry.body for entry in bench.journal.after(0) if isinstance(entry.body, kinds)]


async def test_the_operator_opens_and_closes_it_once_and_the_file_says_who(bench):
    await calling(bench)
    await bench.ok(c.OpenConference(), c.OpenConference(), c.CloseConference(), c.CloseConference())
    assert await written(bench) == [e.ConferenceOpened(CAMILLE), e.ConferenceClosed(CAMILLE)]
    assert bench.call.told[1:] == [OPEN, OPEN, CLOSE, CLOSE]
    await bench.ok(c.OpenConference())
    assert bench.call.told[-1] == OPEN


async def test_a_doctor_may_neither_open_nor_close_it(bench):
    await calling(bench)
    assert (await bench.do(c.OpenConference(), by=DIALLO)).code == "CMD-91"
    await bench.ok(c.OpenConference())
    assert (await bench.do(c.CloseConference(), by=DIALLO)).code == "CMD-91"
    assert bench.call.told[1:] == [OPEN]


async def test_it_needs_a_server_a_consent_and_a_call(bench):
    await bench.open()
    assert (await bench.do(c.OpenConference())).code == "CMD-76"
    show(bench, ConferencePhase.CLOSED)
    assert (await bench.do(c.OpenConference())).code == "CMD-27"
    await bench.ok(c.WithdrawConsent())
    assert (await bench.do(c.OpenConference())).code == "CMD-25"
    assert OPEN not in bench.call.told


@pytest.mark.parametrize("ending", [c.HangUp(), c.EndEncounter(), c.WithdrawConsent(), c.WrongPatient()])
async def test_whatever_ends_the_call_ends_it_first_and_is_written(bench, ending):
    await calling(bench)
    await bench.ok(c.OpenConference(), ending)
    assert list(dict.fromkeys(bench.call.told[1:])) == [OPEN, CLOSE, ("hang-up",)]
    kept = [one for one in await written(bench) if not isinstance(one, e.ConsentWithdrawn)]
    assert kept == [e.ConferenceOpened(CAMILLE), e.ConferenceClosed(CAMILLE), e.CallEnded(CAMILLE)]
    assert not bench.station.bedside.encounter or not bench.station.bedside.encounter.conference


async def test_it_is_silent_before_what_instruments_brought_is_waited_for(bench):
    await calling(bench)
    await bench.ok(c.OpenConference())
    silent: list[bool] = []

    async def settle() -> None:
        silent.append(CLOSE in bench.call.told)

    bench.station.settle = settle
    await bench.ok(c.EndEncounter())
    assert silent == [True]


async def test_after_a_restart_it_is_not_opened_again_and_the_file_says_that_it_ended(bench, tmp_path):
    await calling(bench)
    await bench.ok(c.OpenConference())
    again = make(tmp_path, HandClock(), bench.journal)
    again.station.resume(bench.station.bedside)
    assert OPEN not in again.call.told
    writing = asyncio.create_task(again.station.writer.run())
    assert await written(again) == [e.ConferenceOpened(CAMILLE), e.ConferenceClosed()]
    writing.cancel()
    await asyncio.wait((writing,))


async def test_a_long_cut_is_an_incident_and_a_short_one_is_not(bench):
    await calling(bench)
    for seconds in (4.0, 7.0):
        show(bench, ConferencePhase.CUT)
        bench.clock.forward(seconds)
        show(bench, ConferencePhase.OPEN)
    await bench.station.writer.settled()
    cuts = [one for one in bench.bodies(e.Incident) if one.what == "conference-cut"]
    assert [one.seconds for one in cuts] == [7.0]
