# SPDX-License-Identifier: Apache-2.0
"""The pure core against a model server that answers anything, and a process that dies at any moment: nothing is lost,
nothing is doubled, every lane keeps its order, and one lane's poison never stops another."""

from collections import Counter
from uuid import UUID

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from device.entry import Outcome as Ending
from sync.learn import Health, Situation, learn
from sync.lines import Line, LineState, Remote, follow
from sync.outcome import Answer, Answers, Outcome, Silence, Why
from sync.plan import Action, Lane, Request, Rest, choose, next_request
from sync.profile import Identity
from sync.step import Rank, Step
from sync.steps import steps
from tests.sync.story import (
    CUFF,
    SOURCE,
    Story,
    call,
    capture,
    closing,
    conclusion,
    opening,
    oxygen,
    pressure,
    saturation,
    temperature,
)

IMAGE = "a" * 64
GOOD = "good"
FATES = [GOOD, "silence-before", "silence-after", "killed-before", "killed-after", "wrong-id", "missing", *map(str, (
    302, 400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 429, 500, 503, 507))]  # fmt: skip


class ModelServer:
    """What it holds, and every version that it ever took, in order."""

    def __init__(self) -> None:
        self.held: dict[str, Step] = {}
        self.taken: list[tuple[str, str]] = []

    def put(self, step: Step) -> Answer:
        for need in step.needs:
            assert need in self.held, f"{step.key} came before {need}"
        before = self.held.get(step.place)
        assert not (before and before.rank is Rank.END and step.rank is not Rank.END), "begun again after its end"
        status = 200 if step.place in self.held else 201
        if step.place not in self.held or self.held[step.place].digest != step.digest:
            self.taken.append((step.place, step.digest))
        self.held[step.place] = step
        return Answer(status, place=step.place)

    def get(self, step: Step) -> Answer:
        held = self.held.get(step.place)
        if held is None:
            return Answer(404)
        return Answer(200, place=step.place, resource=held.resource, digest=held.digest)


class World:
    """The durable ledger, in memory, and one process after another."""

    identity = Identity.PUT

    def __init__(self, story: Story, lanes: list[UUID], batch: int) -> None:
        self.story, self.server, self.now = story, ModelServer(), 0.0
        self.lanes = {lane: Lane(lane, batch=batch) for lane in lanes}
        self.lines: dict[UUID, dict[str, Line]] = {lane: {} for lane in lanes}
        self.remotes: dict[str, Remote] = {}
        self.health, self.turn = Health(), 0
        self.derived: dict[tuple[UUID, int], tuple[Step, ...]] = {}

    def steps(self, lane: UUID) -> tuple[Step, ...]:
        known = (lane, self.story.newest)
        if known not in self.derived:
            self.derived[known] = steps(SOURCE, self.story.of(lane), {IMAGE: "c2hh"})
        return self.derived[known]

    def follow(self, lane: UUID) -> tuple[Step, ...]:
        found = self.steps(lane)
        lines = self.lines[lane]
        self.lines[lane] = {one.key: follow(one, lines.get(one.key), self.remotes.get(one.place)) for one in found}
        return found

    def planned(self) -> Request | None:
        """The next request, time passing as it must."""
        for _ in range(200):
            self.now = max(self.now, self.health.not_before)
            for lane in choose(self.lanes.values(), (), self.now, 100):
                request = next_request(lane, self.follow(lane.id), self.lines[lane.id], (), self.identity)
                if isinstance(request, Request):
                    return request
                assert request is Rest.IDLE
                self.lanes[lane.id] = msgspec.structs.replace(lane, idle=True)
            if all(lane.idle for lane in self.lanes.values()):
                return None
            self.now += 400.0
        raise AssertionError("the lanes never come to rest")

    def carry(self, request: Request, fate: str) -> None:
        self.turn += 1
        lane = self.lanes[request.lane] = msgspec.structs.replace(self.lanes[request.lane], turn=self.turn)
        lines = self.lines[request.lane]
        for step in request.steps:
            if lines[step.key].state not in (LineState.DOUBTFUL, LineState.UNKNOWN):
                lines[step.key] = msgspec.structs.replace(lines[step.key], state=LineState.SENDING)
        outcome = self.outcome(request, fate)
        if outcome is None:
            self.restart()
            return
        situation = Situation(lines=lines, lane=lane, health=self.health, now=self.now, fraction=0.5)
        lesson = learn(request, outcome, situation)
        lines.update({line.key: line for line in lesson.lines})
        self.lanes[request.lane], self.health = lesson.lane, lesson.health
        given = {line.key: line.place for line in lesson.lines}
        shared = [one for one in lesson.taken if one.shared]
        self.remotes |= {one.place: Remote(one.digest, one.sequence, given[one.key]) for one in shared}

    def outcome(self, request: Request, fate: str) -> Outcome | None:
        if fate in {"killed-before", "silence-before"}:
            return Silence(Why.UNREACHABLE) if fate == "silence-before" else None
        if fate.isdecimal():
            return self.refusal(request, fate)
        read = request.action is Action.READ
        answers = tuple(self.server.get(step) if read else self.server.put(step) for step in request.steps)
        if fate == "killed-after":
            return None
        if fate == "silence-after":
            return Silence(Why.TIMEOUT)
        if fate == "wrong-id" and not read:
            answers = tuple(msgspec.structs.replace(one, place="Basic/other") for one in answers)
        if fate == "missing" and not read:
            answers = tuple(Answer(0) for _ in answers)
        return Answers(answers) if request.action is Action.BATCH else answers[0]

    def refusal(self, request: Request, fate: str) -> Outcome:
        """A status for the whole request, or for the first entry of a batch."""
        answer = Answer(int(fate), words="no", retry_after=3.0 if fate == "429" else None)
        if request.action is Action.BATCH and fate in {"422", "500", "409"}:
            return Answers((answer, *(self.server.put(step) for step in request.steps[1:])))
        return answer

    def restart(self) -> None:
        """What opening the ledger does: what was being sent is unknown."""
        for lane, lines in self.lines.items():
            cut = any(line.state is LineState.SENDING for line in lines.values())
            attempts = self.lanes[lane].attempts + cut
            self.lanes[lane] = msgspec.structs.replace(self.lanes[lane], not_before=0.0, idle=False, attempts=attempts)
            for key, line in lines.items():
                if line.state is LineState.SENDING:
                    lines[key] = msgspec.structs.replace(line, state=LineState.UNKNOWN)
        self.health = Health()

    def wake(self, lane: UUID) -> None:
        self.lanes[lane] = msgspec.structs.replace(self.lanes[lane], idle=False)


