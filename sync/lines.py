# SPDX-License-Identifier: Apache-2.0
"""The ledger's lines, one for each step and server, and the pure rules by which a line follows its step."""

from enum import StrEnum

import msgspec

from sync.step import Step


class LineState(StrEnum):
    """Where a step stands with one server."""

    WAITING = "waiting"
    SENDING = "sending"
    """A request is under way; after a restart: unknown, so it is sent again, which PUT makes harmless."""
    DOUBTFUL = "doubtful"
    """The server answered that it holds something else (409, 412, another id): read it and compare."""
    ACKNOWLEDGED = "acknowledged"
    QUARANTINED = "quarantined"
    """The server refuses it; not sent again until it reads differently or a technician releases it."""


class Line(msgspec.Struct, frozen=True):
    """``digest`` is of what must be sent, ``acknowledged`` of what the server took last ("" for nothing yet).
    ``status`` and ``words`` are the server's last answer. ``conflicts`` counts its doubts."""

    key: str
    digest: str
    state: LineState = LineState.WAITING
    acknowledged: str = ""
    attempts: int = 0
    conflicts: int = 0
    status: int = 0
    words: str = ""


class Remote(msgspec.Struct, frozen=True):
    """What a server holds of a resource that several lanes share."""

    digest: str
    sequence: int


def follow(step: Step, line: Line | None, remote: Remote | None) -> Line:
    """The line of a step: a new one, the same, or one that waits again because the resource reads differently now."""
    if line is None:
        line = Line(step.key, step.digest)
    if line.digest != step.digest:
        again = LineState.SENDING if line.state is LineState.SENDING else LineState.WAITING
        line = msgspec.structs.replace(line, digest=step.digest, state=again, attempts=0, conflicts=0)
    if line.acknowledged == step.digest or (step.once and line.acknowledged):
        return msgspec.structs.replace(line, state=LineState.ACKNOWLEDGED)
    if step.shared and remote and (remote.digest == step.digest or remote.sequence > step.sequence):
        return msgspec.structs.replace(line, state=LineState.ACKNOWLEDGED, acknowledged=step.digest)
    return line


def settled(line: Line) -> bool:
    """Nothing more is to be done for it now."""
    return line.state in (LineState.ACKNOWLEDGED, LineState.QUARANTINED)
