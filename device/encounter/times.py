# SPDX-License-Identifier: Apache-2.0
"""When an instrument's naive local time was, on our clock; and whether that is after the patient was identified."""

from datetime import UTC, datetime, timedelta, tzinfo

from device.clock import Instant
from device.encounter.limits import ClockLimits
from device.measurement import Provenance


def believable(provenance: Provenance, limits: ClockLimits) -> bool:
    """Whether the instrument's stamps can be placed: its clock was set by us and read back in this connection, and it
    was right already before that (what comes from the memory was stamped then)."""
    offset = provenance.clock_offset
    return provenance.clock_set and offset is not None and abs(offset) <= limits.tolerance


def moments(taken: datetime, offset: float, zone: tzinfo | None) -> tuple[datetime, ...]:
    """Every UTC instant that a stamp may stand for, in order; none when it is beyond the calendar.

    A stamp may have been made before or after the clock was set (by ``offset`` seconds), and in the hour that summer
    time repeats it stands for two instants. ``zone`` None is the machine's own.
    """
    found = set()
    for seconds in (0.0, offset):
        for fold in (0, 1):
            try:
                local = (taken - timedelta(seconds=seconds)).replace(tzinfo=zone, fold=fold)
                found.add(local.astimezone(UTC))
            except (OverflowError, ValueError):
                continue
    return tuple(sorted(found))


def floor(identified: Instant, now: Instant) -> datetime:
    """The earliest wall time that is surely after the identification, even when our own clock was set in between."""
    elapsed = now.monotonic - identified.monotonic
    if elapsed < 0:
        return identified.wall
    return max(identified.wall, now.wall - timedelta(seconds=elapsed))


def before(received: Instant, identified: Instant, now: Instant) -> bool:
    """Whether something was received before the identification. After a restart of the machine the monotonic clock
    begins again, and the wall clock decides."""
    if received.monotonic >= identified.monotonic:
        return False
    restarted = now.monotonic < identified.monotonic
    return not restarted or received.wall <= identified.wall


def strays(taken: datetime, received: Instant, zone: tzinfo | None, limits: ClockLimits) -> bool:
    """Whether the stamp of something live is too far from when it was received to be of a right clock."""
    near = [abs((moment - received.wall).total_seconds()) for moment in moments(taken, 0.0, zone)]
    return min(near, default=float("inf")) > limits.tolerance
