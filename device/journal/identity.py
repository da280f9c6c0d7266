# SPDX-License-Identifier: Apache-2.0
"""UUID version 7 (RFC 9562 §5.7): milliseconds since 1970, a counter, and 62 random bits."""

import secrets
from datetime import UTC, datetime
from uuid import UUID

COUNTER_BITS = 12
TOLERATED_ROLLBACK = 10_000
"""Milliseconds that the clock may step back before new identities follow it (RFC 9562 §6.1, clock rollback)."""


class Identities:
    """A source of UUIDv7, rising within a millisecond and over small steps of the clock (RFC 9562 §6.2, method 1).

    Not thread-safe: its owner holds a lock. Order between entries is the journal's sequence, never these numbers.
    """

    def __init__(self) -> None:
        self._millisecond = 0
        self._counter = 0

    def next(self, wall: datetime) -> UUID:
        """The next identity at ``wall`` (aware)."""
        now = int((wall - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)
        if self._millisecond - TOLERATED_ROLLBACK <= now <= self._millisecond:
            self._counter += 1
            if self._counter >> COUNTER_BITS:
                self._millisecond += 1
                self._counter = _seed()
        else:
            self._millisecond = now
            self._counter = _seed()
        number = (self._millisecond & (1 << 48) - 1) << 80
        number |= 0x7 << 76 | self._counter << 64
        number |= 0b10 << 62 | secrets.randbits(62)
        return UUID(int=number)


def _seed() -> int:
    """A counter's start: random, its highest bit free so that at least 2048 more fit."""
    return secrets.randbits(COUNTER_BITS - 1)