BODIES = st.sampled_from(
    [
        *call(),
        pressure(),
        pressure(diastolic=None),
        saturation(),
        oxygen(),
        oxygen("0"),
        temperature(),
        capture(IMAGE, 9),
        conclusion("Un."),
        conclusion("Deux."),
    ]
)
LANES = st.lists(st.tuples(st.lists(BODIES, max_size=5), st.sampled_from([*Ending, None])), min_size=1, max_size=3)


def tell(told: list) -> tuple[Story, list[UUID]]:
    story, lanes = Story(), []
    for index, (bodies, ending) in enumerate(told):
        lane = UUID(int=index + 1)
        lanes.append(lane)
        story.tell(lane, *opening(), *bodies, *(closing(ending) if ending else ()))
    return story, lanes


@settings(max_examples=400, deadline=None)
@given(LANES, st.integers(1, 4), st.lists(st.just(GOOD) | st.sampled_from(FATES), max_size=40), st.data())
def test_nothing_is_lost_doubled_or_out_of_order_whatever_the_server_answers(told, batch, fates, data):
    story, lanes = tell(told)
    world = World(story, lanes, batch)
    for fate in fates:
        if data.draw(st.booleans(), label="another entry"):
            lane = data.draw(st.sampled_from(lanes))
            story.tell(lane, data.draw(BODIES))
            world.wake(lane)
        if (request := world.planned()) is None:
            break
        world.carry(request, fate)
    world.restart()
    while (request := world.planned()) is not None:
        world.carry(request, GOOD)
    for lane in lanes:
        check_lane(world, lane)
    for (place, _), versions in Counter(world.server.taken).items():
        assert versions == 1 or place.startswith("Encounter/"), f"{place} went back and forth"


def check_lane(world: World, lane: UUID) -> None:
    """Everything that may be there is there as it reads now; only what the server refused, or what needs it, is not."""
    lines, stuck = world.lines[lane], set()
    for step in world.steps(lane):
        line = lines[step.key]
        if step.held or line.state is LineState.QUARANTINED or not stuck.isdisjoint(step.needs):
            stuck.add(step.key)
            continue
        assert line.state is LineState.ACKNOWLEDGED, step.key
        held = world.server.held[step.place]
        if not (step.once or step.shared):
            assert held.digest == step.digest or held.rank is Rank.END
    assert all(lines[key].status for key in lines if lines[key].state is LineState.QUARANTINED)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([one for one in FATES if one != GOOD]), st.integers(1, 3))
def test_a_poisoned_lane_never_stops_another(fate, batch):
    told = [([pressure(), temperature()], Ending.FINISHED)] * 4
    story, lanes = tell(told)
    world = World(story, lanes, batch)
    for _ in range(300):
        request = world.planned()
        if request is None:
            break
        own = request.steps[0].key.startswith(("Encounter", "Observation", "Consent"))
        world.carry(request, fate if request.lane == lanes[0] and own else GOOD)
    for lane in lanes[1:]:
        assert world.server.held[f"Encounter/{lane}"].rank is Rank.END
        assert {line.state for line in world.lines[lane].values()} == {LineState.ACKNOWLEDGED}


@settings(max_examples=100, deadline=None)
@given(st.lists(BODIES, max_size=6), st.integers(1, 4))
def test_without_trouble_each_version_is_sent_once_in_the_order_of_the_lane(bodies, batch):
    story, (lane,) = tell([(bodies, Ending.FINISHED)])
    world = World(story, [lane], batch)
    sent: list[Step] = []
    while (request := world.planned()) is not None:
        sent.extend(request.steps)
        world.carry(request, GOOD)
    assert [(one.rank, one.entry.sequence) for one in sent] == sorted((one.rank, one.entry.sequence) for one in sent)
    assert [one.key for one in sent] == [one.key for one in world.steps(lane)]


def test_a_device_of_an_older_encounter_never_overwrites_a_newer_one():
    story = Story()
    old, new = UUID(int=1), UUID(int=2)
    story.tell(old, *opening(), pressure(), *closing())
    newer = msgspec.structs.replace(pressure(), provenance=msgspec.structs.replace(CUFF, firmware="2.0"))
    story.tell(new, *opening(), newer, *closing())
    world = World(story, [old, new], 1)
    world.lanes[old] = msgspec.structs.replace(world.lanes[old], not_before=50.0)
    while (request := world.planned()) is not None:
        world.carry(request, GOOD)
    (device,) = [one for one in world.server.held.values() if one.resource.get("serialNumber") == CUFF.serial]
    assert device.resource["version"][0]["value"] == "2.0"
    assert sum(place == device.place for place, _ in world.server.taken) == 1
