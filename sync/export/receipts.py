# SPDX-License-Identifier: Apache-2.0
"""What each server has acknowledged of one encounter, read from the ledger without writing to it."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from device.errors import JournalError
from device.journal.storage import connect
from sync.ledger import Ledger
from sync.lines import LineState


class Receipt(NamedTuple):
    """How one server stands: resources ``taken``, ``waiting``, ``refused`` and ``released`` (brought there by hand);
    ``behind``: newer entries were not looked at yet. ``known`` False: the ledger could not be read."""

    server: str
    taken: int = 0
    waiting: int = 0
    refused: int = 0
    released: int = 0
    behind: bool = False
    known: bool = True

    @property
    def line(self) -> str:
        """The French line."""
        if not self.known:
            return "inconnu : le registre des envois n’a pas pu être lu"
        if not any(self[1:5]):
            return "rien n’y a encore été envoyé"
        parts = [_count(self.taken, "élément reçu", "éléments reçus")] if self.taken else ["aucun élément reçu"]
        parts += [f"{self.waiting} en attente"] if self.waiting else []
        parts += [_count(self.refused, "refusé", "refusés")] if self.refused else []
        parts += [_count(self.released, "porté à la main", "portés à la main")] if self.released else []
        parts += ["des éléments plus récents restent à envoyer"] if self.behind else []
        whole = not (self.waiting or self.refused or self.released or self.behind)
        return ("tout est reçu : " if whole else "") + ", ".join(parts)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def receipts(path: Path, key: bytes | None, servers: Sequence[str], lane: UUID, newest: int) -> tuple[Receipt, ...]:
    """What each of ``servers`` has of the encounter ``lane``, whose last entry is ``newest``; never raises for a ledger
    that is absent, locked or damaged: an export does not depend on it."""
    if not path.exists():
        return tuple(Receipt(one) for one in servers)
    try:
        return _read(path, key, servers, lane, newest)
    except JournalError:
        return tuple(Receipt(one, known=False) for one in servers)


def _read(path: Path, key: bytes | None, servers: Sequence[str], lane: UUID, newest: int) -> tuple[Receipt, ...]:
    ledger = Ledger(connect(path, key, read_only=True).conn)
    try:
        query = "SELECT server, state, count(*) FROM lines WHERE lane = ? GROUP BY server, state"
        counts: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        for server, state, count in ledger.rows(query, str(lane)):
            counts[server][_field(LineState(state))] += count
        made = []
        for server in servers:
            of, own = counts[server], ledger.server(server)
            behind = bool(of) and (own.position < newest or (not of["waiting"] and lane in own.lanes()))
            made.append(Receipt(server, of["taken"], of["waiting"], of["refused"], of["released"], behind))
        return tuple(made)
    except ValueError as error:
        raise JournalError(3, "Le registre des envois est illisible.", str(error)) from error
    finally:
        ledger.close()


def _field(state: LineState) -> str:
    match state:
        case LineState.ACKNOWLEDGED:
            return "taken"
        case LineState.QUARANTINED:
            return "refused"
        case LineState.RELEASED:
            return "released"
        case _:
            return "waiting"
