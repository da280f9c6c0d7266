# SPDX-License-Identifier: Apache-2.0
"""When to dial again. Pure.

aiortc notices a dead path after 27 to 39 s and has no ICE restart; a new peer connection takes 0.15 s. So the path is
dead when no beat was heard for 3 s or the page says so, and the answer is always a fresh peer connection. Once the
kernel says that links or addresses changed, less silence is enough.
"""

import math

import msgspec

CONNECT = 10.0
"""Seconds from an offer to an open data channel."""
SILENCE = 3.0
"""Seconds without a beat."""
DOUBTFUL = 1.5
"""Seconds without a beat once the network has changed since the last one."""
PAUSE = 0.5
LONG_PAUSE = 2.0
"""Least seconds between two dials: the first few, and later."""
PATIENT = 4
"""Failed dials after which the pause is long."""


class Path(msgspec.Struct, frozen=True):
    """What is known of the way to one page. Times are monotonic seconds.

    ``dialled``: when the present peer connection was begun, None: there is none. ``failed``: it failed at once.
    ``asked``: the page or the server asked for another. ``dials`` since it was last connected. ``doubt``: when links or
    addresses last changed.
    """

    dialled: float | None = None
    connected: bool = False
    failed: bool = False
    heard: float = 0.0
    asked: bool = False
    dials: int = 0
    doubt: float = -math.inf


class Step(msgspec.Struct, frozen=True):
    """Dial now or not; whether the path is alive; when to look again (monotonic seconds) if nothing happens before."""

    dial: bool
    alive: bool
    look: float


def decide(path: Path, now: float, *, online: bool) -> Step:
    """What to do at ``now``; ``online``: the rendezvous server answers, so that an offer can be sent."""
    silent = path.heard + (DOUBTFUL if path.doubt > path.heard else SILENCE)
    alive = path.connected and not path.failed and now < silent
    if path.dialled is None:
        return Step(online, alive=False, look=now + PAUSE)
    deadline = path.dialled + CONNECT
    wanted = path.asked or path.failed or (now >= silent if path.connected else now >= deadline)
    earliest = path.dialled + (PAUSE if path.dials < PATIENT else LONG_PAUSE)
    if wanted:
        return Step(online and now >= earliest, alive, look=max(earliest, now + PAUSE))
    return Step(dial=False, alive=alive, look=silent if path.connected else deadline)
