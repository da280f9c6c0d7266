# SPDX-License-Identifier: Apache-2.0
"""What of a call is worth a line in the patient's file (art. R. 6316-4 CSP wants technical incidents there). Pure.

Written once it is over, so that its entry's instant is its end and ``seconds`` leads back to its beginning. Times are
monotonic seconds.
"""

import msgspec

from call.pages import Seen
from call.tally import Sample
from device.entry import Incident

CUT = 5.0
"""A line dead for less than this is not worth it."""
FROZEN = 2.0
"""Nor is a picture that stood for less at the doctor's."""
STILLS = 5.0
"""Nor stills instead of a moving picture for less."""
CALL_CUT, PICTURE_FROZEN, STILLS_ONLY, RELAY_USED = "call-cut", "picture-frozen", "stills-only", "relay-used"


class Open(msgspec.Struct, frozen=True):
    """What is not over: the line it is of, since when that is dead, since when it carries stills alone, whether its
    relay was told, and the page's last word."""

    line: float | None = None
    dead: float | None = None
    stills: float | None = None
    relayed: bool = False
    page: Seen | None = None


def notice(open_: Open, new: Sample) -> tuple[Open, tuple[Incident, ...]]:
    """With one more sample: what is open now, and what is over."""
    attempt = new.attempt
    if attempt is None or attempt.born != open_.line:
        ended = close(open_, new.at)
        if attempt is None:
            return Open(), ended
        return Open(attempt.born, page=new.page), ended
    dead = None if attempt.alive or attempt.stood is None else _first(open_.dead, new.at)
    still = attempt.alive and new.statistics is not None and new.statistics.stills
    stills = _first(open_.stills, new.at) if still else None
    relay = attempt.alive and new.statistics is not None and "relay" in new.statistics.route
    after = Open(open_.line, dead, stills, open_.relayed or relay, new.page or open_.page)
    return after, (*_over(open_, after, new.at), *_frozen(open_, new.page, still=still))


def close(open_: Open, at: float) -> tuple[Incident, ...]:
    """The line or its encounter ends: what is open is over."""
    return _over(open_, msgspec.structs.replace(open_, dead=None, stills=None), at)


def _over(before: Open, after: Open, at: float) -> tuple[Incident, ...]:
    found = []
    if before.dead is not None and after.dead is None and at - before.dead >= CUT:
        found.append(Incident(CALL_CUT, "Liaison avec le médecin coupée.", round(at - before.dead, 1)))
    if before.stills is not None and after.stills is None and at - before.stills >= STILLS:
        line = "Réseau trop faible : le son et des images fixes seulement."
        found.append(Incident(STILLS_ONLY, line, round(at - before.stills, 1)))
    if after.relayed and not before.relayed:
        found.append(Incident(RELAY_USED, "La liaison passe par un relais."))
    return tuple(found)


def _frozen(before: Open, seen: Seen | None, *, still: bool) -> tuple[Incident, ...]:
    """The page's own word, no longer than the page is old. While stills are sent each of them stands: said once."""
    last = before.page
    if seen is None or still or seen.freezes <= (last.freezes if last is not None else 0):
        return ()
    if not FROZEN <= seen.last_freeze <= seen.since:
        return ()
    return (Incident(PICTURE_FROZEN, "Image figée chez le médecin.", round(seen.last_freeze, 1)),)


def _first(since: float | None, now: float) -> float:
    return now if since is None else since
