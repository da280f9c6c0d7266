# SPDX-License-Identifier: Apache-2.0
"""How long an encounter stays on the cart: until some days after its file was closed, and never before every records
server has acknowledged all of it."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from device.clock import Instant
from device.commands import Settled
from device.entry import Entry, FileClosed
from device.errors import JournalError
from device.journal.storage import CORRUPT

_log = logging.getLogger(__name__)


class Purges(Protocol):
    """The journal, as far as retention goes. Raises JournalError."""

    def after(self, sequence: int, *, encounter: UUID | None = None, limit: int = 500) -> list[Entry]:
        """At most ``limit`` entries after ``sequence``, in order."""
        ...

    def purge(self, encounter: UUID, last: int) -> tuple[str, ...]:
        """See ``Journal.purge``."""
        ...


class Retention:
    """Purges what is settled once its time has come. ``erase`` removes files by their names."""

    def __init__(self, journal: Purges, erase: Callable[[Iterable[str]], None], keep: timedelta) -> None:
        self._journal = journal
        self._erase = erase
        self._keep = keep

    def purge(self, settled: Iterable[Settled], now: Instant) -> int:
        """Purge those that are due; how many there were. A damaged one stays and is logged. Raises JournalError."""
        count = 0
        for one in settled:
            if not self._due(one.encounter, now):
                continue
            try:
                self._erase(self._journal.purge(one.encounter, one.last))
            except JournalError as error:
                if error.code != CORRUPT:
                    raise
                _log.error("%s encounter %s stays: %s", error.code, one.encounter, error)
            else:
                _log.info("encounter %s purged", one.encounter)
                count += 1
        return count

    def _due(self, encounter: UUID, now: Instant) -> bool:
        entries = list(self._pages(0, encounter))
        closed = closing(entries)
        return closed is not None and due(closed, self._pages(closed.sequence), now, self._keep)

    def _pages(self, sequence: int, encounter: UUID | None = None) -> Iterator[Entry]:
        while page := self._journal.after(sequence, encounter=encounter):
            yield from page
            sequence = page[-1].sequence


def closing(entries: Sequence[Entry]) -> Entry | None:
    """The entry that closed the file for the last time; None while it is open."""
    return next((one for one in reversed(entries) if isinstance(one.body, FileClosed)), None)


def due(closed: Entry, later: Iterable[Entry], now: Instant, keep: timedelta) -> bool:
    """Whether a file closed by ``closed`` has been kept long enough.

    Only clocks that could be trusted count: when that of the closing could not, the first entry ``later`` whose clock
    could stands for it, since what comes later in the sequence was written later.
    """
    wall = closed.instant.wall if closed.instant.trusted else _first_trusted(later)
    return now.trusted and wall is not None and now.wall - wall >= keep


def _first_trusted(entries: Iterable[Entry]) -> datetime | None:
    return next((one.instant.wall for one in entries if one.instant.trusted), None)
