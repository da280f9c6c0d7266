# SPDX-License-Identifier: Apache-2.0
"""Whatever a server, an authority or an archive may refuse with: one French line, one code that the technician's table
has, and nothing thrown away. Tables against the rules themselves; ``test_f30_said`` plays the commonest over HTTP."""

import re
from pathlib import Path
from uuid import UUID

import aiohttp
import msgspec
import pytest

from sync.dicom.client import _stored
from sync.dicom.steps import instances
from sync.learn import Health, Situation, learn
from sync.ledger import Ledger
from sync.lines import Line, LineState
from sync.link import Reply
from sync.oauth import Tokens
from sync.outcome import Answer, Answers, Silence, Why
from sync.plan import Action, Lane, Request
from sync.queue import Standing, report
from sync.settings import OAuth
from sync.steps import steps
from sync.trouble import Trouble
from sync.verdict import verdict
from sync.words import spoken
from tests.sync.story import SOURCE, Story, capture, opening, pressure
from tests.sync.test_oauth import Said, Session

TECHNICIAN = Path(__file__).parents[2] / "docs/fr/technicien.md"
ROWS = set(re.findall(r"^\| ([A-Z]{3}-\d\d) \|", TECHNICIAN.read_text("utf-8"), re.MULTILINE))
FRENCH = re.compile(r"[A-ZÀ-Ý][^\n']+[.)?]")
NAMING = "Lefèvre 36.6"
"""What a server may say, and no line ever does."""
LANE = UUID(int=7)
STORY = Story()
STORY.tell(LANE, *opening(), pressure(), capture("a" * 64, 1000))
FOUND = steps(SOURCE, STORY.entries, {"a" * 64: "c2hh"})
PATIENT = next(one for one in FOUND if one.type == "Patient")
BATCH = tuple(one for one in FOUND if one.type == "Observation")
IMAGE = instances(SOURCE, STORY.entries, {"a" * 64: "c2hh"})[0]
REFUSALS = range(300, 600)
SETTLED = {LineState.ACKNOWLEDGED, LineState.RELEASED}
ISSUES = [
    "invalid",
    "structure",
    "required",
    "value",
    "invariant",
    "security",
    "login",
    "unknown",
    "expired",
    "forbidden",
    "suppressed",
    "processing",
    "not-supported",
    "duplicate",
    "multiple-matches",
    "not-found",
    "deleted",
    "too-long",
    "code-invalid",
    "extension",
    "too-costly",
    "business-rule",
    "conflict",
    "transient",
    "lock-error",
    "no-store",
    "exception",
    "timeout",
    "incomplete",
    "throttled",
    "informational",
]
"""http://hl7.org/fhir/R4/valueset-issue-type.html"""


def taught(outcome, *of, action=Action.PUT, places=None, state=LineState.SENDING):
    of = of or (PATIENT,)
    lines = {one.key: Line(one.key, one.digest, state, code="REC-12", words="before") for one in of}
    situation = Situation(lines, Lane(LANE, batch=20), Health(), now=100.0, fraction=0.5)
    return learn(Request(LANE, action, of, places), outcome, situation)


def assert_said(lesson, *of):
    """Nothing is settled or forgotten, and line and code are there."""
    of = of or (PATIENT,)
    assert {line.key for line in lesson.lines} <= {one.key for one in of}
    told = {one.code: one.line for one in Trouble}
    codes = {line.code for line in lesson.lines} | {lesson.health.code} - {""}
    assert codes
    assert codes <= ROWS
    for line in lesson.lines:
        assert line.state not in SETTLED
        assert line.digest in {one.digest for one in of}
        assert FRENCH.fullmatch(told[line.code])
    if lesson.health.why:
        assert FRENCH.fullmatch(lesson.health.why)
        assert NAMING not in lesson.health.why
    assert lesson.taken == ()


@pytest.mark.parametrize("action", [Action.PUT, Action.CREATE])
def test_f30_each_status_of_a_resource(action):
    for status in REFUSALS:
        lesson = taught(Answer(status, words=NAMING), action=action, places=None if action is Action.PUT else {})
        assert_said(lesson)
        (line,) = lesson.lines
        if line.state is LineState.QUARANTINED:
            assert line.words == NAMING


@pytest.mark.parametrize("action", [Action.READ, Action.SEARCH])
@pytest.mark.parametrize("state", [LineState.DOUBTFUL, LineState.UNKNOWN])
def test_f30_each_status_of_a_question(action, state):
    for status in REFUSALS:
        assert_said(taught(Answer(status, words=NAMING), action=action, places={}, state=state))


@pytest.mark.parametrize("whole", [True, False])
def test_f30_each_status_of_a_batch_and_of_an_entry_in_one(whole):
    for status in REFUSALS:
        answer = Answer(status, words=NAMING)
        assert_said(taught(answer if whole else Answers((answer,) * len(BATCH)), *BATCH, action=Action.BATCH), *BATCH)


