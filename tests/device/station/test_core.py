# SPDX-License-Identifier: Apache-2.0
"""The station: commands become entries, entries become the state, and what must follow follows."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from device import commands as c
from device import entry as e
from device.codes import Metric, Site
from device.encounter import replay
from device.people import Practitioner
from device.station.state import CallPhase, CallState, DoctorState, State
from tests.device.station.conftest import CAMILLE, JEANNE, PAUL, SECONDS, Bench, make, oximeter

DIALLO = Practitioner("p1", "Dr Diallo")


async def until(bench: Bench, holds: object) -> State:
    """The first state for which ``holds``."""
    async with asyncio.timeout(SECONDS):
        async for state in bench.station.changes():
            if holds(state):  # type: ignore[operator]
                return state
    raise AssertionError


async def test_three_commands_after_the_patient_and_the_doctor_is_called(bench: Bench):
    await bench.open()
    await bench.ok(c.CallDoctor())
    assert bench.kinds() == ["EncounterOpened", "IdentityConfirmed", "ConsentGiven", "CallRequested"]
    file = bench.station.state.encounter
    assert file is not None
    assert bench.call.told == [("dial", file.id, 0)]
    assert file.call_requested


async def test_a_request_asked_twice_is_done_once(bench: Bench):
    await bench.open()
    first, second = await asyncio.gather(
        bench.station.submit("same", c.ShowText("Respirez fort")), bench.station.submit("same", c.ShowText("Autre"))
    )
    assert first == second
    assert bench.bodies(e.TextShown) == [e.TextShown("Respirez fort", "Camille Morel", "operator")]


async def test_nothing_is_done_before_somebody_signed_in(bench: Bench):
    reply = await bench.do(c.OpenEncounter(JEANNE))
    assert (reply.ok, reply.code) == (False, "CMD-10")
    assert bench.station.residents() == ()
    await bench.ok(c.SignIn("camille", "123456"))
    assert len(bench.station.residents()) == 2


async def test_a_doctor_may_not_do_what_is_the_nurses(bench: Bench):
    await bench.open()
    for command in (c.EndEncounter(), c.SignOut(), c.WrongPatient(), c.AdmitDoctor("p2")):
        reply = await bench.do(command, by=DIALLO)
        assert (reply.ok, reply.code) == (False, "CMD-91")
    assert (await bench.do(c.ShowText("Ouvrez la bouche"), by=DIALLO)).ok
    state = await until(bench, lambda state: state.text is not None)
    assert state.text is not None
    assert state.text.by == "Dr Diallo"


async def test_withdrawing_consent_hangs_up_at_once(bench: Bench):
    await bench.open()
    await bench.ok(c.CallDoctor())
    bench.call.told.clear()
    await bench.ok(c.WithdrawConsent())
    assert bench.call.told == [("hang-up",)]
    assert (await bench.do(c.CallDoctor())).ok is False


async def test_a_still_is_kept_before_its_entry_and_names_its_source(bench: Bench):
    await bench.open()
    await bench.ok(c.ChooseCamera("otoscope"), c.Capture(Site.RIGHT_EAR))
    (capture,) = bench.bodies(e.CaptureTaken)
    assert isinstance(capture, e.CaptureTaken)
    assert (capture.camera, capture.site, capture.width) == ("otoscope", Site.RIGHT_EAR, 1600)
    assert bench.attachments.get(capture.sha256).startswith(b"\xff\xd8")
    assert (await bench.do(c.Capture(Site.ROOM))).code == "CMD-42"


async def test_a_still_that_comes_after_the_end_is_not_written(bench: Bench):
    await bench.open()
    bench.eyes.room.slow = asyncio.Event()
    asked = asyncio.create_task(bench.do(c.Capture(Site.ROOM)))
    await asyncio.sleep(0)
    await bench.ok(c.EndEncounter())
    bench.eyes.room.slow.set()
    assert (await asked).code == "CMD-12"
    assert not bench.bodies(e.CaptureTaken)


async def test_another_camera_lets_a_frozen_picture_go(bench: Bench):
    await bench.open()
    await bench.ok(c.Freeze(frozen=True))
    assert bench.eyes.room.held
    await bench.ok(c.ChooseCamera("otoscope"))
    assert not bench.eyes.room.held
    assert not bench.station.state.frozen
    assert (await bench.do(c.ChooseCamera("none"))).code == "CMD-41"


async def test_a_live_number_is_recorded_and_answers_the_doctors_request(bench: Bench):
    await bench.open()
    assert (await bench.do(c.AskMeasurement(Metric.TEMPERATURE), by=DIALLO)).ok
    assert bench.station.state.asked is Metric.TEMPERATURE
    bench.intake.arrive(bench.live(Metric.TEMPERATURE, "37.4"))
    await bench.intake.settle()
    (recorded,) = bench.bodies(e.MeasurementRecorded)
    assert isinstance(recorded, e.MeasurementRecorded)
    assert recorded.measurements[0].value == Decimal("37.4")
    assert bench.station.state.asked is None


async def test_a_failed_measurement_is_shown_and_not_recorded(bench: Bench):
    await bench.open()
    bench.intake.arrive(bench.live(Metric.TEMPERATURE, None))
    await bench.intake.settle()
    (live,) = bench.station.state.live
    assert live.measurement.value is None
    assert not bench.bodies(e.MeasurementRecorded)
    bench.intake.arrive(bench.live(Metric.TEMPERATURE, "37.4"))
    assert bench.station.state.live == ()


async def test_a_stream_is_shown_recorded_once_steady_and_kept_as_a_trace(bench: Bench):
    await bench.open()
    for _ in range(12):
        bench.intake.arrive(oximeter(bench))
        bench.clock.forward(1)
    await bench.intake.settle()
    assert len(bench.bodies(e.MeasurementRecorded)) == 1
    assert sum(len(body.samples) for body in bench.bodies(e.TraceRecorded)) == 24  # type: ignore[union-attr]
    assert {one.linked for one in bench.station.state.live} == {True}
    bench.intake.unlink("oxy")
    assert {one.linked for one in bench.station.state.live} == {False}
    bench.intake.arrive(oximeter(bench))
    assert {one.linked for one in bench.station.state.live} == {True}


async def test_nothing_of_one_patient_is_shown_to_the_next(bench: Bench):
    await bench.open()
    bench.intake.arrive(oximeter(bench))
    await bench.ok(c.ShowText("Bonjour"), c.EndEncounter())
    assert (bench.station.state.live, bench.station.state.text) == ((), None)
    await bench.ok(c.CloseFile())
    assert bench.station.state.encounter is None
    bench.intake.arrive(oximeter(bench))
    assert bench.station.state.live == ()
    await bench.ok(c.OpenEncounter(PAUL), c.ConfirmIdentity())
    assert bench.station.state.live == ()


async def test_what_came_before_the_end_belongs_to_the_encounter_that_ends(bench: Bench):
    await bench.open()
    bench.intake.arrive(bench.live(Metric.TEMPERATURE, "36.9"))
    await bench.ok(c.EndEncounter())
    assert bench.kinds()[-2:] == ["MeasurementRecorded", "EncounterClosed"]


async def test_a_doctor_who_comes_and_goes_is_in_the_file(bench: Bench):
    await bench.open()
    await bench.ok(c.CallDoctor())
    bench.station.show_call(CallState(CallPhase.CONNECTED, practitioner=DIALLO))
    bench.station.show_call(CallState(CallPhase.INTERRUPTED, practitioner=DIALLO))
    bench.station.show_call(CallState(CallPhase.WAITING))
    await bench.intake.settle()
    assert bench.kinds()[-2:] == ["PractitionerJoined", "PractitionerLeft"]


async def test_of_several_doctors_each_comes_and_goes_once_whoever_is_shown(bench: Bench):
    other = Practitioner("p2", "Dr Noël")
    await bench.open()
    await bench.ok(c.CallDoctor())
    bench.station.show_call(CallState(CallPhase.CONNECTED, practitioner=DIALLO))
    bench.station.show_call(CallState(CallPhase.CONNECTED, practitioner=DIALLO, others=(DoctorState(other),)))
    bench.station.show_call(CallState(CallPhase.CONNECTED, practitioner=other, others=(DoctorState(DIALLO),)))
    bench.station.show_call(CallState(CallPhase.CONNECTED, practitioner=other))
    bench.station.show_call(CallState())
    await bench.intake.settle()
    who = [(type(body).__name__, body.practitioner) for body in bench.bodies(e.PractitionerJoined | e.PractitionerLeft)]
    assert who == [
        ("PractitionerJoined", DIALLO),
        ("PractitionerJoined", other),
        ("PractitionerLeft", DIALLO),
        ("PractitionerLeft", other),
    ]


@pytest.mark.parametrize(("seconds", "written"), [(2.0, 0), (20.0, 1)])
async def test_a_cut_worth_it_is_an_incident_of_the_file(bench: Bench, seconds: float, written: int):
    await bench.open()
    for online in (True, False):
        bench.station.show_online(online)
    bench.clock.forward(seconds)
    bench.station.show_online(online=True)
    await bench.intake.settle()
    incidents = bench.bodies(e.Incident)
    assert len(incidents) == written
    assert all(isinstance(one, e.Incident) and one.seconds == seconds for one in incidents)


async def test_f43_a_restart_takes_the_open_file_up_and_dials_again(bench: Bench, tmp_path: Path):
    await bench.open()
    await bench.ok(c.CallDoctor())
    before = bench.station.state
    again = make(tmp_path, bench.clock, bench.journal)
    again.station.resume(replay(bench.journal.after(0)))
    state = again.station.state
    assert (state.encounter, state.operator) == (before.encounter, CAMILLE)
    assert before.encounter is not None
    assert again.call.told == [("dial", before.encounter.id, 0)]
    writing = asyncio.create_task(again.station.writer.run())
    await again.intake.settle()
    assert bench.kinds()[-1] == "Incident"
    writing.cancel()
