# SPDX-License-Identifier: Apache-2.0
"""An encounter in which everything happens, in a real encrypted journal, its files sealed beside it."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from device.attachments import Attachments
from device.clock import SystemClock
from device.entry import (
    AsideReason,
    CaptureTaken,
    DocumentAttached,
    EncounterClosed,
    EnteredInError,
    Entry,
    MeasurementConfirmed,
    MeasurementSetAside,
    SoundRecorded,
)
from device.journal import Journal, JournalReader
from tests.device.documents.samples import jpeg, pdf
from tests.sync.fhir import whole
from tests.sync.story import CUFF, at, pressure

KEY = bytes(range(32))


@dataclass
class Cart:
    """``state`` is the folder of a cart at rest."""

    state: Path
    encounter: UUID
    files: dict[str, bytes]

    @property
    def journal(self) -> JournalReader:
        return JournalReader.open(self.state / "journal.db", KEY)

    def entries(self) -> list[Entry]:
        journal = self.journal
        try:
            return journal.after(0, encounter=self.encounter)
        finally:
            journal.close()

    def path(self, sha256: str) -> Path:
        journal = self.journal
        try:
            return Attachments.reading(self.state / "captures", journal).path(sha256)
        finally:
            journal.close()


def play(state: Path) -> Cart:
    """Write the encounter into the folder ``state``."""
    state.mkdir(parents=True, exist_ok=True)
    (state.parent / "journal.key").write_text(KEY.hex())
    journal = Journal.open(state / "journal.db", SystemClock(trusted=True), KEY)
    attachments = Attachments(state / "captures", journal)
    picture, sound, document = jpeg(), b"fLaC" + bytes(900), pdf()
    names = {attachments.put(data): data for data in (picture, sound, document)}
    sha = dict(zip((CaptureTaken, SoundRecorded, DocumentAttached), names, strict=True))
    encounter, ids = uuid4(), {}
    try:
        for entry in whole.story().of(whole.LANE):
            body = entry.body
            if kind := sha.get(type(body)):
                body = msgspec.structs.replace(body, sha256=kind, size=len(names[kind]))
            if isinstance(body, EnteredInError | MeasurementConfirmed):
                body = msgspec.structs.replace(body, entry=ids[body.entry])
            if isinstance(body, EncounterClosed):
                aside = MeasurementSetAside(AsideReason.NO_TIME, pressure("199", "99").measurements, CUFF, at(1))
                journal.append(encounter, aside, instant=at(300))
            (made,) = journal.append(encounter, body, instant=entry.instant)
            ids[entry.id] = made.id
    finally:
        journal.close()
    return Cart(state, encounter, names)


@pytest.fixture(scope="session")
def cart(tmp_path_factory) -> Cart:
    return play(tmp_path_factory.mktemp("export") / "state")
