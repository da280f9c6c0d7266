# SPDX-License-Identifier: Apache-2.0
"""What waits and why, for the station: one report over all servers. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from device.commands import ReportQueue
from sync.learn import Health
from sync.ledger import Waiting

NO_SERVER = "Aucun serveur du dossier n’est réglé : rien n’est envoyé. Prévenez la maintenance."


class Standing(NamedTuple):
    """How one server stands: ``acknowledged`` are the entries of open files that it took."""

    health: Health
    waiting: Sequence[Waiting]
    acknowledged: frozenset[UUID]


def report(standings: Iterable[Standing]) -> ReportQueue:
    """The whole queue: an entry waits while one server has not settled it, and is acknowledged when all have."""
    servers = list(standings)
    if not servers:
        return ReportQueue(0, 0, None, reachable=False, why=NO_SERVER, acknowledged=())
    everything = [one for server in servers for one in server.waiting]
    refused = {one.entry for one in everything if one.quarantined}
    waiting = {one.entry: one for one in everything if one.entry not in refused}
    oldest = min(waiting.values(), key=lambda one: one.sequence, default=None)
    acknowledged = frozenset.intersection(*(server.acknowledged for server in servers))
    return ReportQueue(
        waiting=len(waiting),
        quarantined=len(refused),
        oldest=oldest.instant if oldest else None,
        reachable=all(server.health.reachable for server in servers),
        why=_why(servers, refused, waiting.values()),
        acknowledged=tuple(sorted(acknowledged)),
    )


def _why(servers: Sequence[Standing], refused: set[UUID], waiting: Iterable[Waiting]) -> str:
    """The most useful line: a server in trouble, then a refusal, then what is kept back."""
    for server in servers:
        if server.health.why:
            return server.health.why
    if refused:
        return f"Envoi refusé par le serveur du dossier ({len(refused)}) : rien n’est perdu. Prévenez la maintenance."
    return next((one.held for one in waiting if one.held), "")