def test_f30_each_status_reaches_the_station_with_everything_still_counted(tmp_path):
    ledger = Ledger.open(tmp_path / "ledger.db")
    part = ledger.server("a")
    part.advance(STORY.newest, {LANE: STORY.newest}, set(), 20)
    part.follow(LANE, FOUND)
    before = ledger.queue(["a"]).waiting
    for status in REFUSALS:
        request, lane = Request(LANE, Action.PUT, (PATIENT,)), Lane(LANE, STORY.newest)
        part.sending(request, lane, synced=False)
        lesson = learn(request, Answer(status, words=NAMING), Situation(part.lines(LANE), lane, Health(), 5.0, 0.5))
        part.learn(lesson)
        queue = ledger.queue(["a"])
        queued = report([Standing(lesson.health, frozenset())], queue)
        if part.lines(LANE)[PATIENT.key].state is not LineState.DOUBTFUL:  # that one is read first
            assert FRENCH.fullmatch(queued.why), status
            assert queued.code in ROWS
            assert NAMING not in queued.why
        assert queued.waiting + queued.quarantined == before
        with ledger.transaction(synced=False) as execute:
            execute("UPDATE lines SET state = 'waiting', code = '', words = ''")
    ledger.close()


@pytest.mark.parametrize("why", list(Why))
@pytest.mark.parametrize("action", [Action.PUT, Action.READ])
def test_f30_each_way_of_not_answering(why, action):
    lesson = taught(Silence(why, NAMING), action=action)
    assert_said(lesson)
    assert lesson.health.code == why.trouble.code


@pytest.mark.parametrize("code", ISSUES)
def test_f30_each_code_of_an_operation_outcome_is_kept_for_the_technician(code):
    issue = {"severity": "error", "code": code}
    words = spoken({"resourceType": "OperationOutcome", "issue": [issue]})
    assert words == code
    said = spoken({"resourceType": "OperationOutcome", "issue": [issue | {"details": {"text": NAMING}}]})
    assert said == NAMING
    lesson = taught(Answer(422, words=words))
    assert_said(lesson)
    assert (lesson.lines[0].state, lesson.lines[0].words) == (LineState.QUARANTINED, code)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 405, 429, 500, 502, 503])
@pytest.mark.parametrize(
    "error",
    ["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
     "invalid_scope", ""],
)  # fmt: skip
async def test_f30_each_refusal_of_an_authority(tmp_path, status, error):
    (tmp_path / "secret").write_text("s")
    body = msgspec.json.encode({"error": error}) if error else b"<html></html>"
    tokens = Tokens(OAuth("https://h.example/token", "c", secret_file=str(tmp_path / "secret")))
    outcome = await tokens.bearer(Session(Said(status, body)))
    assert not isinstance(outcome, str)
    lesson = taught(outcome)
    assert_said(lesson)
    assert lesson.health.code in {"REC-06", "REC-07", "REC-09"}
    assert lesson.lines[0].state in {LineState.WAITING, LineState.SENDING}


async def test_f30_an_authority_that_is_not_there_or_not_the_one(tmp_path):
    (tmp_path / "secret").write_text("s")

    class Away:
        def post(self, *_, **__):
            raise aiohttp.ServerDisconnectedError

    outcome = await Tokens(OAuth("https://h.example/token", "c", secret_file=str(tmp_path / "secret"))).bearer(Away())
    assert taught(outcome).health.code == "REC-07"


DICOM = [
    *range(0x0105, 0x0125), *range(0x0210, 0x0214), 0xA700, 0xA7FF, 0xA900, 0xA9FF, 0xC000, 0xC122, 0xCFFF, 0, 1, None
]  # fmt: skip
"""Failure reasons (0008,1197): PS3.7 Annex C, PS3.4 Table B.2-1, and what no table has."""


@pytest.mark.parametrize("status", [200, 202, 409])
def test_f30_each_failure_reason_of_an_archive(status):
    kinds = {}
    for reason in DICOM:
        item = {"00081155": {"vr": "UI", "Value": IMAGE.resource["00080018"]["Value"]}}
        if reason is not None:
            item["00081197"] = {"vr": "US", "Value": [reason]}
        body = msgspec.json.encode({"00081198": {"vr": "SQ", "Value": [item]}})
        outcome = _stored(Reply(status, "application/dicom+json", "application/dicom+json", {}, "", body), IMAGE)
        assert verdict(outcome.status).value != "done"
        lesson = taught(outcome, IMAGE)
        assert_said(lesson, IMAGE)
        kinds[reason] = lesson.lines[0].code
    assert kinds[0x0124] == "REC-06"
    assert kinds[0xA700] == kinds[0x0213] == "REC-09"
    assert kinds[0x0110] == "REC-10"
    assert kinds[0x0122] == kinds[0xA900] == kinds[0xC000] == "REC-11"
    assert kinds[0x0111] == "REC-12"


@pytest.mark.parametrize("status", [*range(300, 600, 7), 409, 415])
def test_f30_each_status_of_an_archive(status):
    outcome = _stored(Reply(status, "text/plain", "text/plain", {}, NAMING, b"no"), IMAGE)
    assert_said(taught(outcome, IMAGE), IMAGE)


def test_f30_every_trouble_stands_in_the_technician_s_table():
    assert {one.code for one in Trouble} <= ROWS
