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
from device.journal.chain import Row, entry, intact
from device.journal.storage import absent, connect
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
    """What verifying found: how many rows stand, in how many encounters, and what is wrong."""

    entries: int
    encounters: int
    faults: tuple[Fault, ...]

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
        table.schema()
        walk = _Walk()
        for sequence in range(1, _last(table) + 1):
            walk.step(sequence, table)
        faults = [*walk.faults, *(Fault(0, "", What.FILE, line) for line in table.complaints())]
    finally:
        table.close()
    return Report(walk.entries, len(walk.last), tuple(faults))


class _Walk:
    """The walk along the sequence: the last row seen of each encounter, and what is wrong so far."""

    def __init__(self) -> None:
        self.entries = 0
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

    def _follow(self, row: Row) -> None:
        """Hold the row against the last one of its encounter; a lost row in between explains a break."""
        before, expected = self.last.get(row.encounter, (0, ""))
        self.last[row.encounter] = row.sequence, row.digest
        if row.previous == expected:
            return
        lost = [n for n, fault in enumerate(self.faults) if before < fault.sequence < row.sequence]
        if not lost:
            self.faults.append(Fault(row.sequence, row.encounter, What.OUT_OF_PLACE))
            return
        for n in lost:
            if not self.faults[n].encounter:
                self.faults[n] = self.faults[n]._replace(encounter=row.encounter)


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
