# SPDX-License-Identifier: Apache-2.0
"""What doctors' pages say they showed, folded into totals. Pure.

A page's word is untrusted: it is believed no further than the time that has passed allows. A page counts from the
moment it was let in; one that counts less than before was opened anew, one that has counted for longer than its line is
old told another process of ours what came before. Times are monotonic seconds.
"""

import msgspec

from call.pages import Seen

SLACK = 10.0
"""Seconds by which a report may come late, or early."""


class Watched(msgspec.Struct, frozen=True):
    """Since the process began. ``firsts`` pages showed a first picture, ``wait`` seconds together and ``longest_wait``
    at most after they were let in; then their pictures, their freezes and their cuts (the seconds of each summed, and
    at most). ``rate`` is the newest word on pictures a second."""

    firsts: int = 0
    wait: float = 0.0
    longest_wait: float = 0.0
    pictures: int = 0
    freezes: int = 0
    frozen: float = 0.0
    longest_freeze: float = 0.0
    cuts: int = 0
    cut: float = 0.0
    longest_cut: float = 0.0
    rate: float = 0.0
    last: Seen | None = None
    line: float = 0.0
    heard: float = 0.0


def watch(watched: Watched, seen: Seen, at: float, line: float) -> Watched:
    """With a report heard by ``at`` over a line born at ``line``; the same report again changes nothing."""
    last = watched.last if watched.line == line else None
    if seen == last:
        return watched
    room = at - (line if last is None else watched.heard) + SLACK
    known = last is not None
    if last is None or _anew(last, seen):
        last = seen if not known and seen.since > at - line + SLACK else Seen(0.0)
    freezes = _count(seen.freezes - last.freezes, room)
    cuts = _count(seen.cuts - last.cuts, room)
    first = seen.first if last.first is None and seen.first is not None and seen.first <= at - line + SLACK else None
    return msgspec.structs.replace(
        watched,
        firsts=watched.firsts + (first is not None),
        wait=watched.wait + (first or 0.0),
        longest_wait=max(watched.longest_wait, first or 0.0),
        pictures=watched.pictures + _count(seen.pictures - last.pictures, 240 * room),
        freezes=watched.freezes + freezes,
        frozen=watched.frozen + _most(seen.frozen - last.frozen, room),
        longest_freeze=max(watched.longest_freeze, _most(seen.last_freeze, at - line + SLACK) if freezes else 0.0),
        cuts=watched.cuts + cuts,
        cut=watched.cut + _most(seen.cut - last.cut, room),
        longest_cut=max(watched.longest_cut, _most(seen.last_cut, at - line + SLACK) if cuts else 0.0),
        rate=seen.rate,
        last=seen,
        line=line,
        heard=at,
    )


def _anew(last: Seen, seen: Seen) -> bool:
    """Whether the page was opened again: each of these only grows."""
    fields = ("since", "pictures", "freezes", "cuts")
    return any(getattr(seen, name) < getattr(last, name) for name in fields)


def _most(grown: float, room: float) -> float:
    return max(0.0, min(grown, room))


def _count(grown: int, room: float) -> int:
    return int(_most(grown, room))
