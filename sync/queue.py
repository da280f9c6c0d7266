# SPDX-License-Identifier: Apache-2.0
"""What waits and why, for the station: one report over all servers. Pure."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from device.commands import ReportQueue
from sync.learn import Health
from sync.ledger import Queue

NO_SERVER = "Aucun serveur du dossier n’est réglé : rien n’est envoyé. Prévenez la maintenance."


class Standing(NamedTuple):
    """How one server stands: ``acknowledged`` are the entries of open files that it took."""

    health: Health
    acknowledged: frozenset[UUID]


def report(servers: Sequence[Standing], queue: Queue) -> ReportQueue:
    """The whole queue: an entry is acknowledged when every server has taken it."""
    if not servers:
        return ReportQueue(0, 0, None, reachable=False, why=NO_SERVER, acknowledged=())
    return ReportQueue(
        waiting=queue.waiting,
        quarantined=queue.quarantined,
        oldest=queue.oldest,
        reachable=all(server.health.reachable for server in servers),
        why=_why(servers, queue),
        acknowledged=tuple(sorted(frozenset.intersection(*(server.acknowledged for server in servers)))),
    )


def _why(servers: Sequence[Standing], queue: Queue) -> str:
    """The most useful line: a server in trouble, then a refusal, then what is kept back."""
    for server in servers:
        if server.health.why:
            return server.health.why
    if queue.quarantined:
        return (
            f"Envoi refusé par le serveur du dossier ({queue.quarantined}) : rien n’est perdu. Prévenez la maintenance."
        )
    return queue.held
