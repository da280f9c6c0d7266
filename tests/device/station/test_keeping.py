# SPDX-License-Identifier: Apache-2.0
"""The stethoscope and imported files at the station: what is kept, in whose file, and what the end does."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

import pytest

from device import commands as c
from device import entry as e
from device.codes import Position
from device.errors import AudioError, DocumentError
from device.people import Operator, Practitioner
from device.station.state import ListeningPhase, ListeningState, WaitingDocument
from tests.device.station.conftest import CAMILLE, PAUL, Bench

DIALLO = Practitioner("p1", "Dr Diallo")
POSITION = Position.MITRAL


@dataclass
class Stethoscope:
    """A stethoscope's seam: what it is told, and a recording when it is stopped."""

    bench: Bench
    phase: ListeningPhase = ListeningPhase.READY
    kept: list[bool] = field(default_factory=list)
    broken: bool = False
    starting: asyncio.Event | None = None

    @property
    def state(self) -> ListeningState:
        return ListeningState(self.phase)

    async def start(self, position: Position) -> None:  # noqa: ARG002 - the seam's word
        if self.starting is not None:
            await self.starting.wait()
        self.phase = ListeningPhase.LISTENING
        self.bench.station.show_listening(self.state)

    async def stop(self, *, keep: bool) -> e.SoundRecorded | None:
        if self.phase is not ListeningPhase.LISTENING:
            return None
        self.phase = ListeningPhase.READY
        self.kept.append(keep)
        if self.broken:
            raise AudioError(9, "Le stéthoscope est en panne.", "broken")
        if not keep:
            return None
        now = self.bench.clock.now()
        return e.SoundRecorded("s", "S", POSITION, "a" * 64, "audio/flac", 9, 48000, 2.0, now)


@dataclass
class Inbox:
    """Files that wait."""

    bench: Bench
    waiting: tuple[WaitingDocument, ...] = ()
    damaged: bool = False

    async def attach(
        self,
        document: str,  # noqa: ARG002 - the seam's word
        what: Literal["ecg", "ultrasound", "document"],
        by: Operator,
    ) -> e.DocumentAttached:
        if self.damaged:
            raise DocumentError(9, "Ce document est illisible.", "damaged")
        now = self.bench.clock.now()
        return e.DocumentAttached("ECG", what, "b" * 64, "application/pdf", 9, 1, now, by)

    async def release(self, document: str) -> None:
        await self.discard(document)

    async def discard(self, document: str) -> None:
        self.waiting = tuple(one for one in self.waiting if one.id != document)
        self.bench.station.show_documents(self.waiting)


@pytest.fixture
async def stethoscope(bench: Bench) -> Stethoscope:
    found = Stethoscope(bench)
    bench.station.attach_ears(found)
    return found


@pytest.fixture
async def inbox(bench: Bench) -> Inbox:
    file = WaitingDocument("d1", "ecg.pdf", "application/pdf", 9, 1, bench.clock.now())
    found = Inbox(bench, (file,))
    bench.station.attach_inbox(found)
    return found


async def test_what_was_heard_is_kept_in_the_open_file(bench: Bench, stethoscope: Stethoscope):
    await bench.open()
    await bench.ok(c.StartAuscultation(POSITION))
    assert bench.station.state.listening.phase is ListeningPhase.LISTENING
    await bench.ok(c.StopAuscultation())
    (sound,) = bench.bodies(e.SoundRecorded)
    assert isinstance(sound, e.SoundRecorded)
    assert sound.position is POSITION
    file = bench.station.bedside.encounter
    assert file is not None
    assert [one.body for one in file.sounds] == [sound]
    await bench.ok(c.MarkEnteredInError(file.sounds[0].entry, "mauvais foyer"))
    file = bench.station.bedside.encounter
    assert file is not None
    assert file.sounds[0].in_error
    assert stethoscope.kept == [True]


async def test_what_is_thrown_away_leaves_no_entry(bench: Bench, stethoscope: Stethoscope):
    await bench.open()
    await bench.ok(c.StartAuscultation(POSITION), c.StopAuscultation(keep=False), c.StopAuscultation())
    assert not bench.bodies(e.SoundRecorded)
    assert stethoscope.kept == [False]


