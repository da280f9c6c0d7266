# SPDX-License-Identifier: Apache-2.0
from uuid import UUID

import msgspec
import pytest

from sync.learn import MOST_RETRY_AFTER, Health, Situation, learn
from sync.lines import Line, LineState
from sync.outcome import Answer, Answers, Silence, Why
from sync.plan import Action, Lane, Request
from sync.steps import steps
from sync.trouble import Trouble
from sync.verdict import CAP_SECONDS, Verdict, backoff, verdict
from tests.sync.story import SOURCE, Story, opening, pressure

LANE = UUID(int=7)
STORY = Story()
STORY.tell(LANE, *opening(), pressure())
STEPS = {one.key: one for one in steps(SOURCE, STORY.entries, {})}
PATIENT = next(one for one in STEPS.values() if one.type == "Patient")
PANEL, PULSE = [one for one in STEPS.values() if one.type == "Observation"]


def taught(outcome, *of, action=Action.PUT, lane=None, health=None, **line):
    of = of or (PATIENT,)
    lines = {one.key: Line(one.key, one.digest, **line) for one in of}
    situation = Situation(lines, lane or Lane(LANE, batch=20), health or Health(), now=100.0, fraction=0.5)
    return learn(Request(LANE, action, of), outcome, situation)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (0, Verdict.AGAIN), (100, Verdict.AGAIN), (200, Verdict.DONE), (201, Verdict.DONE), (204, Verdict.DONE),
        (301, Verdict.CONFIGURATION), (304, Verdict.CONFIGURATION), (400, Verdict.POISON), (401, Verdict.AUTH),
        (403, Verdict.AUTH), (404, Verdict.CONFIGURATION), (405, Verdict.CONFIGURATION), (408, Verdict.BUSY),
        (409, Verdict.COMPARE), (410, Verdict.CONFIGURATION), (412, Verdict.COMPARE), (413, Verdict.SPLIT),
        (415, Verdict.POISON), (422, Verdict.POISON), (429, Verdict.BUSY), (500, Verdict.AGAIN), (501, Verdict.AGAIN),
        (503, Verdict.BUSY), (507, Verdict.AGAIN), (599, Verdict.AGAIN), (999, Verdict.AGAIN),
    ],
)  # fmt: skip
def test_each_status_has_its_rule(status, kind):
    assert verdict(status) is kind


def test_what_is_acknowledged_keeps_the_digest_that_was_sent():
    lesson = taught(Answer(201, place=PATIENT.place))
    (line,) = lesson.lines
    assert (line.state, line.acknowledged, line.status) == (LineState.ACKNOWLEDGED, PATIENT.digest, 201)
    assert lesson.taken == (PATIENT,)
    assert (lesson.lane.not_before, lesson.lane.attempts, lesson.health) == (0.0, 0, Health(reachable=True))


def test_what_changed_while_it_was_sent_waits_again():
    lines = {PATIENT.key: Line(PATIENT.key, "another digest", LineState.SENDING)}
    situation = Situation(lines, Lane(LANE), Health(), 100.0, 0.5)
    for answer, acknowledged in ((Answer(200), PATIENT.digest), (Answer(422), "")):
        (line,) = learn(Request(LANE, Action.PUT, (PATIENT,)), answer, situation).lines
        assert (line.state, line.acknowledged) == (LineState.WAITING, acknowledged)


def test_another_identity_in_the_answer_is_a_doubt():
    (line,) = taught(Answer(201, place="Patient/other")).lines
    assert (line.state, line.conflicts) == (LineState.DOUBTFUL, 1)


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_a_refusal_is_quarantined_with_its_words_and_the_lane_goes_on(status):
    lesson = taught(Answer(status, words="non"))
    (line,) = lesson.lines
    assert (line.state, line.status, line.words) == (LineState.QUARANTINED, status, "non")
    assert lesson.lane.not_before == 0.0


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (401, Trouble.AUTHORIZATION),
        (403, Trouble.AUTHORIZATION),
        (404, Trouble.CONFIGURATION),
        (302, Trouble.CONFIGURATION),
    ],
)
def test_a_server_that_must_be_seen_to_is_paused(status, trouble):
    lesson = taught(Answer(status), health=Health(failures=3))
    assert lesson.lines[0].state is LineState.WAITING
    assert lesson.health == Health(4, 100.0 + 0.5 * 16, reachable=True, why=trouble.line, code=trouble.code)


@pytest.mark.parametrize(("given", "kept"), [(30.0, 30.0), (1e9, MOST_RETRY_AFTER)])
def test_retry_after_pauses_server_and_lane(given, kept):
    lesson = taught(Answer(429, retry_after=given))
    assert lesson.health.not_before == lesson.lane.not_before == 100.0 + kept


