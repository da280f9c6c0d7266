# SPDX-License-Identifier: Apache-2.0
"""One tally for each doctor's line, and what they come to together. Pure.

The picture is encoded for all of them, so what counts pictures, and what is only true now, is of the first line.
"""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from call.incidents import Open, close, notice
from call.tally import Sample, Tally, fold
from call.watched import Watched
from device.entry import Incident

_SUMS = ("doctors", "reached", "at_once", "setup", "dials", "drops", "cut", "freezes", "frozen")
_MOST = ("slowest", "longest_cut", "longest_freeze")
_WATCHED_SUMS = ("firsts", "wait", "pictures", "freezes", "frozen", "cuts", "cut")
_WATCHED_MOST = ("longest_wait", "longest_freeze", "longest_cut")

Told = tuple[UUID, Incident]
"""An encounter and what went wrong in it."""


class Metered(msgspec.Struct, frozen=True):
    """A line that is: its tally, what is open of it, and the encounter of its last sample."""

    tally: Tally = Tally()
    open: Open = Open()
    encounter: UUID | None = None


class Meters(msgspec.Struct, frozen=True):
    """``first``: the first line's own; ``lines`` by the instant of their birth; ``past``: of those that are no more."""

    first: Tally = Tally()
    lines: dict[float, Metered] = {}
    past: Tally = Tally()

    @property
    def whole(self) -> Tally:
        """All of them together."""
        return joined(self.first, (self.past, *(one.tally for one in self.lines.values())))


def read(meters: Meters, samples: tuple[Sample, ...]) -> tuple[Meters, tuple[Told, ...]]:
    """With one sample of each line, the first line's first (a bare one when there is none); and what is over."""
    present = {one.attempt.born: one for one in samples if one.attempt is not None}
    gone = Sample(samples[0].at)
    told: list[Told] = []
    lines: dict[float, Metered] = {}
    past = meters.past
    for born in {**meters.lines, **present}:
        before = meters.lines.get(born, Metered())
        sample = present.get(born, gone)
        open_, over = notice(before.open, sample)
        told += [(before.encounter, one) for one in over if before.encounter is not None]
        tally = fold(before.tally, sample)
        if born in present:
            lines[born] = Metered(tally, open_, sample.encounter)
        else:
            past = joined(past, (past, tally))
    return Meters(fold(meters.first, samples[0]), lines, past), tuple(told)


def settle(meters: Meters, now: float) -> tuple[Meters, tuple[Told, ...]]:
    """The encounter is about to end: what is open of its lines is over ``now``."""
    told = [
        (one.encounter, incident)
        for one in meters.lines.values()
        if one.encounter is not None
        for incident in close(one.open, now)
    ]
    lines = {
        born: msgspec.structs.replace(one, open=msgspec.structs.replace(one.open, dead=None, stills=None))
        for born, one in meters.lines.items()
    }
    return msgspec.structs.replace(meters, lines=lines), tuple(told)


def joined(present: Tally, parts: Iterable[Tally]) -> Tally:
    """The sums and the extremes of ``parts``; all else is of ``present``."""
    parts = tuple(parts)
    sums = {name: sum(getattr(one, name) for one in parts) for name in _SUMS}
    most = {name: max(getattr(one, name) for one in parts) for name in _MOST}
    seen = [one.watched for one in parts]
    watched = {name: sum(getattr(one, name) for one in seen) for name in _WATCHED_SUMS}
    longest = {name: max(getattr(one, name) for one in seen) for name in _WATCHED_MOST}
    return msgspec.structs.replace(
        present, **sums, **most, watched=Watched(**watched, **longest, rate=present.watched.rate)
    )
