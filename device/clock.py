# SPDX-License-Identifier: Apache-2.0
"""Instants: wall clock for people and records, monotonic clock for order and durations."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec

SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
"""Touched by systemd-timesyncd (since 239) once the clock has been set from the network."""


class Instant(msgspec.Struct, frozen=True):
    """A moment. ``wall`` is aware and in UTC; ``monotonic`` is CLOCK_MONOTONIC in seconds (meaningless after a reboot);
    ``trusted`` tells whether the wall clock had been set from a time source."""

    wall: datetime
    monotonic: float
    trusted: bool


class Clock(Protocol):
    """Where instants come from; tests give their own."""

    def now(self) -> Instant:
        """The present instant."""
        ...


class SystemClock:
    """The machine's clock. ``trusted`` overrides the synchronisation mark (containers and development have none)."""

    def __init__(self, *, trusted: bool | None = None) -> None:
        self._trusted = trusted

    def now(self) -> Instant:
        """The present instant."""
        trusted = SYNCHRONISED.exists() if self._trusted is None else self._trusted
        return Instant(datetime.now(UTC), time.monotonic(), trusted)
