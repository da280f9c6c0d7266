# SPDX-License-Identifier: Apache-2.0
"""What to send next. Pure: lanes, steps and lines in, a request out.

A lane has one request in flight. Within it the order is that of its steps; a step that is held or refused is passed
over by those that do not need it, and holds back those that do while the server has no version of it. The encounter's
end goes only when everything else of the lane is acknowledged, or cannot be: a finished encounter is a complete one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import Enum
from uuid import UUID

import msgspec

from sync.lines import Line, LineState, settled
from sync.step import Rank, Step


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
    BATCH = "batch"
    READ = "read"


class Request(msgspec.Struct, frozen=True):
    """One request of one lane."""

    lane: UUID
    action: Action
    steps: tuple[Step, ...]


class Rest(Enum):
    """Why a lane has no request."""

    IDLE = "idle"
    """Nothing to do before another entry, or a technician."""
    LATER = "later"
    """Another lane is sending what this one needs next."""


def choose(lanes: Iterable[Lane], busy: Collection[UUID], now: float, room: int) -> list[Lane]:
    """The lanes whose turn it is, the least recently tried first: so a lane in trouble never starves the others."""
    ready = [one for one in lanes if not one.idle and one.id not in busy and one.not_before <= now]
    return sorted(ready, key=lambda one: (one.turn, one.newest))[:room]


def due(lanes: Iterable[Lane], busy: Collection[UUID]) -> float | None:
    """When the next lane may be tried, on the monotonic clock; None: no lane waits for its time."""
    return min((one.not_before for one in lanes if not one.idle and one.id not in busy), default=None)


def next_request(
    lane: Lane, steps: Sequence[Step], lines: Mapping[str, Line], in_flight: Collection[str]
) -> Request | Rest:
    """The next request of a lane. ``in_flight``: places that other lanes are sending."""
    rest = Rest.IDLE
    for index, step in enumerate(steps):
        if not _ready(step, steps, lines):
            continue
        if step.place in in_flight:
            rest = Rest.LATER
            continue
        if lines[step.key].state is LineState.DOUBTFUL:
            return Request(lane.id, Action.READ, (step,))
        batch = _batch(lane, steps[index:], steps, lines) if step.rank is Rank.OBSERVATION else (step,)
        return Request(lane.id, Action.BATCH if len(batch) > 1 else Action.PUT, batch)
    return rest


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
        if not (step.held or state is LineState.QUARANTINED or not stuck.isdisjoint(step.needs)):
            return False
        if not lines[step.key].acknowledged:
            stuck.add(step.key)
    return True


def _batch(lane: Lane, rest: Sequence[Step], steps: Sequence[Step], lines: Mapping[str, Line]) -> tuple[Step, ...]:
    """Observations that may go together: none needs another, and each has its own identity and status."""
    found = [
        one
        for one in rest
        if one.rank is Rank.OBSERVATION and _ready(one, steps, lines) and lines[one.key].state is not LineState.DOUBTFUL
    ]
    return tuple(found[: max(1, lane.batch)])