@pytest.mark.parametrize(
    "ending", [c.EndEncounter(), c.WithdrawConsent(), c.WrongPatient()], ids=["end", "withdraw", "wrong-patient"]
)
async def test_the_end_keeps_what_is_being_heard_first(bench: Bench, stethoscope: Stethoscope, ending: c.Command):
    await bench.open()
    await bench.ok(c.StartAuscultation(POSITION), ending)
    kinds = bench.kinds()
    assert "SoundRecorded" in kinds
    last = "ConsentWithdrawn" if isinstance(ending, c.WithdrawConsent) else "EncounterClosed"
    assert kinds.index("SoundRecorded") < kinds.index(last)
    assert ("EnteredInError" in kinds) is isinstance(ending, c.WrongPatient)
    assert stethoscope.phase is ListeningPhase.READY


async def test_a_broken_stethoscope_does_not_hold_up_the_end_and_the_loss_is_written(
    bench: Bench, stethoscope: Stethoscope
):
    await bench.open()
    stethoscope.broken = True
    await bench.ok(c.StartAuscultation(POSITION), c.EndEncounter())
    (incident,) = bench.bodies(e.Incident)
    assert isinstance(incident, e.Incident)
    assert incident.what == "sound-lost"
    assert "EncounterClosed" in bench.kinds()


async def test_listening_that_begins_as_the_encounter_ends_is_stopped(bench: Bench, stethoscope: Stethoscope):
    await bench.open()
    stethoscope.starting = asyncio.Event()
    asked = asyncio.create_task(bench.do(c.StartAuscultation(POSITION)))
    await asyncio.sleep(0)
    await bench.ok(c.EndEncounter())
    stethoscope.starting.set()
    assert (await asked).code == "CMD-12"
    assert stethoscope.kept == [False]
    assert stethoscope.phase is ListeningPhase.READY


async def test_nobody_listens_without_an_identity_and_a_consent_and_a_doctor_asks_by_text(
    bench: Bench, stethoscope: Stethoscope
):
    await bench.ok(c.SignIn("camille", "123456"))
    assert (await bench.do(c.StartAuscultation(POSITION))).code == "CMD-20"
    await bench.ok(c.OpenEncounter(PAUL))
    assert (await bench.do(c.StartAuscultation(POSITION))).code == "CMD-24"
    await bench.ok(c.ConfirmIdentity())
    assert (await bench.do(c.StartAuscultation(POSITION))).code == "CMD-25"
    await bench.ok(c.GiveConsent(e.ConsentForm.ORAL))
    assert (await bench.do(c.StartAuscultation(POSITION), by=DIALLO)).code == "CMD-91"
    assert stethoscope.phase is ListeningPhase.READY


async def test_a_cart_without_them_says_so(bench: Bench):
    await bench.open()
    assert (await bench.do(c.StartAuscultation(POSITION))).code == "CMD-63"
    assert (await bench.do(c.StopAuscultation())).ok
    assert (await bench.do(c.AttachDocument("d1", "ecg"))).code == "CMD-64"
    assert (await bench.do(c.DiscardDocument("d1"))).code == "CMD-64"


async def test_a_document_is_attached_by_the_operator_and_waits_no_more(bench: Bench, inbox: Inbox):
    await bench.open()
    assert [one.id for one in bench.station.state.documents] == ["d1"]
    await bench.ok(c.AttachDocument("d1", "ecg"))
    (attached,) = bench.bodies(e.DocumentAttached)
    assert isinstance(attached, e.DocumentAttached)
    assert (attached.what, attached.by) == ("ecg", CAMILLE)
    assert inbox.waiting == bench.station.state.documents == ()


async def test_a_document_that_cannot_be_read_waits_on(bench: Bench, inbox: Inbox):
    await bench.open()
    inbox.damaged = True
    assert (await bench.do(c.AttachDocument("d1", "ecg"))).code == "DOC-09"
    assert [one.id for one in inbox.waiting] == ["d1"]
    assert not bench.bodies(e.DocumentAttached)


async def test_a_document_is_nobodys_before_the_patient_is_identified_but_may_be_put_away(bench: Bench, inbox: Inbox):
    await bench.ok(c.SignIn("camille", "123456"))
    assert (await bench.do(c.AttachDocument("d1", "ecg"))).code == "CMD-20"
    await bench.ok(c.OpenEncounter(PAUL))
    assert (await bench.do(c.AttachDocument("d1", "ecg"))).code == "CMD-24"
    assert [one.id for one in inbox.waiting] == ["d1"]
    await bench.ok(c.DiscardDocument("d1"))
    assert inbox.waiting == ()
