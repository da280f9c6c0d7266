# SPDX-License-Identifier: Apache-2.0
"""Whatever is asked and whatever arrives, in any order: what may never happen does not."""

from contextlib import closing
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device import commands as c
from device.codes import Metric, Position, Site
from device.encounter import replay
from device.encounter.sameness import identity
from device.entry import CART, ConsentForm, EncounterOpened, FileClosed, MeasurementRecorded, MeasurementSetAside
from device.errors import Refusal
from device.journal import Journal
from tests.device.encounter.samples import DOCTOR, JEANNE, NURSE, PAUL, Desk, at, cuff, oxygen
from tests.device.journal.samples import SteppedClock

COMMANDS = st.one_of(
    st.sampled_from(
        [
            c.OpenEncounter(JEANNE),
            c.OpenEncounter(PAUL),
            c.ConfirmIdentity(),
            c.ConfirmIdentity(),
            c.WrongPatient(),
            c.GiveConsent(ConsentForm.ORAL),
            c.RefuseConsent(),
            c.WithdrawConsent(),
            c.CallDoctor(),
            c.HangUp(),
            c.NoteOxygen(Decimal(2)),
            c.NoteSite(Metric.SYSTOLIC, Site.LEFT_ARM),
            c.EnterMeasurement(((Metric.TEMPERATURE, Decimal("37.2")),)),
            c.StartAuscultation(Position.MITRAL),
            c.ShowText("Bonjour"),
            c.WriteConclusion("Repos."),
            c.EndEncounter(),
            c.CloseFile(),
        ]
    ),
    st.sampled_from(["attribute", "discard", "confirm", "error"]),
)
ARRIVALS = st.builds(
    lambda ago, live, value, known, kind: (ago, live, value, known, kind),
    st.one_of(st.integers(0, 40), st.integers(-5, 400), st.none()),
    st.booleans(),
    st.integers(0, 4),
    st.sampled_from([True, True, True, False]),
    st.sampled_from(["cuff", "cuff", "cuff", "oxygen", "failed", "stranger"]),
)
_BURST = st.lists(ARRIVALS, min_size=1, max_size=3)
_FILE = [(10, c.OpenEncounter(JEANNE)), (5, c.ConfirmIdentity())]
STEPS = st.builds(
    lambda before, steps, after: before + steps + after,
    st.sampled_from([[], _FILE, [*_FILE, (5, c.EndEncounter()), (5, c.CloseFile()), *_FILE]]),
    st.lists(st.tuples(st.integers(0, 60), st.one_of(_BURST, _BURST, COMMANDS)), max_size=20),
    st.sampled_from([[], [(1, c.EndEncounter()), (1, c.CloseFile()), *_FILE]]),
)
"""Often a file is open at once, and often another follows: that is where measurements go astray."""


