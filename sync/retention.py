# SPDX-License-Identifier: Apache-2.0
"""What is settled: closed files of which every records server has acknowledged everything; and what may be forgotten
of those that the journal has purged."""

from collections.abc import Callable, Sequence
from uuid import UUID

from device.commands import Settled
from sync.ledger import Ledger

MOST = 20
"""Files named in one report: they are purged within a minute, and the next ones named."""


def settled(ledger: Ledger, servers: Sequence[str]) -> tuple[Settled, ...]:
    """The oldest settled files; none where there is no server, since then nothing was acknowledged. Raises
    JournalError."""
    if not servers:
        return ()
    among = f"server IN ({', '.join('?' * len(servers))})"
    query = (
        f"SELECT lane, max(newest) FROM lanes WHERE {among} AND closed = 1 AND idle = 1 AND lane NOT IN "  # noqa: S608 - placeholders only
        f"(SELECT lane FROM lines WHERE state <> 'acknowledged' AND {among}) "
        "GROUP BY lane HAVING count(*) = ? AND min(newest) = max(newest) ORDER BY 2 LIMIT ?"
    )
    rows = ledger.rows(query, *servers, *servers, len(servers), MOST)
    return tuple(Settled(UUID(lane), last) for lane, last in rows)


def forget(ledger: Ledger, purged: Callable[[UUID], bool], lanes: Sequence[Settled]) -> int:
    """Remove what the ledger says of those that the journal has purged; how many there were. Raises JournalError."""
    gone = [str(one.encounter) for one in lanes if purged(one.encounter)]
    if gone:
        with ledger.transaction() as execute:
            for lane in gone:
                execute("DELETE FROM lines WHERE lane = ?", (lane,))
                execute("DELETE FROM lanes WHERE lane = ?", (lane,))
        ledger.rows("PRAGMA wal_checkpoint(TRUNCATE)")
    return len(gone)
