# SPDX-License-Identifier: Apache-2.0
"""What waits, since when and why: each entry that a server has not, for the technician, and what he may do about it.

``words`` are a server's own and may name a patient: they are shown to whoever asks with the right to, and never logged.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

import msgspec

from device.clock import Instant
from sync.ledger import Ledger
from sync.lines import UNCLEAR, LineState
from sync.trouble import Trouble

MOST = 2000
"""Resources that are told at once, the oldest first."""
_LINES = {one.code: one.line for one in Trouble}
_PLAIN = "En attente d’envoi."
_LET_GO = "Sorti de la file par la maintenance : n’est plus envoyé."
_GRAVEST = (
    LineState.QUARANTINED,
    LineState.DOUBTFUL,
    LineState.SENDING,
    LineState.UNKNOWN,
    LineState.WAITING,
    LineState.RELEASED,
)


class Piece(msgspec.Struct, frozen=True):
    """One resource: ``known`` when the server has some version of it; ``status``, ``words`` and ``code`` are of its
    last answer."""

    key: str
    state: LineState
    attempts: int
    known: bool
    status: int
    words: str
    code: str
    held: str = ""


class Waiting(msgspec.Struct, frozen=True):
    """One entry that one server has not, or not as it reads now. ``number`` is its sequence in the journal."""

    server: str
    number: int
    entry: UUID
    encounter: UUID
    since: datetime
    pieces: tuple[Piece, ...]

    @property
    def state(self) -> LineState:
        """The gravest state of its resources."""
        return min((piece.state for piece in self.pieces), key=_GRAVEST.index)

    @property
    def code(self) -> str:
        """The technician's code of the gravest, "" for none."""
        return next((one.code for one in self.pieces if one.state is self.state and one.code), "")

    def why(self, healths: Mapping[str, str]) -> str:
        """A French line; ``healths`` are those of the servers in trouble."""
        if self.state is LineState.RELEASED:
            return _LET_GO
        held = next((one.held for one in self.pieces if one.held), "")
        if self.state is LineState.QUARANTINED:
            return _LINES.get(self.code, Trouble.REFUSED.line)
        return held or healths.get(self.server) or _LINES.get(self.code, "") or _PLAIN


def waiting(ledger: Ledger, servers: Sequence[str]) -> list[Waiting]:
    """What these servers have not, by server and in the order of the journal. Raises JournalError."""
    among = ", ".join("?" * len(servers))
    query = (
        "SELECT server, sequence, entry, lane, instant, key, state, attempts, acknowledged <> '', status, words, code, "  # noqa: S608 - placeholders only
        f"held FROM lines WHERE state <> 'acknowledged' AND server IN ({among}) "
        f"ORDER BY server, sequence, key LIMIT {MOST}"
    )
    made = []
    for (server, number, entry), rows in groupby(ledger.rows(query, *servers), key=lambda row: row[:3]):
        first, *rest = rows
        pieces = tuple(
            Piece(row[5], LineState(row[6]), row[7], bool(row[8]), row[9], row[10], row[11], row[12])
            for row in (first, *rest)
        )
        since = msgspec.json.decode(first[4], type=Instant).wall
        made.append(Waiting(server, number, UUID(entry), UUID(first[3]), since, pieces))
    return made


def retry(ledger: Ledger, server: str, *, number: int | None = None, lane: UUID | None = None) -> int:
    """Have a server tried again at once: with an entry (``number``), with an encounter, or with whatever it refused.
    What may be there all the same is looked for first. How many refused resources there are of it. Raises JournalError.
    """
    unclear = ", ".join(f"'{code}'" for code in sorted(UNCLEAR))
    states = "('quarantined', 'released')" if number is not None or lane is not None else "('quarantined')"
    where, values = "server = ?", [server]
    if number is not None:
        where, values = f"{where} AND sequence = ?", [*values, str(number)]
    if lane is not None:
        where, values = f"{where} AND lane = ?", [*values, str(lane)]
    lanes = f"SELECT lane FROM lines WHERE {where} AND state <> 'acknowledged'"  # noqa: S608 - placeholders only
    with ledger.transaction() as execute:
        execute(
            f"UPDATE lanes SET idle = 0, attempts = 0, not_before = 0 WHERE server = ? AND lane IN ({lanes})",  # noqa: S608 - likewise
            (server, *values),
        )
        again = execute(
            f"UPDATE lines SET state = CASE WHEN code IN ({unclear}) THEN 'unknown' ELSE 'waiting' END, "  # noqa: S608 - likewise
            "attempts = 0, conflicts = 0, code = '' "
            f"WHERE {where} AND state IN {states}",
            tuple(values),
        )
        return int(again.rowcount)


def let_go(ledger: Ledger, server: str, number: int) -> int:
    """Stop sending an entry that a server refuses: it was brought there by hand. It stays on the cart and does not
    count as transmitted; how many resources there were. Raises JournalError."""
    with ledger.transaction() as execute:
        execute(
            "UPDATE lanes SET idle = 0 WHERE server = ?1 AND lane IN "
            "(SELECT lane FROM lines WHERE server = ?1 AND sequence = ?2)",
            (server, number),
        )
        gone = execute(
            "UPDATE lines SET state = 'released' WHERE server = ?1 AND sequence = ?2 AND state <> 'acknowledged' "
            "AND EXISTS (SELECT 1 FROM lines WHERE server = ?1 AND sequence = ?2 AND state = 'quarantined')",
            (server, number),
        )
        return int(gone.rowcount)