def test_a_failure_makes_the_lane_wait_longer_each_time():
    lane = Lane(LANE)
    waits = []
    for _ in range(12):
        lane = taught(Answer(500), lane=lane).lane
        waits.append(lane.not_before - 100.0)
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == CAP_SECONDS / 2


def test_jitter_is_full_and_bounded():
    assert backoff(3, 0.0) == 0.0
    assert backoff(3, 0.999) < 16.0
    assert backoff(10**6, 0.999) < CAP_SECONDS


def test_out_of_reach_pauses_the_server_and_not_the_lane():
    lesson = taught(Silence(Why.UNREACHABLE), lane=Lane(LANE, attempts=4))
    assert (lesson.lane.attempts, lesson.lane.not_before) == (5, 0.0)
    assert not lesson.health.reachable
    assert lesson.health.not_before == 101.0


def test_a_timeout_makes_only_the_lane_wait():
    lesson = taught(Silence(Why.TIMEOUT))
    assert (lesson.lane.attempts, lesson.lane.not_before) == (1, 101.0)
    assert lesson.health.not_before == 0.0


def test_an_answer_in_time_does_not_lift_a_pause_that_another_lane_met():
    paused = Health(2, 500.0, reachable=True, why=Trouble.AUTHORIZATION.line)
    assert taught(Answer(200), health=paused).health == paused


def batch(outcome, **more):
    return taught(outcome, PANEL, PULSE, action=Action.BATCH, **more)


def test_a_batch_is_read_entry_by_entry():
    lesson = batch(Answers((Answer(422, words="non"), Answer(201, place=PULSE.place))))
    assert [one.state for one in lesson.lines] == [LineState.QUARANTINED, LineState.ACKNOWLEDGED]
    assert lesson.taken == (PULSE,)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_batch_refused_as_one_is_halved(status):
    lesson = batch(Answer(status))
    assert lesson.lane.batch == 1
    assert {one.state for one in lesson.lines} == {LineState.WAITING}


@pytest.mark.parametrize("status", [404, 405, 410])
def test_a_server_without_batches_gets_no_more(status):
    lesson = batch(Answer(status))
    assert lesson.lane.batch == 1
    assert lesson.health.why == ""


def test_an_entry_left_out_of_the_answer_is_sent_again_in_a_smaller_batch():
    lesson = batch(Answers((Answer(0), Answer(0))))
    assert lesson.lane.batch == 1
    assert lesson.lane.not_before > 100.0
    assert {one.state for one in lesson.lines} == {LineState.UNKNOWN}


def read(answer, **line):
    line = {"state": LineState.DOUBTFUL, "status": 409, "words": "déjà", "conflicts": 1} | line
    return taught(answer, action=Action.READ, **line)


def test_a_doubt_ends_when_the_server_holds_the_same():
    resource = msgspec.json.decode(PATIENT.body()) | {"meta": {"versionId": "4"}, "text": {}, "active": True}
    assert read(Answer(200, resource=resource)).lines[0].state is LineState.ACKNOWLEDGED
    assert read(Answer(200, digest=PATIENT.digest)).lines[0].state is LineState.ACKNOWLEDGED


@pytest.mark.parametrize("answer", [Answer(404), Answer(200, resource={"resourceType": "Patient", "id": "x"})])
def test_a_doubt_is_tried_again_twice_and_then_quarantined_with_the_first_words(answer):
    assert read(answer, conflicts=1).lines[0].state is LineState.WAITING
    (line,) = read(answer, conflicts=3).lines
    assert (line.state, line.status) == (LineState.QUARANTINED, 409)
    assert "déjà" in line.words


@pytest.mark.parametrize("status", [403, 404, 405, 422])
def test_what_was_only_asked_for_to_spare_the_way_is_sent_when_it_cannot_be_read(status):
    (line,) = read(Answer(status), state=LineState.UNKNOWN).lines
    assert (line.state, line.code) == (LineState.WAITING, "")


@pytest.mark.parametrize("status", [403, 405, 400])
def test_a_server_that_cannot_be_read_leaves_the_doubt_to_a_person(status):
    assert read(Answer(status)).lines[0].state is LineState.QUARANTINED


@pytest.mark.parametrize("outcome", [Answer(401), Answer(500), Answer(302), Silence(Why.TIMEOUT)])
def test_a_doubt_outlives_a_failed_reading_with_its_words(outcome):
    lesson = read(outcome)
    assert all((one.state, one.status, one.words) == (LineState.DOUBTFUL, 409, "déjà") for one in lesson.lines)
