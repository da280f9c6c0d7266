# SPDX-License-Identifier: Apache-2.0
"""The ledger's lines, one for each step and server, and the pure rules by which a line follows its step."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from sync.step import Step
from sync.trouble import Trouble


class LineState(StrEnum):
    """Where a step stands with one server."""

    WAITING = "waiting"
    SENDING = "sending"
    """A request is under way; after a restart: unknown."""
    UNKNOWN = "unknown"
    """It was sent, and may or may not have been carried out: sent again where the identity makes that harmless (PUT),
    else searched first."""
    DOUBTFUL = "doubtful"
    """The server answered that it holds something else (409, 412, another id): read it and compare."""
    ACKNOWLEDGED = "acknowledged"
    QUARANTINED = "quarantined"
    """The server refuses it; not sent again until it reads differently or a technician has it tried again."""
    RELEASED = "released"
    """Refused, and let go by a technician, who brought it there by hand; it does not count as transmitted."""


_STOPPED = (LineState.QUARANTINED, LineState.RELEASED)
_UNSURE = (LineState.SENDING, LineState.UNKNOWN)
UNCLEAR = frozenset({Trouble.CONFLICT.code, Trouble.DOUBLED.code})
"""Codes of what is refused because nothing could settle what the server has of it."""


class Line(msgspec.Struct, frozen=True):
    """``digest`` is of what must be sent, ``acknowledged`` of what the server took last ("" for nothing yet).
    ``status`` and ``words`` are the server's last answer, ``code`` the technician's for it (``sync.trouble``) or "".
    ``conflicts`` counts its doubts. ``place`` is the ``Type/id`` that a server which gives ids gave, "" until then."""

    key: str
    digest: str
    state: LineState = LineState.WAITING
    acknowledged: str = ""
    attempts: int = 0
    conflicts: int = 0
    status: int = 0
    words: str = ""
    code: str = ""
    place: str = ""


class Remote(msgspec.Struct, frozen=True):
    """What a server holds of a resource that several lanes share."""

    digest: str
    sequence: int
    place: str = ""


def begun(step: Step, doubted: int) -> Line:
    """A new line; of an entry up to ``doubted`` it is not known whether it was sent before."""
    return Line(step.key, step.digest, LineState.UNKNOWN if step.entry.sequence <= doubted else LineState.WAITING)


def follow(step: Step, line: Line | None, remote: Remote | None) -> Line:
    """The line of a step: a new one, the same, or one that waits again because the resource reads differently now. What
    the server took last counts for nothing while another version may have reached it."""
    if line is None:
        line = Line(step.key, step.digest)
    if line.digest != step.digest:
        again = line.state if line.state in _UNSURE else _once_more(line)
        line = msgspec.structs.replace(line, digest=step.digest, state=again, attempts=0, conflicts=0)
    if step.shared and remote and remote.place and not line.place:
        line = msgspec.structs.replace(line, place=remote.place)
    if (line.acknowledged == step.digest and line.state not in _UNSURE) or (step.once and line.acknowledged):
        return msgspec.structs.replace(line, state=LineState.ACKNOWLEDGED)
    if step.shared and remote and (remote.digest == step.digest or remote.sequence > step.sequence):
        return msgspec.structs.replace(line, state=LineState.ACKNOWLEDGED, acknowledged=step.digest)
    return line


def _once_more(line: Line) -> LineState:
    """How a line begins again that was settled, or in doubt: what may be there is looked for before it is made."""
    doubt = line.state is LineState.DOUBTFUL or (line.state in _STOPPED and line.code in UNCLEAR)
    return LineState.UNKNOWN if doubt else LineState.WAITING


def wanted(steps: Sequence[Step], lines: Mapping[str, Line]) -> tuple[Step, ...]:
    """The steps without those that were withdrawn before the server could have them, and what needs those."""
    gone = {one.key for one in steps if one.withdrawn and not _may_be_there(lines.get(one.key))}
    return tuple(one for one in steps if one.key not in gone and gone.isdisjoint(one.needs)) if gone else tuple(steps)


def _may_be_there(line: Line | None) -> bool:
    sent = (LineState.SENDING, LineState.UNKNOWN, LineState.DOUBTFUL)
    return line is not None and (bool(line.acknowledged) or line.state in sent)


def settled(line: Line) -> bool:
    """Nothing more is to be done for it now."""
    return line.state is LineState.ACKNOWLEDGED or line.state in _STOPPED
