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
    """How one server stands: of the entries of open files that it is sent (``wanted``), which it took."""

    health: Health
    acknowledged: frozenset[UUID]
    wanted: frozenset[UUID] = frozenset()


def report(servers: Sequence[Standing], queue: Queue) -> ReportQueue:
    """The whole queue: an entry is acknowledged when every server has taken it."""
    if not servers:
        return ReportQueue(0, 0, None, reachable=False, why=NO_SERVER, acknowledged=(), code="CFG-05")
    why, code = _why(servers, queue)
    return ReportQueue(
        waiting=queue.waiting,
        quarantined=queue.quarantined,
        oldest=queue.oldest,
        reachable=all(server.health.reachable for server in servers),
        why=why,
        acknowledged=tuple(sorted(taken(servers))),
        code=code,
    )


def taken(servers: Sequence[Standing]) -> set[UUID]:
    """The entries that every server which is sent them has: a server of images is sent images alone."""
    missing = frozenset[UUID]().union(*(server.wanted - server.acknowledged for server in servers))
    return set(frozenset[UUID]().union(*(server.acknowledged for server in servers)) - missing)


def _why(servers: Sequence[Standing], queue: Queue) -> tuple[str, str]:
    """The most useful line, and its code: a server in trouble, then a refusal, then what is kept back."""
    for server in servers:
        if server.health.why:
            return server.health.why, server.health.code
    if queue.quarantined:
        line = (
            f"Envoi refusé par le serveur du dossier ({queue.quarantined}) : rien n’est perdu. Prévenez la maintenance."
        )
        return line, queue.code
    return queue.held, ""
