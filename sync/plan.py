# SPDX-License-Identifier: Apache-2.0
"""What to send next. Pure: lanes, steps and lines in, a request out.

A lane has one request in flight. Within it the order is that of its steps; a step that is held or refused is passed
over by those that do not need it, and holds back those that do while the server has no version of it. The encounter's
end goes only when everything else of the lane is acknowledged, or cannot be: a finished encounter is a complete one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from itertools import islice
from uuid import UUID

import msgspec

from sync.lines import Line, LineState, settled
from sync.profile import Identity, Places, unknown
from sync.step import Rank, Step

LARGE = 512 << 10
"""Bytes of a file from which the server is asked whether it has it before it is sent again: a way up is slower than a
way down, and what was cut off is not there."""


class Lane(msgspec.Struct, frozen=True):
    """One encounter on its way to one server. ``turn`` is when it was last tried (a count), ``not_before`` monotonic,
    ``batch`` how many observations go in one request, ``attempts`` failures in a row. ``idle``: nothing to do before
    another entry comes; ``closed``: its file is."""

    id: UUID
    newest: int = 0
    turn: int = 0
    attempts: int = 0
    not_before: float = 0.0
    batch: int = 1
    idle: bool = False
    closed: bool = False


class Action(Enum):
    """What a request does."""

    PUT = "put"
    CREATE = "create"
    """Of a server that gives ids: create what has none yet."""
    BATCH = "batch"
    READ = "read"
    SEARCH = "search"
    """Of a server that gives ids: find by its identifier what may be there."""


class Request(msgspec.Struct, frozen=True):
    """One request of one lane. ``places``: the ids that the server gave, by ours; None where ours are the server's."""

    lane: UUID
    action: Action
    steps: tuple[Step, ...]
    places: Places | None = None

    def place(self, step: Step) -> str:
        """Where a step's resource is, or "" when the server has not said yet."""
        return step.place if self.places is None else self.places.get(step.place, "")


class Rest(Enum):
    """Why a lane has no request."""

    IDLE = "idle"
    """Nothing to do before another entry, or a technician."""
    LATER = "later"
    """Another lane is sending what this one needs next."""


def choose(lanes: Iterable[Lane], busy: Collection[UUID], now: float, room: int) -> list[Lane]:
    """The lanes whose turn it is: those that are well, the one with the newest entry first (the bedside's own goes
    before what piled up, and each is finished before the next is begun), then those in trouble, the least recently
    tried first: so a lane in trouble never starves another."""
    ready = [one for one in lanes if not one.idle and one.id not in busy and one.not_before <= now]
    return sorted(ready, key=lambda one: (one.attempts > 0, one.turn if one.attempts else -one.newest))[:room]


def due(lanes: Iterable[Lane], busy: Collection[UUID]) -> float | None:
    """When the next lane may be tried, on the monotonic clock; None: no lane waits for its time."""
    return min((one.not_before for one in lanes if not one.idle and one.id not in busy), default=None)


def next_request(
    lane: Lane,
    steps: Sequence[Step],
    lines: Mapping[str, Line],
    in_flight: Collection[str],
    identity: Identity = Identity.PUT,
) -> Request | Rest:
    """The next request of a lane. ``in_flight``: places that other lanes are sending."""
    rest = Rest.IDLE
    places = None if identity is Identity.PUT else known(steps, lines)
    own = frozenset(one.place for one in steps) if places is not None else frozenset[str]()
    for index, step in enumerate(steps):
        if not _ready(step, steps, lines) or _dangling(step, own, places):
            continue
        if step.place in in_flight:
            rest = Rest.LATER
            continue
        action = _action(lines[step.key], places, step)
        if action not in _SENDS or step.rank not in _TOGETHER:
            return Request(lane.id, action, (step,), places)
        found = (
            one
            for one in steps[index:]
            if one.rank is step.rank
            and one.place not in in_flight
            and _ready(one, steps, lines)
            and not _dangling(one, own, places)
            and _action(lines[one.key], places, one) in _SENDS
        )
        batch = tuple(islice(found, max(1, lane.batch)))
        return Request(lane.id, Action.BATCH if len(batch) > 1 else action, batch, places)
    return rest


def known(steps: Sequence[Step], lines: Mapping[str, Line]) -> dict[str, str]:
    """The ids that a server gave, by ours."""
    return {one.place: place for one in steps if (place := lines[one.key].place)}


_TOGETHER = frozenset({Rank.OBSERVATION, Rank.PROVENANCE})
"""Ranks whose steps go together: none needs another, and each has its own identity and status."""
_SENDS = frozenset({Action.PUT, Action.CREATE})


_FILES = frozenset({"Binary", "Instance"})
_UNSURE = frozenset({LineState.UNKNOWN, LineState.SENDING})
"""It may have been carried out. A lane has one request in flight, so what is planned while it reads "sending" is of a
request whose outcome could not be noted."""


def _action(line: Line, places: Places | None, step: Step) -> Action:
    """What a step that is ready needs."""
    if places is None or step.place in places:
        asked = line.state in _UNSURE and step.type in _FILES and step.size >= LARGE
        return Action.READ if line.state is LineState.DOUBTFUL or asked else Action.PUT
    return Action.SEARCH if line.state in _UNSURE | {LineState.DOUBTFUL} else Action.CREATE


def _dangling(step: Step, own: frozenset[str], places: Places | None) -> bool:
    """Whether a step refers to what the server has not named yet."""
    return places is not None and next(unknown(step, own, places), None) is not None


def _ready(step: Step, steps: Sequence[Step], lines: Mapping[str, Line]) -> bool:
    if settled(lines[step.key]) or step.held:
        return False
    if not all(lines[need].acknowledged for need in step.needs):
        return False
    return step.rank is not Rank.END or _complete(steps, lines)


def _complete(steps: Sequence[Step], lines: Mapping[str, Line]) -> bool:
    """Whether everything but the end is acknowledged, or is stuck: held, refused, or in need of what is."""
    stuck: set[str] = set()
    for step in steps:
        state = lines[step.key].state
        if state is LineState.ACKNOWLEDGED or step.rank is Rank.END:
            continue
        refused = state in (LineState.QUARANTINED, LineState.RELEASED)
        if not (step.held or refused or not stuck.isdisjoint(step.needs)):
            return False
        if not lines[step.key].acknowledged:
            stuck.add(step.key)
    return True
