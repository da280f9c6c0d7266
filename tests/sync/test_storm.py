# SPDX-License-Identifier: Apache-2.0
"""A short storm of seeded schedules (a long one: ``./chevet test faults``), and what its oracle and its disk catch."""

import asyncio
from random import Random
from uuid import UUID

import pytest

from device.errors import JournalError
from sync.ledger import Ledger
from sync.profile import reading, with_data
from sync.steps import in_documents
from tests.sync.storm.disk import Death, Disk, Illness, Killed
from tests.sync.storm.given import Version, Write, as_named, doubled
from tests.sync.storm.oracle import expected, faults
from tests.sync.storm.schedule import Ail, Cut, Die, Sicken, schedule
from tests.sync.storm.share import played
from tests.sync.storm.tale import Tale
from tests.sync.storm.warp import WarpLoop

LANE = UUID(int=7)
SHARE = 10


@pytest.mark.parametrize("first", range(0, 100, SHARE))
def test_whatever_happens_nothing_is_lost_doubled_or_out_of_order(first):
    assert played(range(first, first + SHARE)) == []


def test_a_seed_is_one_schedule_and_the_seeds_together_know_every_fault():
    assert schedule(5) == schedule(5)
    actions = [action for seed in range(300) for action in schedule(seed).actions]
    assert {one.death for one in actions if isinstance(one, Die)} == {None, *Death}
    assert {one.illness for one in actions if isinstance(one, Sicken)} == {*Illness}
    statuses = {one.trouble.status for one in actions if isinstance(one, Ail)}
    assert statuses >= {400, 401, 403, 404, 409, 412, 413, 422, 429, 500, 503}
    assert len({one.how for one in actions if isinstance(one, Cut)}) == 3


# The oracle is no rubber stamp.


@pytest.fixture
def told():
    tale = Tale(1, "a" * 64, 9)
    for what in ("opening", "pressure", "call", "wrong", "finished"):
        tale.tell(0, what)
    return expected(tale, {"a" * 64: "c2hh"})


def good(told):
    """The last version of everything, in the order of the lane."""
    (steps,) = told.lanes.values()
    return [Write(one.place, one.digest) for one in steps]


def once(told):
    """The places of everything that has one version."""
    return [one.place for one in good(told) if not one.place.startswith("Encounter/")]


def test_the_oracle_is_content_with_a_server_that_has_everything(told):
    assert list(faults(told, good(told))) == []


@pytest.mark.parametrize("index", range(5))
def test_the_oracle_misses_what_is_lost(told, index):
    lost = once(told)[index]
    writes = [one for one in good(told) if one.place != lost]
    assert f"lost: {lost}" in list(faults(told, writes))


def test_the_oracle_sees_another_resource_and_another_reading(told):
    assert list(faults(told, [*good(told), Write("Observation/other", "x")]))[-1] == (
        "doubled: Observation/other is of no entry"
    )
    writes = good(told)
    writes.insert(0, Write(writes[0].place, "x"))
    assert any("reads as nothing" in one for one in faults(told, writes))


def test_the_oracle_sees_a_resource_go_back(told):
    writes = good(told)
    place = next(one.place for one in writes if one.place.startswith("Observation/"))
    first, last = next(iter(told.ages[place])), told.last[place].digest
    assert first != last
    assert not list(faults(told, [Write(place, first), *writes]))
    found = list(faults(told, [*writes, Write(place, first), Write(place, last)]))
    assert any("went back" in one for one in found)


def test_the_oracle_sees_an_encounter_begun_again(told):
    writes = good(told)
    begun, end = (one for one in writes if one.place.startswith("Encounter/"))
    assert any("begun again" in one for one in faults(told, [*writes, begun, end]))


# The disk.


# What a server that gives the ids itself wrote is told again with the cart's own.


