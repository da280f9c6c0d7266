# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from sync.compare import holds
from sync.learn import Health
from sync.ledger import Queue
from sync.queue import NO_SERVER, Standing, report
from sync.steps import steps
from sync.words import MAX_WORDS, place_of, retry_after, spoken
from tests.sync.story import SOURCE, Story, at, opening, temperature

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
STORY = Story()
STORY.tell(UUID(int=7), *opening(), temperature("36.60"))
STEP = next(one for one in steps(SOURCE, STORY.entries, {}) if one.type == "Observation")


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ("", ""),
        ("Patient/a/_history/1", "Patient/a"),
        ("Patient/a", "Patient/a"),
        ("https://h.example/fhir/Patient/a-1/_history/2", "Patient/a-1"),
        ("/fhir/Observation/x.y", "Observation/x.y"),
        ("https://h.example/login", ""),
        ("../../etc/passwd", ""),
    ],
)
def test_the_place_of_a_location(location, place):
    assert place_of(location) == place


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        ("0", 0.0),
        ("Sat, 21 Nov 2026 09:02:00 GMT", 120.0),
        ("Sat, 21 Nov 2020 09:02:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("²", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(value, seconds):
    assert retry_after(value, NOW) == seconds


def test_the_words_of_an_outcome_are_bounded_and_never_fail():
    issues = [{"diagnostics": "un"}, {"details": {"text": "deux"}}, {"code": "trois"}, {}, "quatre"]
    assert spoken({"resourceType": "OperationOutcome", "issue": issues}) == "un; deux; trois"
    assert len(spoken({"resourceType": "OperationOutcome", "issue": [{"diagnostics": "x" * 9000}]})) == MAX_WORDS
    assert spoken({"resourceType": "Patient"}) == spoken(None) == spoken({"resourceType": "OperationOutcome"}) == ""


def remote(**changes):
    return msgspec.json.decode(STEP.body()) | changes


def test_a_server_may_add_and_write_the_same_moment_otherwise():
    assert holds(remote(meta={"versionId": "3"}, text={"status": "generated"}, language="fr"), STEP.resource)
    assert holds(remote(effectiveDateTime="2026-11-21T09:03:00Z"), STEP.resource)
    quantity = remote()["valueQuantity"] | {"value": Decimal("36.6")}
    assert holds(remote(valueQuantity=quantity), STEP.resource)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "entered-in-error"},
        {"valueQuantity": {"value": 36.7, "unit": "°C", "system": "http://unitsofmeasure.org", "code": "Cel"}},
        {"effectiveDateTime": "2026-11-21T09:03:01Z"},
        {"effectiveDateTime": "not a time T"},
        {"category": []},
        {"subject": "Patient/x"},
        {"identifier": "x"},
    ],
)
def test_anything_else_is_another_resource(changes):
    assert not holds(remote(**changes), STEP.resource)


def test_a_binary_is_never_compared_as_json():
    binary = msgspec.structs.replace(STEP, resource={}, attachment="a" * 64)
    assert not holds({"resourceType": "Binary"}, binary.resource)


def standing(*taken, sent=(), **health):
    return Standing(Health(**{"reachable": True} | health), entries(*taken), entries(*(sent or taken)))


def entries(*numbers):
    return frozenset(UUID(int=n) for n in numbers)


def test_an_entry_is_acknowledged_when_every_server_took_it():
    made = report([standing(1, 2, sent=(1, 2, 3)), standing(2, 3, sent=(1, 2, 3))], Queue())
    assert made.acknowledged == (UUID(int=2),)
    assert made.reachable


def test_an_entry_that_only_some_servers_are_sent_is_acknowledged_by_those():
    images = standing(sent=(2,))
    assert report([standing(1, 2), images], Queue()).acknowledged == (UUID(int=1),)
    assert report([standing(1, 2), standing(2)], Queue()).acknowledged == (UUID(int=1), UUID(int=2))


def test_the_most_useful_line_is_said():
    queue = Queue(waiting=2, quarantined=1, oldest=at(5), held="gardée")
    assert report([standing(), standing(why="en panne", reachable=False)], queue).why == "en panne"
    assert "(1)" in report([standing()], queue).why
    assert report([standing()], Queue(waiting=2, held="gardée")).why == "gardée"
    made = report([standing(reachable=False)], queue)
    assert (made.waiting, made.quarantined, made.oldest, made.reachable) == (2, 1, at(5), False)


def test_without_a_server_it_says_so():
    made = report([], Queue())
    assert (made.why, made.reachable) == (NO_SERVER, False)
