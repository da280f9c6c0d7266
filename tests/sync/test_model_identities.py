# SPDX-License-Identifier: Apache-2.0
"""As ``test_model``, against model servers that give the ids themselves: with conditions, and without any."""

from collections import Counter
from itertools import count
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.compare import holds
from sync.lines import LineState
from sync.outcome import Answer, Answers, Outcome, Silence, Why
from sync.plan import Action, Request, known
from sync.profile import Identity, inlined, query, reading, unknown
from sync.step import Step
from tests.sync.story import Story
from tests.sync.test_model import BODIES, FATES, GOOD, LANES, World, tell


class GivingServer:
    """It gives ids. ``mute``: a success that does not say which."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.held: dict[str, dict] = {}
        self.found: dict[str, list[str]] = {}
        self.numbers = count(1)
        self.made: list[str] = []

    def send(self, step: Step, places: dict[str, str]) -> Answer:
        resource = reading(step, places)
        self.check(resource)
        at = places.get(step.place)
        if at:
            assert resource["id"] == at.partition("/")[2]
            self.held[at] = resource
            return Answer(200, place=at)
        assert "id" not in resource
        mark = f"{step.type}?{query(step)}"
        if self.identity is Identity.CONDITIONAL and self.found.get(mark):
            return Answer(200, place=self.found[mark][0])
        place = f"{step.type}/{next(self.numbers)}"
        self.held[place] = resource | {"id": place.partition("/")[2]}
        self.found.setdefault(mark, []).append(place)
        self.made.append(mark)
        return Answer(201, place=place)

    def check(self, value: object) -> None:
        """Nothing may refer to what is not here."""
        if isinstance(value, dict):
            target = value.get("reference")
            assert not isinstance(target, str) or target in self.held, f"refers to {target}"
        for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            self.check(child)

    def get(self, place: str) -> Answer:
        held = self.held.get(place)
        return Answer(200, place=place, resource=held) if held else Answer(404)

    def search(self, step: Step) -> Answer:
        places = self.found.get(f"{step.type}?{query(step)}", [])
        entries = [{"resource": self.held[place]} for place in places]
        return Answer(200, resource={"resourceType": "Bundle", "type": "searchset", "entry": entries})


class GivingWorld(World):
    def __init__(self, story: Story, lanes: list[UUID], batch: int, identity: Identity) -> None:
        super().__init__(story, lanes, batch)
        self.identity, self.server = identity, GivingServer(identity)

    def steps(self, lane: UUID) -> tuple[Step, ...]:
        return inlined(super().steps(lane))

    def outcome(self, request: Request, fate: str) -> Outcome | None:
        if fate in {"killed-before", "silence-before"}:
            return Silence(Why.UNREACHABLE) if fate == "silence-before" else None
        if fate.isdecimal() and fate != "500":
            return Answer(int(fate), words="no", retry_after=3.0 if fate == "429" else None)
        asks = request.action in (Action.READ, Action.SEARCH)
        if fate in {"killed-after", "silence-after", "500"}:
            if not asks:
                self.answers(request)
            return {"killed-after": None, "silence-after": Silence(Why.TIMEOUT), "500": Answer(500)}[fate]
        answers = self.answers(request)
        if fate == "wrong-id" and not asks:
            answers = tuple(msgspec.structs.replace(one, place="Basic/other") for one in answers)
        if fate == "missing" and not asks:
            answers = tuple(Answer(0) for _ in answers)
        return Answers(answers) if request.action is Action.BATCH else answers[0]

    def answers(self, request: Request) -> tuple[Answer, ...]:
        first = request.steps[0]
        if request.action is Action.SEARCH:
            return (self.server.search(first),)
        if request.action is Action.READ:
            return (self.server.get(request.place(first)),)
        places = dict(request.places or {})
        if self.identity is Identity.POST and request.action is Action.CREATE and first.shared:
            found = self.server.found.get(f"{first.type}?{query(first)}")
            return (Answer(200, place=found[0]),) if found else (self.server.send(first, places),)
        return tuple(self.server.send(step, places) for step in request.steps)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([Identity.CONDITIONAL, Identity.POST]),
    LANES,
    st.integers(1, 4),
    st.lists(st.just(GOOD) | st.sampled_from(FATES), max_size=40),
    st.data(),
)
def test_a_server_that_gives_ids_has_each_resource_once_as_it_reads_now(identity, told, batch, fates, data):
    story, lanes = tell(told)
    world = GivingWorld(story, lanes, batch, identity)
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
    assert [mark for mark, times in Counter(world.server.made).items() if times > 1] == []
    for lane in lanes:
        check_lane(world, lane)


def check_lane(world: GivingWorld, lane: UUID) -> None:
    """All is there as it reads now; only what was refused is not, and what needs it or refers to it."""
    lines, steps = world.lines[lane], world.steps(lane)
    places, own, stuck = known(steps, lines), frozenset(one.place for one in steps), set()
    for step in steps:
        line = lines[step.key]
        refused = step.held or line.state is LineState.QUARANTINED
        if refused or not stuck.isdisjoint(step.needs) or list(unknown(step, own, places)):
            stuck.add(step.key)
            continue
        assert line.state is LineState.ACKNOWLEDGED, step.key
        held = world.server.held[places[step.place]]
        if not (step.once or step.shared):
            assert holds(held, reading(step, places)) or held.get("status") == "finished"


@pytest.mark.parametrize("identity", [Identity.CONDITIONAL, Identity.POST])
def test_another_cart_s_patient_is_found_and_not_made_again(identity):
    story, lanes = tell([([], None)])
    first = GivingWorld(story, lanes, 1, identity)
    while (request := first.planned()) is not None:
        first.carry(request, GOOD)
    second = GivingWorld(story, lanes, 1, identity)
    second.server = first.server
    if identity is Identity.POST:
        for lane in lanes:
            second.follow(lane)
            lines = second.lines[lane]
            lines.update({key: msgspec.structs.replace(one, state=LineState.UNKNOWN) for key, one in lines.items()})
    while (request := second.planned()) is not None:
        second.carry(request, GOOD)
    assert set(Counter(first.server.made).values()) == {1}
    assert {line.state for line in second.lines[lanes[0]].values()} == {LineState.ACKNOWLEDGED}
