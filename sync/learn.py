# SPDX-License-Identifier: Apache-2.0
"""What an outcome changes: lines, lane and server. Pure.

====================  ====================================================================================
2xx                   acknowledged, unless the answer names another identity, or what was there before: then read and
                      compare; where it names none of the ids that it gives: searched
409, 412              read what the server holds and compare: acknowledged, tried again, or refused
400, 422, other 4xx   quarantined with the server's words; a batch is halved until the guilty one is alone
413                   a batch is halved; a single resource is quarantined
401, 403, 407         the server is paused (the token is read again at each try); nothing is lost
404, 405, 410, 3xx    configuration: the server is paused; for a batch: sent one by one from now on; for what the
                      server had named: quarantined (it takes no new versions, or somebody removed it)
408, 425, 429, 503    Retry-After where given, for the whole server; else the lane waits
5xx, no answer        the lane waits, with full jitter, up to five minutes, for ever
out of reach          the server waits, with full jitter, up to ten seconds, for ever
====================  ====================================================================================

After 0, 408, 5xx and silence what was sent may have been carried out: its line is then unknown, and where the server
gives ids it is searched before it is sent again.
"""

from collections.abc import Mapping

import msgspec

from sync.compare import holds
from sync.fhir.elements import Json
from sync.lines import UNCLEAR, Line, LineState
from sync.outcome import Answer, Answers, Outcome, Silence, Why
from sync.plan import Action, Lane, Request
from sync.profile import named_by_us, reading
from sync.step import Step
from sync.trouble import Trouble
from sync.verdict import CAP_SECONDS, Verdict, asked_by, backoff, trouble_of, verdict
from sync.words import MAX_WORDS, matches, place_in

EVERYWHERE_CAP_SECONDS = 10.0
"""Longest pause of a server that is only out of reach: lanes do not wait for it besides."""
MOST_RETRY_AFTER = 3600.0
MOST_CONFLICTS = 3
_CREATED, _UNFIT = 201, 415
_UNREADABLE = frozenset({403, 405})
"""A server that takes but does not give back: its doubt cannot be settled by reading."""
_REMOVED = frozenset({404, 405, 410})
"""Of what the server itself had named: gone, or it takes no new version."""
CONFLICT = "conflict: the server holds something else under this identity"
DOUBLED = "several resources carry this identity"


class Health(msgspec.Struct, frozen=True):
    """How a server is: failures in a row, when it may be tried again (monotonic), whether it answers, and the French
    line of what is wrong with its code, or ""."""

    failures: int = 0
    not_before: float = 0.0
    reachable: bool = False
    why: str = ""
    code: str = ""


