# SPDX-License-Identifier: Apache-2.0
"""Everything of one encounter, read from a journal that another process may be writing; then the pieces of its export.

A file that is missing or damaged is told in the report; whatever refers to it stays out of the bundle, as it is held
back from servers, and the rest is exported.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from hashlib import sha1
from typing import NamedTuple
from uuid import UUID

from device.attachments import Attachments
from device.entry import Entry, TraceRecorded
from device.errors import JournalError
from device.journal import JournalReader
from sync.export.bundle import bundle, told
from sync.export.files import KeptFile, kept_entries, kept_name
from sync.export.receipts import Receipt
from sync.export.report import Told, report
from sync.export.writing import Piece
from sync.fhir.source import Source
from sync.step import Step
from sync.steps import steps

_LOST = {
    "JRN-15": "introuvable sur le chariot",
    "JRN-16": "abîmé, il ne correspond plus à son empreinte",
}
BUNDLE, REPORT = "bundle.json", "compte-rendu.html"


class Gathered(NamedTuple):
    """One encounter: its entries (traces left out, as they are from what is sent), its files, the resources that can
    be told and those that cannot, and the numbers of damaged entries."""

    encounter: UUID
    entries: tuple[Entry, ...]
    files: tuple[KeptFile, ...]
    steps: tuple[Step, ...]
    held: tuple[Step, ...]
    damaged: tuple[int, ...]

    @property
    def newest(self) -> int:
        """The sequence of the last entry."""
        return self.entries[-1].sequence if self.entries else 0

    @property
    def size(self) -> int:
        """Bytes of the files that are there."""
        return sum(one.body.size for one in self.files if not one.trouble)

    @property
    def missing(self) -> tuple[KeptFile, ...]:
        """The files that are not there."""
        return tuple(one for one in self.files if one.trouble)


def gather(source: Source, journal: JournalReader, attachments: Attachments, encounter: UUID) -> Gathered:
    """Read an encounter. Raises JournalError when the journal itself cannot be read."""
    entries = tuple(_entries(journal, encounter))
    files, hashes = [], {}
    for number, (entry, body) in enumerate(kept_entries(entries), 1):
        try:
            data = attachments.get(body.sha256)
        except JournalError as error:
            files.append(KeptFile(entry, body, kept_name(number, body, None), f"{_why(error)} ({error.code})"))
            continue
        files.append(KeptFile(entry, body, kept_name(number, body, data)))
        hashes[body.sha256] = b64encode(sha1(data, usedforsecurity=False).digest()).decode()
    found, held = told(steps(source, entries, hashes))
    return Gathered(encounter, entries, tuple(files), found, held, tuple(sorted(journal.damaged)))


def pieces(
    source: Source, found: Gathered, attachments: Attachments, receipts: Sequence[Receipt], at: datetime
) -> Iterator[Piece]:
    """The files of an export, each made when it is asked for. Raises JournalError when one is lost meanwhile."""
    lines = tuple(dict.fromkeys(one.held for one in found.held if one.held))
    page = Told(source, found.encounter, found.entries, found.files, receipts, at, found.damaged, lines)
    yield Piece(REPORT, [report(page)])
    yield Piece(BUNDLE, bundle(source, found.encounter, found.steps, attachments.get, at))
    for one in found.files:
        if not one.trouble:
            yield Piece(one.name, _bytes(attachments, one.body.sha256))


def _why(error: JournalError) -> str:
    """What is wrong with a file, whatever it holds."""
    return _LOST.get(error.code, "illisible : le stockage ne répond pas")


def _bytes(attachments: Attachments, sha256: str) -> Iterable[bytes]:
    yield attachments.get(sha256)


def _entries(journal: JournalReader, encounter: UUID) -> Iterator[Entry]:
    position = 0
    while page := journal.after(position, encounter=encounter):
        position = page[-1].sequence
        yield from (entry for entry in page if not isinstance(entry.body, TraceRecorded))
