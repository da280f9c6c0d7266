# SPDX-License-Identifier: Apache-2.0
"""The whole body of the process against an endpoint that gives the ids itself, with and without conditions."""

from uuid import uuid4

import pytest

from device.entry import EnteredInError
from sync.profile import Identity
from tests.sync.bench import bench, drained
from tests.sync.story import NURSE, capture, closing, conclusion, opening, oxygen, pressure, saturation, temperature
from virtual.records import Ill, Trouble

BOTH = pytest.mark.parametrize("identity", [Identity.CONDITIONAL, Identity.POST])


@pytest.fixture
async def desk(tmp_path):
    async with bench(tmp_path, gives_ids=True) as made:
        yield made


def told(desk, *more):
    encounter = uuid4()
    entries = desk.story.tell(
        encounter, *opening(), pressure(), oxygen(), saturation(), temperature(), *more, conclusion(), *closing()
    )
    return encounter, entries


def assert_each_once(desk):
    assert desk.export["doubled"] == []
    tags = [
        (body["resourceType"], tag["code"])
        for body in (one["body"] for one in desk.export["resources"])
        for tag in body.get("meta", {}).get("tag", [])
        if tag["system"].startswith("urn:oid:")
    ]
    assert len(tags) == len(set(tags))
    assert {one["status"] for one in desk.of("Encounter")} == {"finished"}


@BOTH
async def test_every_resource_has_an_id_of_the_server_s_and_refers_to_those(desk, identity):
    data = b"\xff\xd8" + bytes(range(256)) * 9
    encounter, _ = told(desk, capture(desk.attachments.put(data), len(data)))
    async with desk.running(identity=identity):
        await desk.until(drained)
    assert_each_once(desk)
    (found,) = desk.of("Encounter")
    assert found["id"] != str(encounter)
    assert {one["encounter"]["reference"] for one in desk.of("Observation")} == {f"Encounter/{found['id']}"}
    assert "Binary" not in desk.export["counts"]
    pictures = [one for one in desk.of("DocumentReference") if one["content"][0]["attachment"]["size"] == len(data)]
    assert len(pictures) == 1
    assert "url" not in pictures[0]["content"][0]["attachment"]


@BOTH
@pytest.mark.parametrize("path", ["POST Patient", "POST Encounter", "^POST $", "POST DocumentReference"])
async def test_an_answer_that_is_lost_doubles_nothing(desk, identity, path):
    async with desk.running(deadline=0.5, identity=identity) as sync:
        await desk.until(lambda one: one.reachable)
        desk.records.trouble(Trouble(Ill.SILENCE, path=path))
        told(desk)
        sync.wake()
        await desk.until(lambda one: drained(one) and desk.of("Encounter"))
        await desk.until(drained)
    assert_each_once(desk)
    assert [one.status for one in desk.records.store.requests()].count(None) == 1


async def test_a_condition_that_the_server_does_not_heed_is_made_up_for_by_a_search(desk):
    told(desk)
    desk.records.trouble(Trouble(Ill.SILENCE, path="POST Patient"))
    desk.records.trouble(Trouble(Ill.DEAF_TO_CONDITIONS, times=None, path="POST "))
    async with desk.running(deadline=0.5, identity=Identity.CONDITIONAL):
        await desk.until(drained)
    assert_each_once(desk)


@BOTH
async def test_a_server_that_does_not_say_where_is_searched(desk, identity):
    told(desk)
    desk.records.trouble(Trouble(Ill.NAMELESS, times=2, path="POST (Patient|Consent)"))
    async with desk.running(identity=identity):
        await desk.until(drained)
    assert_each_once(desk)


@BOTH
async def test_a_correction_is_a_new_version_under_the_server_s_id(desk, identity):
    encounter = uuid4()
    async with desk.running(identity=identity) as sync:
        *_, wrong = desk.story.tell(encounter, *opening(), temperature())
        sync.wake()
        await desk.until(lambda one: drained(one) and wrong.id in one.acknowledged)
        (mark,) = desk.story.tell(encounter, EnteredInError(wrong.id, "voisine", NURSE))
        sync.wake()
        await desk.until(lambda one: mark.id in one.acknowledged)
    (found,) = [one for one in desk.export["resources"] if one["type"] == "Observation"]
    assert (found["versions"], found["body"]["status"]) == (2, "entered-in-error")
    assert desk.export["doubled"] == []


async def test_what_two_resources_carry_is_quarantined_with_both_places(desk):
    encounter, _ = told(desk)
    async with desk.running(identity=Identity.CONDITIONAL):
        await desk.until(drained)
    held = desk.of("Patient")[0]
    desk.records.store.write("Patient", "twin", {**held, "id": "twin"})
    (desk.folder / "ledger.db").unlink()
    async with desk.running(identity=Identity.CONDITIONAL):
        queue = await desk.until(lambda one: one.quarantined)
    assert queue.code == "REC-14"
    ledger = desk.ledger()
    (refused,) = [one for one in ledger.quarantine() if one.key.startswith("Patient/")]
    ledger.close()
    assert "Patient/twin" in refused.words
    assert f"Patient/{held['id']}" in refused.words
    assert str(encounter) not in queue.why


async def test_a_lost_ledger_sends_nothing_twice_to_a_server_without_conditions(desk):
    told(desk)
    async with desk.running(identity=Identity.POST):
        await desk.until(drained)
    before = desk.export["counts"]
    (desk.folder / "ledger.db").unlink()
    async with desk.running(identity=Identity.POST):
        await desk.until(drained)
    assert desk.export["counts"] == before
    assert_each_once(desk)


async def test_a_server_that_gives_ids_under_a_profile_that_chooses_them_is_a_setting_to_correct(desk):
    told(desk)
    async with desk.running(identity=Identity.PUT):
        queue = await desk.until(lambda one: "réglage" in one.why)
    assert (queue.code, queue.quarantined) == ("REC-08", 0)


@pytest.mark.parametrize("identity", [Identity.PUT, Identity.CONDITIONAL])
async def test_transactions_say_of_each_entry_what_a_batch_does(tmp_path, identity):
    async with bench(tmp_path, gives_ids=identity is not Identity.PUT) as desk:
        told(desk)
        async with desk.running(identity=identity, transaction=True):
            await desk.until(drained)
        assert_each_once(desk)
        assert 200 in desk.answered("POST", "")