class Story:
    """Plays steps at a desk and remembers what arrived."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.arrived = []
        self.seconds = 0.0

    def step(self, after, action):
        self.seconds += after
        if isinstance(action, list):
            burst = [self._arrival(one, self.seconds - 0.1 * n) for n, one in enumerate(reversed(action))][::-1]
            self.arrived += burst
            self.desk.take(*burst, burst[0], seconds=self.seconds + 1)
            return
        command = self._about(action) if isinstance(action, str) else action
        who = DOCTOR if isinstance(command, c.WriteConclusion) else NURSE
        if command is not None:
            try:
                self.desk.do(command, self.seconds, who)
            except Refusal as error:
                assert error.line  # noqa: PT017 - a refusal is one of the two good answers

    def _arrival(self, what, received):
        ago, live, value, known, kind = what
        if kind == "oxygen":
            return oxygen(received, str(90 + value))
        values = {"systolic": str(120 + value)}
        if kind == "failed":
            values = {"systolic": None, "diastolic": None, "pulse": None}
        clock = {"clock_set": known}
        if kind == "stranger":
            clock["instrument"] = "next-door"
        taken = None if ago is None else int(received) - ago
        return cuff(received, taken, live=live, clock=clock, **values)

    def _about(self, word):
        state = self.desk.state
        aside = [one.entry for one in state.aside]
        recorded = [one.entry for one in state.encounter.recorded] if state.encounter else []
        if word in ("attribute", "discard"):
            make = c.AttributeMeasurement if word == "attribute" else c.DiscardMeasurement
            return make(aside[-1]) if aside else None
        if not recorded:
            return None
        return c.ConfirmMeasurement(recorded[-1]) if word == "confirm" else c.MarkEnteredInError(recorded[-1], "erreur")


def told(steps) -> Story:
    story = Story()
    for after, action in steps:
        story.step(after, action)
    return story


def admitted(story):
    return [entry for entry in story.desk.entries if isinstance(entry.body, MeasurementRecorded | MeasurementSetAside)]


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_nothing_from_before_the_identification_or_of_a_closed_file_enters_by_itself(steps):
    story = told(steps)
    state = replay([])
    for entry in story.desk.entries:
        before, state = state, replay([entry], state)
        if not isinstance(entry.body, MeasurementRecorded):
            continue
        file = before.encounter
        assert file is not None
        assert entry.encounter == file.id
        assert file.admitting
        if entry.body.attributed is None:
            assert entry.body.received.monotonic >= file.identified.monotonic
            assert entry.body.at >= file.identified.wall
            typed = entry.body.provenance.manual
            assert typed or entry.body.provenance.instrument in ("cuff-1", "oxi-1")
            assert (entry.body.by == NURSE) is typed
        else:
            assert entry.body.by == NURSE
            assert any(one.entry == entry.body.attributed for one in before.aside)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_each_arrival_ends_once_recorded_or_aside_or_known_and_never_twice(steps):
    story = told(steps)
    own = [entry.body for entry in admitted(story) if getattr(entry.body, "attributed", None) is None]
    written = {}
    for body in own:
        written.setdefault(identity(body.measurements, body.provenance), []).append(body)
    for arrival in story.arrived:
        key = identity(arrival.measurements, arrival.provenance)
        numbers = any(one.value is not None for one in arrival.measurements)
        stream = arrival.measurements[0].continuous
        if not numbers:
            assert key not in written
        elif not stream:
            assert key in written
    for key, bodies in written.items():
        untimed_live = "|frame " in key
        if not untimed_live:
            assert len(bodies) == 1, key


@settings(max_examples=200, deadline=None)
@given(STEPS, st.data())
def test_a_memory_sent_again_writes_nothing(steps, data):
    story = told(steps)
    stored = [one for one in story.arrived if not one.live]
    again = data.draw(st.lists(st.sampled_from(stored), max_size=5)) if stored else []
    count = len(story.desk.entries)
    for number, arrival in enumerate(again):
        later = story.seconds + 5000 + number
        story.desk.take(msgspec.structs.replace(arrival, received=at(later), connection=9), seconds=later)
    assert len(story.desk.entries) == count


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_one_file_at_a_time_and_everything_in_its_chain(steps):
    story = told(steps)
    current = CART
    for entry in story.desk.entries:
        if isinstance(entry.body, EncounterOpened):
            assert current == CART
            current = entry.encounter
        assert entry.encounter in (current, CART)
        if entry.encounter == CART:
            assert not isinstance(entry.body, MeasurementRecorded)
        if isinstance(entry.body, FileClosed):
            current = CART


@settings(max_examples=200, deadline=None)
@given(STEPS, st.integers(0, 40))
def test_replaying_from_any_prefix_gives_the_same_state(steps, prefix):
    story = told(steps)
    entries = story.desk.entries
    assert replay(entries[prefix:], replay(entries[:prefix])) == story.desk.state


@settings(max_examples=20, deadline=None)
@given(STEPS)
def test_what_the_journal_gives_back_replays_to_the_same_state(tmp_path_factory, steps):
    story = told(steps)
    path = tmp_path_factory.mktemp("journal") / "journal.db"
    with closing(Journal.open(path, SteppedClock())) as journal:
        for entry in story.desk.entries:
            journal.append(entry.encounter, entry.body, instant=entry.instant)
        read = journal.after(0, limit=10_000)
    assert [(one.encounter, one.instant, one.sequence) for one in read] == [
        (one.encounter, one.instant, one.sequence) for one in story.desk.entries
    ]
    ours, theirs = story.desk.state, replay(read)
    assert theirs.known == ours.known
    assert (theirs.encounter is None) == (ours.encounter is None)
    if ours.encounter is not None and theirs.encounter is not None:
        assert theirs.encounter.sites == ours.encounter.sites
        assert [one.body for one in theirs.encounter.recorded] == [one.body for one in ours.encounter.recorded]


def test_the_stories_reach_what_they_are_about():
    """The strategies are worth something: in a fixed story everything they look for happens."""
    story = told(
        [
            (0, [(5, False, 1, True, "cuff")]),
            (10, c.OpenEncounter(JEANNE)),
            (10, c.ConfirmIdentity()),
            (60, [(20, False, 2, True, "cuff")]),
            (5, "attribute"),
            (5, c.EndEncounter()),
        ]
    )
    assert [type(entry.body).__name__ for entry in story.desk.entries] == [
        "MeasurementSetAside",
        "EncounterOpened",
        "IdentityConfirmed",
        "MeasurementRecorded",
        "MeasurementRecorded",
        "EncounterClosed",
    ]
    assert story.desk.entries[0].instant == at(1)
    with pytest.raises(Refusal):
        story.desk.do(c.ConfirmIdentity(), 100)
