# SPDX-License-Identifier: Apache-2.0
"""What the calls of this process came to, folded from one sample a second. Pure; nothing in it is of a patient.

All but ``watched`` is seen from the cart: a picture counts when it leaves. Times are monotonic seconds.
"""

from enum import StrEnum
from uuid import UUID

import msgspec

from call.pages import Seen
from call.statistics import Statistics
from call.watched import Watched, watch

FROZEN = 1.0
"""Seconds without a picture leaving that are a freeze."""


class Attempt(msgspec.Struct, frozen=True):
    """The line to one admitted doctor: admitted at ``born``, ``dials`` so far, first ``stood`` at, and whether it
    lives."""

    born: float
    dials: int
    stood: float | None
    alive: bool


class Sample(msgspec.Struct, frozen=True):
    """The line, its connection and what the page last said, at one moment; None: there is none. ``encounter`` is the
    one that is called for."""

    at: float
    attempt: Attempt | None = None
    statistics: Statistics | None = None
    page: Seen | None = None
    encounter: UUID | None = None


class Total(StrEnum):
    """What only grows, by the names of ``Statistics``."""

    PICTURES = "pictures"
    OCTETS = "octets"
    KEYFRAMES = "keyframes"
    OPENINGS = "openings"
    RESENT = "resent"
    REFUSED = "refused"


class Tally(msgspec.Struct, frozen=True):
    """Since the process began. ``doctors`` were admitted, ``reached`` of them had a line that stood, ``at_once`` by the
    first dial; ``setup`` is the sum of the seconds from admission until then, ``slowest`` the most. A drop is a line
    that died and was not hung up; a freeze, a second and more in which no picture left though it lived and its link
    carried more than stills."""

    doctors: int = 0
    reached: int = 0
    at_once: int = 0
    setup: float = 0.0
    slowest: float = 0.0
    dials: int = 0
    drops: int = 0
    cut: float = 0.0
    longest_cut: float = 0.0
    freezes: int = 0
    frozen: float = 0.0
    longest_freeze: float = 0.0
    totals: dict[str, int] = {}
    bitrate: float = 0.0
    frame_rate: float = 0.0
    watched: Watched = Watched()
    peaks: dict[str, int] = {}
    last: Sample = Sample(0.0)
    cut_since: float | None = None
    still_since: float | None = None


def fold(tally: Tally, new: Sample) -> Tally:
    """The tally with one more sample."""
    tally = _pictures(_line(tally, new), new)
    if new.page is not None and new.attempt is not None:
        seen = watch(tally.watched, new.page, new.at, new.attempt.born)
        tally = msgspec.structs.replace(tally, watched=seen)
    return msgspec.structs.replace(tally, last=new)


def _line(tally: Tally, new: Sample) -> Tally:
    """Doctors, dials, drops."""
    now = new.attempt
    if now is None:
        return msgspec.structs.replace(tally, cut_since=None)
    before = tally.last.attempt
    if before is None or before.born != now.born:
        before = Attempt(now.born, 0, None, alive=False)
        tally = msgspec.structs.replace(tally, doctors=tally.doctors + 1, cut_since=None)
    tally = msgspec.structs.replace(tally, dials=tally.dials + now.dials - before.dials)
    if before.stood is None and now.stood is not None:
        took = now.stood - now.born
        tally = msgspec.structs.replace(
            tally,
            reached=tally.reached + 1,
            at_once=tally.at_once + (now.dials == 1),
            setup=tally.setup + took,
            slowest=max(tally.slowest, took),
        )
    return _cut(tally, before, new)


def _cut(tally: Tally, before: Attempt, new: Sample) -> Tally:
    if new.attempt is None or new.attempt.alive:
        return msgspec.structs.replace(tally, cut_since=None)
    since = tally.cut_since
    if before.alive:
        since = tally.last.at
        tally = msgspec.structs.replace(tally, drops=tally.drops + 1)
    if since is None:
        return tally
    lasted = new.at - since
    return msgspec.structs.replace(
        tally,
        cut=tally.cut + new.at - tally.last.at,
        longest_cut=max(tally.longest_cut, lasted),
        cut_since=since,
    )


def _pictures(tally: Tally, new: Sample) -> Tally:
    """Counters, rates and freezes. Counters begin again with another connection, or when they are less than before."""
    now, before = new.statistics, tally.last.statistics
    if now is None:
        return msgspec.structs.replace(tally, bitrate=0.0, frame_rate=0.0, still_since=None)
    again = before is None or _dial(new) != _dial(tally.last)
    grown = {
        one.value: _grown(getattr(now, one), 0 if before is None else getattr(before, one), one, again) for one in Total
    }
    elapsed = new.at - tally.last.at
    counted = {name: tally.totals.get(name, 0) + more for name, more in grown.items()}
    peaks = {name: max(count, tally.peaks.get(name, 0)) for name, count in now.queues.items()}
    tally = msgspec.structs.replace(tally, totals=counted, peaks=tally.peaks | peaks)
    if before is None or elapsed <= 0:
        return tally
    tally = msgspec.structs.replace(
        tally, bitrate=8 * grown[Total.OCTETS] / elapsed, frame_rate=grown[Total.PICTURES] / elapsed
    )
    lives = new.attempt is not None and new.attempt.alive
    stands = not again and not now.stills and grown[Total.PICTURES] == 0
    return _freeze(tally, new.at, still=lives and stands)


def _freeze(tally: Tally, at: float, *, still: bool) -> Tally:
    if not still:
        return msgspec.structs.replace(tally, still_since=None)
    since = tally.last.at if tally.still_since is None else tally.still_since
    lasted, step = at - since, at - tally.last.at
    if lasted < FROZEN:
        return msgspec.structs.replace(tally, still_since=since)
    begins = lasted - step < FROZEN
    return msgspec.structs.replace(
        tally,
        freezes=tally.freezes + begins,
        frozen=tally.frozen + (lasted if begins else step),
        longest_freeze=max(tally.longest_freeze, lasted),
        still_since=since,
    )


def _dial(sample: Sample) -> tuple[float, int] | None:
    return None if sample.attempt is None else (sample.attempt.born, sample.attempt.dials)


def _grown(now: int, before: int, which: Total, again: bool) -> int:  # noqa: FBT001 - read where it is called
    """How much a counter grew. The resends are the connection's own, the rest the call's."""
    fresh = now < before or (again and which in (Total.RESENT, Total.REFUSED))
    return now if fresh else now - before