@pytest.fixture
def gave():
    """A tale, what it comes to in documents, and what such a server would write of it."""
    tale = Tale(1, "a" * 64, 9)
    for what in ("opening", "pressure", "capture", "conclusion", "finished"):
        tale.tell(0, what)
    told = expected(tale, {"a" * 64: "c2hh"}, in_documents)
    (found,) = told.lanes.values()
    places = {one.place: f"{one.type}/given-{number}" for number, one in enumerate(found)}
    versions = [Version(places[one.place], as_given(one, places)) for one in found]
    return told, versions, found[0]


def as_given(step, places):
    made = reading(step, places)
    return with_data(made, "c2hh") if step.attachment else made


def judged(told, versions, step):
    return [
        *doubled(versions, told.names, step),
        *faults(told, as_named(versions, told.names, step, told.files)),
    ]


def test_what_a_server_that_gives_ids_wrote_well_is_well(gave):
    told, versions, step = gave
    assert versions[0].place not in told.last
    assert told.files
    assert judged(told, versions, step) == []


def test_a_second_resource_of_one_identity_is_doubled(gave):
    told, versions, step = gave
    for place, content in versions:
        kind = place.partition("/")[0]
        twin = Version(f"{kind}/twin", {**content, "id": "twin"})
        assert any(one.startswith("doubled: ") for one in judged(told, [*versions, twin], step)), kind


def test_a_reference_to_what_is_not_there_or_another_value_is_seen(gave):
    told, versions, step = gave
    number, one = next((n, one) for n, one in enumerate(versions) if one.place.startswith("Observation/"))
    for changed in ({"encounter": {"reference": "Encounter/other"}}, {"status": "registered"}):
        spoilt = [*versions]
        spoilt[number] = Version(one.place, {**one.content, **changed})
        assert judged(told, spoilt, step)
    assert judged(told, [*versions[:number], *versions[number + 1 :]], step)


def filled(disk, count):
    ledger = Ledger.open(disk.path, engine=disk.module)
    for position in range(1, count + 1):
        ledger.server("s").advance(position, {UUID(int=position): position}, set(), 1)
    return ledger


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("death", Death)
def test_what_was_committed_before_a_death_is_there_after_it(tmp_path, death, seed):
    disk = Disk(tmp_path / "ledger.db", Random(seed))  # noqa: S311 - a seed
    ledger = filled(disk, 20)
    disk.arm(death, 0)
    with pytest.raises(Killed):
        ledger.server("s").advance(21, {UUID(int=n): n for n in range(30, 90)}, set(), 1)
    with pytest.raises(Killed):
        _ = ledger.server("s").position
    ledger.close()
    disk.restart()
    after = Ledger.open(disk.path, engine=disk.module)
    known = {20} if death is Death.BEFORE else {21} if death is Death.AFTER else {20, 21}
    assert after.server("s").position in known
    assert len(after.server("s").lanes()) == (20 if after.server("s").position == 20 else 80)
    assert after.rows("PRAGMA integrity_check") == [("ok",)]
    after.close()


@pytest.mark.parametrize(("illness", "code"), [(Illness.FULL, "JRN-01"), (Illness.REFUSED, "JRN-06")])
def test_an_ill_disk_says_what_it_is_keeps_what_it_had_and_takes_more_when_it_is_well(tmp_path, illness, code):
    disk = Disk(tmp_path / "ledger.db", Random(1))  # noqa: S311 - a seed
    ledger = filled(disk, 20)
    part = ledger.server("s")
    disk.ill = illness
    for _ in range(2):
        with pytest.raises(JournalError) as caught:
            part.advance(21, {UUID(int=n): n for n in range(100, 600)}, set(), 1)
        assert caught.value.code == code
        assert part.position == 20
    disk.ill = None
    part.advance(21, {UUID(int=n): n for n in range(100, 600)}, set(), 1)
    assert (part.position, len(part.lanes())) == (21, 520)
    ledger.close()


def test_an_hour_passes_at_once_where_there_is_nothing_to_do():
    async def wait():
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.sleep(3600)
        return loop.time() - began

    with asyncio.Runner(loop_factory=WarpLoop) as runner:
        assert 3600 <= runner.run(wait()) < 3700
