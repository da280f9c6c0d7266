# SPDX-License-Identifier: Apache-2.0
"""The doctor asks for the microphone: only a touch at the bedside turns it."""

import asyncio

import pytest

from device import commands as c
from device import entry as e
from device.people import Practitioner
from device.station.pleas import Pleas
from device.station.state import CallPhase, CallState, MicrophoneRequest
from tests.device.station.conftest import CAMILLE, SECONDS, Bench

DIALLO = Practitioner("p1", "Dr Diallo")


async def called(bench: Bench, *, on: bool = True) -> None:
    """In a call with a doctor; the microphone as the bedside left it."""
    await bench.open()
    await bench.ok(c.CallDoctor(), c.SetMicrophone(on))
    bench.station.show_call(CallState(CallPhase.CONNECTED, practitioner=DIALLO))


def request(bench: Bench) -> MicrophoneRequest:
    found = bench.station.state.microphone_request
    assert found is not None
    return found


async def written(bench: Bench) -> list[object]:
    """What the journal says of requests, once all is written."""
    await bench.station.writer.settled()
    return list(bench.bodies(e.MicrophoneAsked))


@pytest.mark.parametrize("on", [True, False])
async def test_nothing_turns_before_the_touch_and_then_it_does(bench: Bench, on: bool):
    await called(bench, on=not on)
    assert (await bench.do(c.AskMicrophone(on), by=DIALLO)).ok
    assert bench.station.state.microphone_on is not on
    assert (request(bench).on, request(bench).answer) == (on, "")
    await bench.ok(c.AnswerMicrophone(request(bench).id, agree=True))
    assert bench.station.state.microphone_on is on
    assert request(bench).answer == "granted"
    assert await written(bench) == [e.MicrophoneAsked(on, DIALLO, "granted", CAMILLE)]


async def test_a_refusal_changes_nothing_and_is_told_and_kept(bench: Bench):
    await called(bench)
    await bench.do(c.AskMicrophone(on=False), by=DIALLO)
    await bench.ok(c.AnswerMicrophone(request(bench).id, agree=False))
    assert bench.station.state.microphone_on
    assert request(bench).answer == "refused"
    assert await written(bench) == [e.MicrophoneAsked(on=False, by=DIALLO, answer="refused", operator=CAMILLE)]


async def test_one_waits_at_a_time_and_what_is_so_already_is_not_asked(bench: Bench):
    await called(bench)
    assert (await bench.do(c.AskMicrophone(on=True), by=DIALLO)).code == "CMD-67"
    assert (await bench.do(c.AskMicrophone(on=False), by=DIALLO)).ok
    assert (await bench.do(c.AskMicrophone(on=False), by=Practitioner("p2", "Dr Noël"))).code == "CMD-66"


async def test_no_request_without_consent_nor_by_the_bedside_itself(bench: Bench):
    await bench.ok(c.SignIn("camille", "123456"))
    assert (await bench.do(c.AskMicrophone(on=False), by=DIALLO)).code == "CMD-20"
    await bench.open()
    await bench.ok(c.WithdrawConsent())
    assert (await bench.do(c.AskMicrophone(on=False), by=DIALLO)).code == "CMD-25"
    await bench.ok(c.GiveConsent(e.ConsentForm.ORAL))
    assert (await bench.do(c.AskMicrophone(on=False))).code == "CMD-36"
    assert bench.station.state.microphone_request is None


async def test_a_doctor_cannot_answer_nor_turn_it_and_an_old_answer_counts_for_nothing(bench: Bench):
    await called(bench)
    await bench.do(c.AskMicrophone(on=False), by=DIALLO)
    first = request(bench).id
    for command in (c.AnswerMicrophone(first, agree=True), c.SetMicrophone(on=False)):
        assert (await bench.do(command, by=DIALLO)).code == "CMD-91"
    await bench.ok(c.AnswerMicrophone(first, agree=False))
    await bench.do(c.AskMicrophone(on=False), by=DIALLO)
    assert (await bench.do(c.AnswerMicrophone(first, agree=True))).code == "CMD-68"
    assert bench.station.state.microphone_on


async def test_who_turns_it_by_hand_has_granted_it(bench: Bench):
    await called(bench)
    await bench.do(c.AskMicrophone(on=False), by=DIALLO)
    await bench.ok(c.SetMicrophone(on=False))
    assert request(bench).answer == "granted"
    assert len(await written(bench)) == 1


async def test_a_doctor_who_leaves_and_an_encounter_that_ends_take_the_request_away(bench: Bench):
    await called(bench)
    await bench.do(c.AskMicrophone(on=False), by=DIALLO)
    bench.station.show_call(CallState(CallPhase.WAITING))
    assert request(bench).answer == "expired"
    bench.station.show_call(CallState(CallPhase.CONNECTED, practitioner=DIALLO))
    await bench.do(c.AskMicrophone(on=False), by=DIALLO)
    await bench.ok(c.EndEncounter())
    assert bench.station.state.microphone_request is None
    assert bench.station.state.microphone_on


async def test_without_an_answer_it_is_over_by_itself_and_then_forgotten(bench: Bench):
    await called(bench)
    noted: list[e.Body] = []
    pleas = Pleas(bench.station, bench.clock, noted.append, expires=0.05, shown=0.05)
    pleas.ask(on=False, by=DIALLO)
    seen: list[str | None] = []
    async with asyncio.timeout(SECONDS):
        async for state in bench.station.changes():
            shown = state.microphone_request
            seen.append(None if shown is None else shown.answer)
            if shown is None and "expired" in seen:
                break
    assert [one for index, one in enumerate(seen) if index == 0 or one != seen[index - 1]][-3:] == ["", "expired", None]
    assert noted == [e.MicrophoneAsked(on=False, by=DIALLO, answer="expired")]
    assert bench.station.state.microphone_on
