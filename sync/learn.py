# SPDX-License-Identifier: Apache-2.0
"""What an outcome changes: lines, lane and server. Pure.

====================  ====================================================================================
2xx                   acknowledged, unless the answer names another identity: then read and compare
409, 412              read what the server holds and compare: acknowledged, tried again, or refused
400, 422, other 4xx   quarantined with the server's words; a batch is halved until the guilty one is alone
413                   a batch is halved; a single resource is quarantined
401, 403, 407         the server is paused (the token is read again at each try); nothing is lost
404, 405, 410, 3xx    configuration: the server is paused; for a batch: sent one by one from now on
408, 425, 429, 503    Retry-After where given, for the whole server; else the lane waits
5xx, no answer        the lane waits, with full jitter, up to five minutes, for ever
out of reach          the server waits, with full jitter, up to ten seconds, for ever
====================  ====================================================================================
"""

from collections.abc import Mapping
from enum import Enum

import msgspec

from sync.compare import holds
from sync.lines import Line, LineState
from sync.outcome import Answer, Answers, Outcome, Silence, Why
from sync.plan import Action, Lane, Request
from sync.step import Step

BASE_SECONDS = 2.0
CAP_SECONDS = 300.0
EVERYWHERE_CAP_SECONDS = 10.0
"""Longest pause of a server that is only out of reach: lanes do not wait for it besides."""
MOST_RETRY_AFTER = 3600.0
MOST_CONFLICTS = 3
_UNREADABLE = frozenset({403, 405})
"""A server that takes but does not give back: its doubt cannot be settled by reading."""

AUTH = "Le serveur du dossier refuse l’autorisation du chariot : rien n’est perdu. Prévenez la maintenance."
CONFIGURATION = "Le serveur du dossier ne connaît pas cette adresse : réglage à revoir. Prévenez la maintenance."
BUSY = "Le serveur du dossier est saturé : l’envoi reprendra tout seul."
TROUBLE = "Le serveur du dossier est en panne : l’envoi reprendra tout seul."
CONFLICT = "conflict: the server holds something else under this identity"


class Verdict(Enum):
    """What a status means for one resource."""

    DONE = "done"
    COMPARE = "compare"
    POISON = "poison"
    SPLIT = "split"
    AUTH = "auth"
    CONFIGURATION = "configuration"
    BUSY = "busy"
    AGAIN = "again"


_VERDICTS = {
    0: Verdict.AGAIN,
    401: Verdict.AUTH,
    403: Verdict.AUTH,
    404: Verdict.CONFIGURATION,
    405: Verdict.CONFIGURATION,
    407: Verdict.AUTH,
    408: Verdict.BUSY,
    409: Verdict.COMPARE,
    410: Verdict.CONFIGURATION,
    412: Verdict.COMPARE,
    413: Verdict.SPLIT,
    425: Verdict.BUSY,
    429: Verdict.BUSY,
    503: Verdict.BUSY,
}
_CLASSES = {2: Verdict.DONE, 3: Verdict.CONFIGURATION, 4: Verdict.POISON}


class Health(msgspec.Struct, frozen=True):
    """How a server is: failures in a row, when it may be tried again (monotonic), whether it answers, and the French
    line of what is wrong, or ""."""

    failures: int = 0
    not_before: float = 0.0
    reachable: bool = False
    why: str = ""


class Lesson(msgspec.Struct, frozen=True):
    """What an outcome changes. ``taken``: the steps that the server acknowledged in it."""

    lines: tuple[Line, ...]
    lane: Lane
    health: Health
    taken: tuple[Step, ...] = ()