class Lesson(msgspec.Struct, frozen=True):
    """What an outcome changes. ``taken``: the steps that the server acknowledged in it."""

    lines: tuple[Line, ...]
    lane: Lane
    health: Health
    taken: tuple[Step, ...] = ()


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
        case Answer() if request.action is Action.SEARCH:
            teacher.search(request.steps[0], outcome)
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
        self._cut = False
        self._batch = situation.lane.batch
        self._health = situation.health

    def lesson(self) -> Lesson:
        """Everything together."""
        lane, now = self._was.lane, self._was.now
        failed = self._delay is not None or self._cut
        lane = msgspec.structs.replace(
            lane,
            batch=self._batch,
            attempts=0 if self._progress else lane.attempts + failed,
            not_before=now + self._delay if self._delay is not None else 0.0,
        )
        return Lesson(tuple(self._lines.values()), lane, self._health, tuple(self._taken))

    def silence(self, outcome: Silence) -> None:
        """Nobody answered."""
        why = outcome.why
        for step in self._request.steps:
            self._again(step, Answer(0, words=why.name.lower()), why.trouble, asked=why.asked)
        if why.everywhere:
            self._cut = True
            self._pause(why.trouble, EVERYWHERE_CAP_SECONDS, reachable=False)
            return
        self._wait()
        self._ill(why.trouble, reachable=why is Why.IMAGE and self._health.reachable)

    def batch(self, entries: tuple[Answer, ...]) -> None:
        """Each entry by its own status."""
        for step, answer in zip(self._request.steps, entries, strict=True):
            self.single(step, answer)
            if answer.status == 0:
                self._halve()

    def whole_batch(self, answer: Answer) -> None:
        """A batch that was not carried out as one."""
        kind = verdict(answer.status)
        trouble = trouble_of(answer.status)
        for step in self._request.steps:
            self._again(step, answer, trouble, asked=kind is Verdict.DONE or asked_by(answer.status))
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
        kind, at = verdict(answer.status), self._request.place(step)
        if kind is Verdict.DONE and not at:
            self._created(step, answer)
        elif kind is Verdict.DONE and answer.place in ("", at):
            self._take(step, answer, at)
        elif kind in (Verdict.DONE, Verdict.COMPARE):
            self._doubt(step, answer)
        elif kind in (Verdict.POISON, Verdict.SPLIT):
            unfit = answer.status == _UNFIT and step.attachment
            trouble = Trouble.PICTURE if unfit else trouble_of(answer.status)
            self._quarantine(step, trouble, answer.status, answer.words)
        elif answer.status in _REMOVED and at and self._request.places is not None:
            self._quarantine(step, Trouble.NO_VERSION, answer.status, answer.words)
        else:
            self._again(step, answer, trouble_of(answer.status), asked=asked_by(answer.status))
            self._trouble(kind, answer)

    def read(self, step: Step, answer: Answer) -> None:
        """What the server holds of a doubtful resource, or of a large one that is only asked for to spare the way."""
        line, kind = self._was.lines[step.key], verdict(answer.status)
        refuses = kind in (Verdict.POISON, Verdict.SPLIT, Verdict.COMPARE) or answer.status in _UNREADABLE
        if kind is Verdict.DONE and self._same(step, answer.resource, answer.digest):
            self._take(step, answer, self._request.place(step))
        elif kind is Verdict.DONE or answer.status in (404, 410) or (refuses and line.state is LineState.UNKNOWN):
            self._send_again(step, line)
        elif refuses:
            words = f"{CONFLICT} (not readable, {answer.status}): {line.words}"
            self._quarantine(step, Trouble.CONFLICT, line.status, words)
        else:
            self._trouble(kind, answer)

    def search(self, step: Step, answer: Answer) -> None:
        """What the server found under a resource's identity."""
        line, kind = self._was.lines[step.key], verdict(answer.status)
        found = matches(answer.resource, step.type) if kind is Verdict.DONE else None
        if found is not None and len(found) > 1:
            words = f"{DOUBLED}: {', '.join(place_in(one) for one in found)}"
            self._quarantine(step, Trouble.DOUBLED, answer.status, words[:MAX_WORDS])
        elif found:
            if not named_by_us(step) or self._same(step, found[0], ""):
                self._take(step, answer, place_in(found[0]))
            else:
                self._line(step, state=LineState.WAITING, place=place_in(found[0]))
                self._well()
        elif found is not None:
            self._send_again(step, line)
        elif kind in (Verdict.DONE, Verdict.POISON, Verdict.SPLIT, Verdict.COMPARE) or answer.status in _UNREADABLE:
            words = f"{CONFLICT} (not searchable, {answer.status}): {line.words}"
            self._quarantine(step, Trouble.CONFLICT, line.status or answer.status, words)
        else:
            self._trouble(kind, answer)

    def _created(self, step: Step, answer: Answer) -> None:
        """A server that gives ids took a resource, or (200) has one of that identity, which may read otherwise."""
        if not answer.place.startswith(f"{step.type}/"):
            self._doubt(step, answer)
        elif answer.status == _CREATED or not named_by_us(step):
            self._take(step, answer, answer.place)
        else:
            self._line(step, state=LineState.DOUBTFUL, status=answer.status, place=answer.place)
            self._well()

    def _same(self, step: Step, resource: Json | None, digest: str) -> bool:
        if digest and digest in (step.digest, step.attachment):
            return True
        return resource is not None and holds(resource, reading(step, self._request.places))

    def _send_again(self, step: Step, line: Line) -> None:
        """The server has nothing of it, or something else: sent again, until it was in doubt too often."""
        if line.conflicts >= MOST_CONFLICTS:
            self._quarantine(step, Trouble.CONFLICT, line.status, f"{CONFLICT}: {line.words}")
            return
        self._line(step, state=LineState.WAITING, attempts=line.attempts + 1)
        self._well()
        if line.conflicts:
            self._wait()

    def _take(self, step: Step, answer: Answer, place: str) -> None:
        line = self._was.lines[step.key]
        state = LineState.ACKNOWLEDGED if line.digest == step.digest else LineState.WAITING
        given = "" if self._request.places is None else place
        self._line(
            step,
            state=state,
            acknowledged=step.digest,
            status=answer.status,
            words="",
            code="",
            conflicts=0,
            place=given,
        )
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
            code=Trouble.CONFLICT.code,
            conflicts=line.conflicts + 1,
            attempts=line.attempts + 1,
        )
        self._well()

    def _quarantine(self, step: Step, trouble: Trouble, status: int, words: str) -> None:
        line = self._was.lines[step.key]
        state = LineState.QUARANTINED
        if line.digest != step.digest:
            state = LineState.UNKNOWN if trouble.code in UNCLEAR else LineState.WAITING
        self._line(step, state=state, status=status, words=words, code=trouble.code, attempts=line.attempts + 1)
        self._progress = True
        self._well()

    def _again(self, step: Step, answer: Answer, trouble: Trouble, *, asked: bool) -> None:
        """Not taken. ``asked``: it may have been carried out nevertheless."""
        line = self._was.lines[step.key]
        if self._request.action in (Action.READ, Action.SEARCH):
            self._line(step, attempts=line.attempts + 1)
            return
        self._line(
            step,
            state=LineState.UNKNOWN if asked or line.state is LineState.UNKNOWN else LineState.WAITING,
            status=answer.status,
            words=answer.words,
            code=trouble.code,
            attempts=line.attempts + 1,
        )

    def _trouble(self, kind: Verdict, answer: Answer) -> None:
        """A failure that is not the resource's."""
        self._wait()
        trouble = trouble_of(answer.status)
        if kind in (Verdict.AUTH, Verdict.CONFIGURATION):
            self._pause(trouble, CAP_SECONDS)
        elif kind is Verdict.BUSY and answer.retry_after is not None:
            seconds = min(answer.retry_after, MOST_RETRY_AFTER)
            self._delay = max(seconds, self._delay or 0.0)
            until = self._was.now + seconds
            self._health = _ill(Health(self._health.failures + 1, until, reachable=True), trouble)
        else:
            self._ill(trouble, reachable=True)

    def _line(self, step: Step, **changes: object) -> None:
        self._lines[step.key] = msgspec.structs.replace(self._was.lines[step.key], **changes)

    def _wait(self) -> None:
        self._delay = backoff(self._was.lane.attempts, self._was.fraction)

    def _halve(self) -> None:
        self._batch = max(1, len(self._request.steps) // 2)

    def _pause(self, trouble: Trouble, cap: float, *, reachable: bool = True) -> None:
        """Nothing more to this server for a while."""
        seconds = backoff(self._was.health.failures, self._was.fraction, cap)
        health = Health(self._was.health.failures + 1, self._was.now + seconds, reachable=reachable)
        self._health = _ill(health, trouble)

    def _ill(self, trouble: Trouble, *, reachable: bool) -> None:
        self._health = _ill(msgspec.structs.replace(self._health, reachable=reachable), trouble)

    def _well(self) -> None:
        """The server answers and knows us; a pause that is not over stands (Retry-After, or decided just now)."""
        if self._health.not_before <= self._was.now:
            self._health = Health(reachable=True)


def _ill(health: Health, trouble: Trouble) -> Health:
    return msgspec.structs.replace(health, why=trouble.line, code=trouble.code)
