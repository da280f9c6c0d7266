# SPDX-License-Identifier: Apache-2.0
"""What stays of an encounter whose entries were purged: numbers and digests, by which the chain still holds.

One run for each unbroken row of sequences of the encounter. Whoever kept a copy of its entries (a hospital, an export)
can still hold it against the run's digests; nothing of the patient can be found out from them.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

import msgspec

from device.journal.chain import Row


class Run(NamedTuple):
    """Entries ``first`` to ``last`` of an encounter, ``entries`` of them. ``previous`` and ``digest`` (hex) join the
    chain at both ends; ``closing`` is the digest of the encounter's EncounterClosed, "" where it has none; ``seal`` is
    SHA-256 over all the rest."""

    first: int
    last: int
    encounter: str
    entries: int
    previous: str
    digest: str
    closing: str
    seal: str

    @property
    def intact(self) -> bool:
        """Whether the run agrees with its own seal."""
        return self.seal == _seal(self) and self.entries == self.last - self.first + 1


def runs(rows: Sequence[Row], closing: str) -> Iterator[Run]:
    """The runs of all the rows of one encounter, in order."""
    for part in _unbroken(rows):
        first, last = part[0], part[-1]
        run = Run(
            first.sequence, last.sequence, first.encounter, len(part), first.previous, last.digest, closing, seal=""
        )
        yield run._replace(seal=_seal(run))


def unbroken(rows: Iterable[Row], previous: str = "") -> bool:
    """Whether each row follows the one before, the first of them ``previous``."""
    for row in rows:
        if row.previous != previous:
            return False
        previous = row.digest
    return True


def _unbroken(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    cuts = [n for n, (one, two) in enumerate(pairwise(rows), 1) if two.sequence != one.sequence + 1]
    for start, end in pairwise((0, *cuts, len(rows))):
        yield rows[start:end]


def _seal(run: Run) -> str:
    return sha256(msgspec.json.encode(run[:-1])).hexdigest()