def verdict(status: int) -> Verdict:
    """What a status means."""
    return _VERDICTS.get(status) or _CLASSES.get(status // 100, Verdict.AGAIN)


def backoff(attempts: int, fraction: float, cap: float = CAP_SECONDS) -> float:
    """Seconds to wait after so many failures in a row: full jitter; ``fraction`` is random in [0, 1)."""
    return fraction * min(cap, BASE_SECONDS * float(1 << min(attempts, 16)))


class Situation(msgspec.Struct, frozen=True):
    """What is known when an outcome comes in. ``fraction`` is random in [0, 1)."""

    lines: Mapping[str, Line]
    lane: Lane
    health: Health
    now: float
    fraction: float


def learn(request: Request, outcome: Outcome, situation: Situation) -> Lesson:
    """What to remember of an outcome."""
    teacher = _Teacher(request, situation)
    match outcome:
        case Silence():
            teacher.silence(outcome)
        case Answers(entries=entries):
            teacher.batch(entries)
        case Answer() if request.action is Action.READ:
            teacher.read(request.steps[0], outcome)
        case Answer() if request.action is Action.BATCH:
            teacher.whole_batch(outcome)
        case Answer():
            teacher.single(request.steps[0], outcome)
    return teacher.lesson()


class _Teacher:
    """Gathers the changes of one outcome."""

    def __init__(self, request: Request, situation: Situation) -> None:
        self._request, self._was = request, situation
        self._lines: dict[str, Line] = {}
        self._taken: list[Step] = []
        self._progress = False
        self._delay: float | None = None
        self._batch = situation.lane.batch
        self._health = situation.health

    def lesson(self) -> Lesson:
        """Everything together."""
        lane, now = self._was.lane, self._was.now
        failed = self._delay is not None
        lane = msgspec.structs.replace(
            lane,
            batch=self._batch,
            attempts=0 if self._progress else lane.attempts + failed,
            not_before=now + self._delay if self._delay is not None else 0.0,
        )
        return Lesson(tuple(self._lines.values()), lane, self._health, tuple(self._taken))

    def silence(self, outcome: Silence) -> None:
        """Nobody answered: everything may or may not have been carried out; it is sent again."""
        for step in self._request.steps:
            self._again(step, 0, outcome.why.value)
        if outcome.why.everywhere:
            self._pause(outcome.why.line, EVERYWHERE_CAP_SECONDS, reachable=False)
            return
        self._wait()
        reachable = outcome.why is Why.IMAGE and self._health.reachable
        self._health = msgspec.structs.replace(self._health, reachable=reachable, why=outcome.why.line)

    def batch(self, entries: tuple[Answer, ...]) -> None:
        """Each entry by its own status."""
        for step, answer in zip(self._request.steps, entries, strict=True):
            self.single(step, answer)
            if answer.status == 0:
                self._halve()

    def whole_batch(self, answer: Answer) -> None:
        """A batch that was not carried out as one."""
        kind = verdict(answer.status)
        for step in self._request.steps:
            self._again(step, answer.status, answer.words)
        if kind in (Verdict.SPLIT, Verdict.POISON, Verdict.COMPARE, Verdict.DONE):
            self._halve()
        elif kind is Verdict.CONFIGURATION:
            self._batch = 1
        else:
            self._trouble(kind, answer)
            return
        self._well()

    def single(self, step: Step, answer: Answer) -> None:
        """One resource."""
        kind = verdict(answer.status)
        if kind is Verdict.DONE and answer.place in ("", step.place):
            self._take(step, answer)
        elif kind in (Verdict.DONE, Verdict.COMPARE):
            self._doubt(step, answer)
        elif kind in (Verdict.POISON, Verdict.SPLIT):
            self._quarantine(step, answer.status, answer.words)
        else:
            self._again(step, answer.status, answer.words)
            self._trouble(kind, answer)

    def read(self, step: Step, answer: Answer) -> None:
        """What the server holds of a doubtful resource."""
        line, kind = self._was.lines[step.key], verdict(answer.status)
        if kind is Verdict.DONE and (
            answer.digest == step.digest or (answer.resource and holds(answer.resource, step))
        ):
            self._take(step, answer)
        elif kind is Verdict.DONE or answer.status in (404, 410):
            if line.conflicts >= MOST_CONFLICTS:
                self._quarantine(step, line.status, f"{CONFLICT}: {line.words}")
                return
            self._line(step, state=LineState.WAITING, attempts=line.attempts + 1)
            self._well()
            self._wait()
        elif kind in (Verdict.POISON, Verdict.SPLIT, Verdict.COMPARE) or answer.status in _UNREADABLE:
            self._quarantine(step, line.status, f"{CONFLICT} (not readable, {answer.status}): {line.words}")
        else:
            self._trouble(kind, answer)

    def _take(self, step: Step, answer: Answer) -> None:
        line = self._was.lines[step.key]
        state = LineState.ACKNOWLEDGED if line.digest == step.digest else LineState.WAITING
        self._line(step, state=state, acknowledged=step.digest, status=answer.status, words="", conflicts=0)
        self._taken.append(step)
        self._progress = True
        self._well()

    def _doubt(self, step: Step, answer: Answer) -> None:
        line = self._was.lines[step.key]
        self._line(
            step,
            state=LineState.DOUBTFUL,
            status=answer.status,
            words=answer.words,
            conflicts=line.conflicts + 1,
            attempts=line.attempts + 1,
        )
        self._well()

    def _quarantine(self, step: Step, status: int, words: str) -> None:
        line = self._was.lines[step.key]
        state = LineState.QUARANTINED if line.digest == step.digest else LineState.WAITING
        self._line(step, state=state, status=status, words=words, attempts=line.attempts + 1)
        self._progress = True
        self._well()

    def _again(self, step: Step, status: int, words: str) -> None:
        line = self._was.lines[step.key]
        if self._request.action is Action.READ:
            self._line(step, attempts=line.attempts + 1)
        else:
            self._line(step, state=LineState.WAITING, status=status, words=words, attempts=line.attempts + 1)

    def _trouble(self, kind: Verdict, answer: Answer) -> None:
        """A failure that is not the resource's."""
        self._wait()
        if kind is Verdict.AUTH:
            self._pause(AUTH, CAP_SECONDS)
        elif kind is Verdict.CONFIGURATION:
            self._pause(CONFIGURATION, CAP_SECONDS)
        elif kind is Verdict.BUSY and answer.retry_after is not None:
            seconds = min(answer.retry_after, MOST_RETRY_AFTER)
            self._delay = max(seconds, self._delay or 0.0)
            self._health = Health(self._health.failures + 1, self._was.now + seconds, reachable=True, why=BUSY)
        else:
            why = BUSY if kind is Verdict.BUSY else TROUBLE
            self._health = msgspec.structs.replace(self._health, reachable=True, why=why)

    def _line(self, step: Step, **changes: object) -> None:
        self._lines[step.key] = msgspec.structs.replace(self._was.lines[step.key], **changes)

    def _wait(self) -> None:
        self._delay = backoff(self._was.lane.attempts, self._was.fraction)

    def _halve(self) -> None:
        self._batch = max(1, len(self._request.steps) // 2)

    def _pause(self, why: str, cap: float, *, reachable: bool = True) -> None:
        """Nothing more to this server for a while."""
        seconds = backoff(self._was.health.failures, self._was.fraction, cap)
        self._health = Health(self._was.health.failures + 1, self._was.now + seconds, reachable=reachable, why=why)

    def _well(self) -> None:
        """The server answers and knows us; a pause that is not over stands (Retry-After, or decided just now)."""
        if self._health.not_before <= self._was.now:
            self._health = Health(reachable=True)
