# SPDX-License-Identifier: Apache-2.0
"""The station with a real stethoscope bus, inbox and room, over virtual sound and real files."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from device import commands as c
from device.audio import BLOCK
from device.audio.auscultation import Auscultation
from device.audio.metered import Metered
from device.audio.room import Room
from device.clock import SystemClock
from device.codes import Position
from device.documents.folder import Folder
from device.documents.inbox import Inbox
from device.entry import DocumentAttached, SoundRecorded
from device.sound import ListeningPhase, Trial
from tests.device.documents import samples
from tests.device.station.conftest import CAMILLE, JEANNE, PAUL, SECONDS, Bench
from virtual.auscultation import chest
from virtual.sounds import VirtualLoudspeaker, VirtualMicrophone


class Ward(NamedTuple):
    """A bench with its instruments."""

    bench: Bench
    stethoscope: VirtualMicrophone
    inbox: Inbox
    folder: Path

    async def until(self, phase: ListeningPhase) -> None:
        async with asyncio.timeout(SECONDS):
            async for state in self.bench.station.changes():
                if state.listening.phase is phase:
                    return

    async def refused(self, command: c.Command) -> str:
        reply = await self.bench.do(command)
        assert not reply.ok
        return reply.code


@pytest.fixture
async def ward(bench: Bench, tmp_path: Path) -> AsyncIterator[Ward]:
    station, made = bench.station, []

    def plug(told) -> VirtualMicrophone:
        made.append(VirtualMicrophone(chest(), told))
        return made[0]

    ears = Auscultation(
        plug,
        label="Stéthoscope",
        clock=bench.clock,
        attachments=bench.attachments,
        folder=tmp_path / "recordings",
        ring=tmp_path / "stethoscope.levels",
        on_change=station.show_listening,
    )
    inbox = Inbox(Folder(tmp_path / "import"), bench.attachments, bench.clock, station.show_documents)
    ear = VirtualMicrophone(np.random.default_rng(1).integers(-20, 20, 50 * BLOCK, np.int16))
    metered, loudspeaker = Metered(ear), VirtualLoudspeaker(ear)
    room = Room(metered, loudspeaker, "", SystemClock(trusted=True), station.show_sound)
    station.attach_ears(ears)
    station.attach_inbox(inbox)
    station.attach_sounds(room)
    await inbox.look()
    tasks = [asyncio.create_task(one.run()) for one in (ears, metered, loudspeaker)]
    ward = Ward(bench, made[0], inbox, tmp_path / "import")
    await ward.until(ListeningPhase.READY)
    yield ward
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def hear(ward: Ward) -> None:
    """Long enough for a few blocks to be on the disk."""
    recordings = ward.folder.with_name("recordings")
    async with asyncio.timeout(SECONDS):
        while sum(path.stat().st_size for path in recordings.iterdir()) < 10_000:
            await asyncio.sleep(0.02)


async def test_a_sound_is_listened_to_recorded_and_in_the_file(ward: Ward) -> None:
    bench = ward.bench
    await bench.open()
    await bench.ok(c.StartAuscultation(Position.MITRAL))
    assert bench.station.state.listening.recording
    await hear(ward)
    await bench.ok(c.StopAuscultation())
    (body,) = bench.bodies(SoundRecorded)
    assert (body.position, body.gaps, body.label) == (Position.MITRAL, 0, "Stéthoscope")
    assert bench.attachments.get(body.sha256)[:4] == b"fLaC"
    assert not bench.station.state.listening.recording


async def test_a_sound_that_nobody_kept_is_kept_in_the_file_that_ends_and_not_in_the_next_one(ward: Ward) -> None:
    bench = ward.bench
    await bench.open()
    await bench.ok(c.StartAuscultation(Position.ERB))
    await hear(ward)
    ward.stethoscope.unplug()
    await ward.until(ListeningPhase.ABSENT)
    await bench.ok(c.EndEncounter(), c.CloseFile())
    assert bench.kinds()[-3:] == ["SoundRecorded", "EncounterClosed", "FileClosed"]
    assert bench.station.state.listening.position is None
    await bench.ok(c.OpenEncounter(PAUL), c.ConfirmIdentity())
    await bench.do(c.StopAuscultation())
    assert len(bench.bodies(SoundRecorded)) == 1


async def test_no_listening_without_a_stethoscope(ward: Ward) -> None:
    await ward.bench.open()
    ward.stethoscope.unplug()
    await ward.until(ListeningPhase.ABSENT)
    assert await ward.refused(c.StartAuscultation(Position.MITRAL)) == "AUD-04"
    ward.stethoscope.recover()
    await ward.until(ListeningPhase.READY)
    await ward.bench.ok(c.StartAuscultation(Position.MITRAL), c.StopAuscultation(keep=False))
    assert ward.bench.bodies(SoundRecorded) == []


async def test_a_document_is_attached_by_an_operator_with_the_name_that_the_file_gives(ward: Ward) -> None:
    """The name in the file is another one than the patient's: shown, and the operator's to judge."""
    bench = ward.bench
    (ward.folder / "ecg.scp").write_bytes(samples.scp())
    for _ in range(2):
        await ward.inbox.look()
    (waiting,) = bench.station.state.documents
    assert waiting.patient == "LEFÈVRE Simone, 12/03/1936"
    assert JEANNE.family not in waiting.patient
    await bench.ok(c.SignIn("camille", "123456"))
    assert (await ward.refused(c.AttachDocument(waiting.id, "ecg"))).startswith("CMD-")
    await bench.open()
    await bench.ok(c.AttachDocument(waiting.id, "ecg"))
    (body,) = bench.bodies(DocumentAttached)
    assert (body.what, body.by, body.patient, body.media_type) == (
        "ecg",
        CAMILLE,
        waiting.patient,
        "application/x-scp-ecg",
    )
    assert bench.attachments.get(body.sha256) == samples.scp()
    assert bench.station.state.documents == ()
    assert not (ward.folder / "ecg.scp").exists()
    assert await ward.refused(c.AttachDocument(waiting.id, "ecg")) == "DOC-09"


async def test_a_refused_document_cannot_be_attached_and_is_put_away(ward: Ward) -> None:
    (ward.folder / "x.pdf").write_bytes(b"MZ")
    for _ in range(2):
        await ward.inbox.look()
    (waiting,) = ward.bench.station.state.documents
    assert waiting.line
    await ward.bench.open()
    assert await ward.refused(c.AttachDocument(waiting.id, "document")) == "DOC-09"
    await ward.bench.ok(c.DiscardDocument(waiting.id))
    assert ward.bench.station.state.documents == ()


async def test_sound_is_tested_before_the_call_and_never_during_one(ward: Ward) -> None:
    bench = ward.bench
    await bench.ok(c.TestSound())
    assert bench.station.state.sound.trial is Trial.PASSED
    await bench.open()
    await bench.ok(c.CallDoctor())
    assert await ward.refused(c.TestSound()) == "CMD-65"
