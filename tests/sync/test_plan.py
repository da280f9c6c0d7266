# SPDX-License-Identifier: Apache-2.0
from uuid import UUID

import msgspec
import pytest

from sync.dicom.steps import instances
from sync.lines import Line, LineState, Remote, follow, settled
from sync.plan import LARGE, Action, Lane, Request, Rest, choose, due, next_request
from sync.profile import Identity
from sync.steps import steps
from tests.sync.story import SOURCE, Story, capture, closing, conclusion, opening, oxygen, pressure, saturation

LANE = UUID(int=7)


def told(*bodies):
    story = Story()
    story.tell(LANE, *opening(), *bodies)
    return steps(SOURCE, story.entries, {})


def lines_of(found, state=LineState.WAITING, **others):
    return {one.key: line_of(one, others.get(one.type, state)) for one in found}


def line_of(step, state):
    return Line(step.key, step.digest, state, step.digest if state is LineState.ACKNOWLEDGED else "")


def asked(found, lines, *, batch=1, in_flight=()):
    return next_request(Lane(LANE, batch=batch), found, lines, in_flight)


def test_the_first_step_comes_first():
    found = told(pressure())
    request = asked(found, lines_of(found))
    assert request == Request(LANE, Action.PUT, (found[0],))


def test_observations_go_together_as_far_as_the_batch_allows():
    found = told(pressure(), pressure(), oxygen(), saturation())
    lines = lines_of(found, LineState.ACKNOWLEDGED, Observation=LineState.WAITING)
    assert len(asked(found, lines, batch=4).steps) == 4
    assert asked(found, lines, batch=4).action is Action.BATCH
    assert asked(found, lines, batch=1).action is Action.PUT


def test_what_is_held_is_passed_over():
    found = told(saturation())
    lines = lines_of(found, LineState.ACKNOWLEDGED, Observation=LineState.WAITING)
    (sent,) = asked(found, lines, batch=9).steps
    assert sent.resource["code"]["text"] == "Pouls"


def test_a_doubt_is_read_before_anything_else_of_its_kind():
    found = told(pressure())
    lines = lines_of(found, LineState.ACKNOWLEDGED, Observation=LineState.WAITING)
    doubtful = next(one for one in found if one.type == "Observation")
    lines[doubtful.key] = msgspec.structs.replace(lines[doubtful.key], state=LineState.DOUBTFUL)
    assert asked(found, lines, batch=9) == Request(LANE, Action.READ, (doubtful,))


@pytest.mark.parametrize("state", [LineState.UNKNOWN, LineState.SENDING, LineState.DOUBTFUL])
def test_what_may_have_been_created_is_searched_for_first(state):
    found = told(pressure())
    lines = lines_of(found, state)
    assert next_request(Lane(LANE), found, lines, (), Identity.POST).action is Action.SEARCH
    lines = lines_of(found)
    assert next_request(Lane(LANE), found, lines, (), Identity.POST).action is Action.CREATE


