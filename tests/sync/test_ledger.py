# SPDX-License-Identifier: Apache-2.0
import sqlite3
from uuid import UUID

import msgspec
import pytest

from device.errors import JournalError
from sync.learn import Health, Lesson, Situation, learn
from sync.ledger import Ledger, Queue
from sync.lines import LineState
from sync.outcome import Answer
from sync.plan import Action, Lane, Request
from sync.steps import steps
from sync.waiting import retry
from tests.sync.story import SOURCE, Story, opening, pressure, saturation

LANE, OTHER = UUID(int=7), UUID(int=8)
KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path):
    made = Ledger.open(path)
    yield made
    made.close()


@pytest.fixture
def story():
    made = Story()
    made.tell(LANE, *opening(), pressure(), saturation())
    return made


def found(story, lane=LANE):
    return steps(SOURCE, story.of(lane), {})


def begun(ledger, story, lane=LANE):
    part = ledger.server("a")
    part.advance(story.newest, {lane: story.newest}, set(), 20)
    part.follow(lane, found(story, lane))
    return part


def answered(part, step, status, **more):
    lane = part.lanes()[LANE]
    request = Request(LANE, Action.PUT, (step,))
    part.sending(request, lane)
    part.learn(learn(request, Answer(status, **more), Situation(part.lines(LANE), lane, Health(), 5.0, 0.5)))


def test_a_new_ledger_knows_nothing(ledger):
    part = ledger.server("a")
    assert (part.position, part.lanes(), ledger.queue(["a"])) == (0, {}, Queue())


def test_each_server_has_its_own_position_and_lines(ledger, story):
    part = begun(ledger, story)
    other = ledger.server("b")
    assert (part.position, other.position) == (story.newest, 0)
    assert part.lanes()[LANE] == Lane(LANE, newest=story.newest, batch=20)
    assert other.lines(LANE) == {}


def test_the_queue_counts_entries_and_says_what_is_held(ledger, story):
    begun(ledger, story)
    queue = ledger.queue(["a"])
    assert queue.waiting == 4
    assert queue.oldest == story.entries[0].instant
    assert "oxygène" in queue.held
    assert ledger.queue(["b"]) == Queue()


def test_an_outcome_is_kept_over_a_restart(ledger, path, story):
    part = begun(ledger, story)
    answered(part, found(story)[0], 201)
    ledger.close()
    again = Ledger.open(path)
    line = again.server("a").lines(LANE)[found(story)[0].key]
    again.close()
    assert (line.state, line.acknowledged) == (LineState.ACKNOWLEDGED, found(story)[0].digest)


def test_what_was_being_sent_is_unknown_after_a_restart(ledger, path, story):
    part = begun(ledger, story)
    lane = msgspec.structs.replace(part.lanes()[LANE], not_before=1e9, turn=4)
    part.sending(Request(LANE, Action.PUT, found(story)[:1]), lane)
    assert part.lines(LANE)[found(story)[0].key].state is LineState.SENDING
    ledger.close()
    again = Ledger.open(path)
    part = again.server("a")
    line = part.lines(LANE)[found(story)[0].key]
    lane = part.lanes()[LANE]
    again.close()
    assert (line.state, line.attempts) == (LineState.UNKNOWN, 1)
    assert (lane.not_before, lane.turn) == (0.0, 4)


def test_what_is_sent_again_after_an_outcome_that_could_not_be_noted_stays_unknown(ledger, story):
    part = begun(ledger, story)
    step = found(story)[0]
    part.sending(Request(LANE, Action.PUT, (step,)), part.lanes()[LANE])
    answered(part, step, 429)
    assert part.lines(LANE)[step.key].state is LineState.UNKNOWN
    answered(part, step, 200)
    assert part.lines(LANE)[step.key].state is LineState.ACKNOWLEDGED


@pytest.mark.parametrize(
    ("code", "state"), [("REC-12", LineState.UNKNOWN), ("REC-14", LineState.UNKNOWN), ("REC-11", LineState.WAITING)]
)
def test_what_may_be_there_all_the_same_is_looked_for_when_it_is_tried_again(ledger, story, code, state):
    part = begun(ledger, story)
    step = found(story)[0]
    answered(part, step, 422)
    with ledger.transaction() as execute:
        execute("UPDATE lines SET code = ? WHERE state = 'quarantined'", (code,))
    assert retry(ledger, "a") == 1
    assert part.lines(LANE)[step.key].state is state


def test_a_refusal_keeps_the_server_s_words_until_it_is_released(ledger, story):
    part = begun(ledger, story)
    answered(part, found(story)[0], 422, words="non")
    (refused,) = ledger.quarantine()
    assert (refused.server, refused.lane, refused.status, refused.words) == ("a", LANE, 422, "non")
    assert ledger.queue(["a"]).quarantined == 1
    part.rest(msgspec.structs.replace(part.lanes()[LANE], idle=True))
    assert part.lanes() == {}
    assert retry(ledger, "a") == 1
    assert part.lines(LANE)[found(story)[0].key].state is LineState.WAITING
    assert part.lanes().keys() == {LANE}


def test_an_idle_lane_wakes_with_a_new_entry_and_not_before(ledger, story):
    part = begun(ledger, story)
    lane = part.lanes()[LANE]
    part.rest(msgspec.structs.replace(lane, idle=True))
    assert part.lanes() == {}
    story.tell(LANE, pressure())
    part.advance(story.newest, {LANE: story.newest}, {LANE}, 20)
    assert part.lanes()[LANE].closed
    part.rest(msgspec.structs.replace(lane, idle=True))
    assert part.lanes().keys() == {LANE}, "it must not rest on what it knew before the entry"


def test_a_shared_resource_is_known_to_every_lane(ledger, story):
    part = begun(ledger, story)
    patient = found(story)[0]
    answered(part, patient, 201)
    story.tell(OTHER, *opening())
    begun(ledger, story, OTHER)
    assert part.lines(OTHER)[patient.key].state is LineState.ACKNOWLEDGED


def test_another_journal_starts_from_its_beginning(ledger, story):
    part = begun(ledger, story)
    part.restart()
    assert part.position == 0


def test_open_lanes_are_the_newest_whose_file_is_not_closed(ledger, story):
    part = begun(ledger, story)
    part.advance(99, {OTHER: 99}, {OTHER}, 20)
    assert part.open_lanes(5) == [LANE]


def test_a_kill_inside_a_transaction_leaves_all_or_nothing(ledger, story):
    part = begun(ledger, story)
    wrong = msgspec.structs.replace(part.lanes()[LANE], turn=object())
    with pytest.raises(JournalError):
        part.learn(Lesson((), wrong, Health()))
    assert part.lanes()[LANE].turn == 0


def test_a_newer_ledger_is_refused_untouched(path):
    Ledger.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(JournalError, match="99"):
        Ledger.open(path)
    assert path.read_bytes() == before


def test_it_is_durable_and_private(ledger, path):
    assert ledger.rows("PRAGMA synchronous")[0][0] == 2
    assert ledger.rows("PRAGMA journal_mode")[0][0] == "wal"
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_encrypted_ledger_shows_nothing_without_its_key(path, story):
    ledger = Ledger.open(path, KEY)
    part = begun(ledger, story)
    answered(part, found(story)[0], 422, words="Odette Lefèvre refusée")
    ledger.close()
    assert b"Lef" not in path.read_bytes()
    with pytest.raises(JournalError):
        Ledger.open(path)
