# SPDX-License-Identifier: Apache-2.0
"""Verification of a whole journal: every row against its digest, every row against the one before it in its encounter.

SQLite itself does not notice most bit flips in the values it stores; the chain does.
"""

from enum import StrEnum
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from device.errors import JournalError
from device.journal.annex import Annex
from device.journal.chain import Row, entry, intact
from device.journal.purged import Run
from device.journal.storage import NEWER, absent, connect
from device.journal.table import EntryTable


class What(StrEnum):
    """What is wrong with a row."""

    ALTERED = "altered"
    MISSING = "missing"
    OUT_OF_PLACE = "out-of-place"
    UNREADABLE = "unreadable"
    FILE = "file"


class Fault(NamedTuple):
    """One thing wrong. ``encounter`` is "" where it is not known; ``sequence`` is 0 where it is the file's."""

    sequence: int
    encounter: str
    what: What
    detail: str = ""


class Report(NamedTuple):
    """What verifying found: how many rows stand, in how many encounters, what is wrong, and how many rows were purged
    (their numbers and digests still hold the chains)."""

    entries: int
    encounters: int
    faults: tuple[Fault, ...]
    purged: int = 0

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def verify(path: Path, key: bytes | None = None, *, engine: ModuleType | None = None) -> Report:
    """Walk every chain of the journal at ``path``, read-only, around whatever is damaged.

    Raises JournalError when nothing can be read at all: absent, of another key, of a newer version, beyond use.
    """
    if not path.exists() or path.stat().st_size == 0:
        raise absent(path)
    table = EntryTable(partial(connect, path, key, read_only=True, engine=engine))
    try:
        walk = _Walk()
        gone = walk.gone(table)
        last, sequence = _last(table), 1
        while sequence <= last:
            if sequence in gone:
                walk.skip(gone[sequence], table)
                sequence = gone[sequence].last + 1
            else:
                walk.step(sequence, table)
                sequence += 1
        faults = [*walk.faults, *(Fault(0, "", What.FILE, line) for line in table.complaints())]
    finally:
        table.close()
    return Report(walk.entries, len(walk.last), tuple(faults), walk.purged)


class _Walk:
    """The walk along the sequence: the last row seen of each encounter, and what is wrong so far."""

    def __init__(self) -> None:
        self.entries = 0
        self.purged = 0
        self.last: dict[str, tuple[int, str]] = {}
        self.faults: list[Fault] = []

    def step(self, sequence: int, table: EntryTable) -> None:
        try:
            row = table.row(sequence)
        except JournalError as error:
            self.faults.append(Fault(sequence, "", What.UNREADABLE, str(error)))
            return
        if row is None:
            self.faults.append(Fault(sequence, "", What.MISSING))
            return
        self.entries += 1
        if not intact(row):
            self.faults.append(Fault(sequence, row.encounter, What.ALTERED))
            return
        self._follow(row)
        try:
            entry(row)
        except JournalError as error:
            self.faults.append(Fault(sequence, row.encounter, What.UNREADABLE, str(error)))

    def gone(self, table: EntryTable) -> dict[int, Run]:
        """What stays of what was purged, by its first sequence, where it agrees with itself. Schema 1 had no purge."""
        try:
            found = Annex(table).runs() if table.schema() > 1 else []
        except JournalError as error:
            if error.code == NEWER:
                raise
            self.faults.append(Fault(0, "", What.FILE, str(error)))
            return {}
        self.faults += [
            Fault(run.first, run.encounter, What.ALTERED, "what stays of a purge") for run in found if not run.intact
        ]
        return {run.first: run for run in found if run.intact}

    def skip(self, run: Run, table: EntryTable) -> None:
        """Go over what was purged: nothing may stand in its place."""
        if table.between(run.first, run.last):
            self.faults.append(Fault(run.first, run.encounter, What.OUT_OF_PLACE, "in the place of what was purged"))
        self.purged += run.entries
        self._join(run.first, run.encounter, run.previous, run.last, run.digest)

    def _follow(self, row: Row) -> None:
        """Hold the row against the last one of its encounter; a lost row in between explains a break."""
        self._join(row.sequence, row.encounter, row.previous, row.sequence, row.digest)

    def _join(self, first: int, encounter: str, previous: str, last: int, digest: str) -> None:
        before, expected = self.last.get(encounter, (0, ""))
        self.last[encounter] = last, digest
        if previous == expected:
            return
        lost = [n for n, fault in enumerate(self.faults) if before < fault.sequence < first]
        if not lost:
            self.faults.append(Fault(first, encounter, What.OUT_OF_PLACE))
            return
        for n in lost:
            if not self.faults[n].encounter:
                self.faults[n] = self.faults[n]._replace(encounter=encounter)


def _last(table: EntryTable) -> int:
    """The highest sequence that there is, or ever was."""
    highest = 0
    failure: JournalError | None = None
    for source in (table.highest, table.newest):
        try:
            highest = max(highest, source())
        except JournalError as error:
            failure = error
    if not highest and failure is not None:
        raise failure
    return highest