@pytest.mark.parametrize(("size", "action"), [(LARGE, Action.READ), (LARGE // 2, Action.PUT)])
@pytest.mark.parametrize("derive", [steps, instances])
def test_a_large_file_of_unknown_fate_is_asked_for_before_it_goes_up_again(derive, size, action):
    story = Story()
    story.tell(LANE, *opening(), capture("a" * 64, size))
    found = derive(SOURCE, story.entries, {"a" * 64: "c2hh"})
    file = next(one for one in found if one.type in {"Binary", "Instance"})
    lines = lines_of(found, LineState.ACKNOWLEDGED) | {file.key: line_of(file, LineState.UNKNOWN)}
    assert asked(found, lines) == Request(LANE, action, (file,))


def test_what_another_lane_is_sending_is_waited_for_and_the_end_with_it():
    found = told(*closing())
    lines = lines_of(found, LineState.ACKNOWLEDGED, Device=LineState.WAITING)
    lines[f"Encounter/{LANE}#end"] = msgspec.structs.replace(lines[f"Encounter/{LANE}#end"], state=LineState.WAITING)
    device = next(one for one in found if one.type == "Device")
    assert asked(found, lines, in_flight={device.place}) is Rest.LATER


@pytest.mark.parametrize("kind", ["Observation", "Consent"])
def test_a_refused_step_does_not_hold_the_end(kind):
    found = told(pressure(), *closing())
    lines = lines_of(found, LineState.ACKNOWLEDGED, **{kind: LineState.QUARANTINED})
    end = lines[f"Encounter/{LANE}#end"]
    lines[end.key] = msgspec.structs.replace(end, state=LineState.WAITING)
    assert [one.key for one in asked(found, lines).steps] == [end.key]


def test_nothing_of_an_encounter_that_is_refused_goes():
    found = told(pressure(), *closing())
    lines = lines_of(found)
    patient = next(one.key for one in found if one.type == "Patient")
    lines[patient] = msgspec.structs.replace(lines[patient], state=LineState.QUARANTINED)
    sent = set()
    while isinstance(request := asked(found, lines), Request):
        sent |= {one.type for one in request.steps}
        lines |= {one.key: line_of(one, LineState.ACKNOWLEDGED) for one in request.steps}
    assert sent == {"Organization", "Location", "Practitioner", "PractitionerRole", "Device"}


@pytest.mark.parametrize("held", ["an older version", ""])
def test_a_conclusion_waits_for_the_one_that_it_replaces_until_the_server_has_some_version_of_it(held):
    found = told(conclusion("Un."), conclusion("Deux."), *closing())
    earlier, later, end = found[-3:]
    lines = lines_of(found[:-3], LineState.ACKNOWLEDGED) | lines_of(found[-3:])
    assert asked(found, lines).steps == (earlier,)
    lines[earlier.key] = msgspec.structs.replace(lines[earlier.key], state=LineState.QUARANTINED, acknowledged=held)
    assert asked(found, lines).steps == ((later,) if held else (end,))
    lines[later.key] = line_of(later, LineState.ACKNOWLEDGED)
    assert asked(found, lines).steps == (end,)


def test_lanes_in_trouble_take_turns():
    lanes = [Lane(UUID(int=n), turn=turn, newest=n, attempts=1) for n, turn in enumerate((5, 0, 3))]
    assert [one.turn for one in choose(lanes, (), 0.0, 2)] == [0, 3]
    assert [one.turn for one in choose(lanes, {lanes[1].id}, 0.0, 9)] == [3, 5]


def test_lanes_that_are_well_go_before_those_in_trouble_the_bedside_s_own_first():
    lanes = [Lane(UUID(int=n), newest=n, attempts=n == 3) for n in range(1, 5)]
    assert [one.newest for one in choose(lanes, (), 0.0, 9)] == [4, 2, 1, 3]


def test_lanes_wait_for_their_time_and_idle_ones_for_an_entry():
    lanes = [Lane(UUID(int=1), not_before=50.0), Lane(UUID(int=2), idle=True), Lane(UUID(int=3), not_before=70.0)]
    assert choose(lanes, (), 49.0, 9) == []
    assert [one.id for one in choose(lanes, (), 50.0, 9)] == [UUID(int=1)]
    assert due(lanes, ()) == 50.0
    assert due(lanes, {UUID(int=1)}) == 70.0
    assert due([lanes[1]], ()) is None


def test_a_line_follows_its_step():
    step = told(pressure())[0]
    new = follow(step, None, None)
    assert new == Line(step.key, step.digest)
    refused = Line(step.key, "old", LineState.QUARANTINED, attempts=4, conflicts=2)
    assert follow(step, refused, None) == Line(step.key, step.digest)
    done = Line(step.key, "old", LineState.ACKNOWLEDGED, acknowledged=step.digest)
    assert follow(step, done, None).state is LineState.ACKNOWLEDGED
    assert not settled(follow(step, Line(step.key, "old", LineState.SENDING), None))


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (LineState.DOUBTFUL, "REC-12"),
        (LineState.QUARANTINED, "REC-12"),
        (LineState.QUARANTINED, "REC-14"),
        (LineState.RELEASED, "REC-12"),
        (LineState.UNKNOWN, ""),
    ],
)
def test_what_may_be_there_and_reads_differently_now_is_still_looked_for_first(state, code):
    step = told(pressure())[0]
    line = Line(step.key, "old", state, acknowledged=step.digest, code=code)
    assert follow(step, line, None).state is LineState.UNKNOWN
    refused = Line(step.key, "old", LineState.QUARANTINED, code="REC-11")
    assert follow(step, refused, None).state is LineState.WAITING


def test_a_shared_resource_that_the_server_holds_is_not_sent_again():
    step = told(pressure())[0]
    assert step.shared
    assert follow(step, None, Remote(step.digest, 1)).state is LineState.ACKNOWLEDGED
    assert follow(step, None, Remote("newer", step.sequence + 1)).state is LineState.ACKNOWLEDGED
    assert follow(step, None, Remote("older", step.sequence - 1)).state is LineState.WAITING
