# SPDX-License-Identifier: Apache-2.0
"""The purge of one encounter: only what is whole, closed and acknowledged to its last entry."""

from uuid import UUID

from device.entry import CART, CaptureTaken, DocumentAttached, EncounterClosed, Entry, FileClosed, SoundRecorded
from device.journal.annex import Annex
from device.journal.chain import entry
from device.journal.purged import runs, unbroken
from device.journal.storage import damaged
from device.journal.table import EntryTable


def purge(table: EntryTable, annex: Annex, encounter: UUID, last: int) -> tuple[str, ...]:
    """See ``Journal.purge``."""
    rows = table.chain(encounter)
    if not rows or rows[-1].sequence != last or encounter == CART:
        return ()
    before = annex.runs(encounter)
    if not unbroken(rows, before[-1].digest if before else ""):
        raise damaged(f"the chain of encounter {encounter} is broken: it is not purged")
    entries = [entry(row) for row in rows]
    closing = before[-1].closing if before else _closing(entries)
    if closing is None:
        return ()
    named = _files(entries)
    files = named - annex.elsewhere(encounter, named)
    keys = [key for name in sorted(files) if (key := annex.file_key(name)) is not None]
    annex.purge(encounter, tuple(runs(rows, closing)), files)
    return tuple(key.name for key in keys)


def _closing(entries: list[Entry]) -> str | None:
    """The digest of the encounter's end; None while its file is not closed."""
    if not any(isinstance(one.body, FileClosed) for one in entries):
        return None
    return next((one.digest for one in reversed(entries) if isinstance(one.body, EncounterClosed)), "")


def _files(entries: list[Entry]) -> set[str]:
    return {one.body.sha256 for one in entries if isinstance(one.body, CaptureTaken | SoundRecorded | DocumentAttached)}
