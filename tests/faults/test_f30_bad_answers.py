# SPDX-License-Identifier: Apache-2.0
"""Each bad answer has its own rule; poison stays alone; nothing is lost, nothing doubled."""

from uuid import uuid4

import pytest

from device.entry import MeasurementRecorded
from sync.fhir.source import measured
from sync.waiting import retry
from tests.sync.bench import bench, drained
from tests.sync.story import capture, closing, opening, oxygen, pressure, saturation, temperature
from virtual.records import Ill, Trouble


@pytest.fixture
async def desk(tmp_path):
    async with bench(tmp_path) as made:
        yield made


def told(desk, *, closed=True):
    encounter = uuid4()
    end = closing() if closed else ()
    desk.story.tell(encounter, *opening(), pressure(), oxygen(), saturation(), temperature(), *end)
    return encounter


def assert_whole(desk, encounters=1):
    export = desk.export
    assert export["doubled"] == []
    counts = {"Consent": encounters, "Device": 4, "Encounter": encounters, "Observation": 5 * encounters, "Patient": 1}
    assert {kind: export["counts"].get(kind) for kind in counts} == counts
    assert {one["status"] for one in desk.of("Encounter")} == {"finished"}


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408, 507])
async def test_f30_a_passing_failure_is_tried_again(desk, status):
    told(desk)
    desk.records.trouble(Trouble(Ill.STATUS, status=status, times=3, path="Encounter/"))
    async with desk.running():
        await desk.until(drained)
    assert_whole(desk)
    assert desk.answered("PUT", "Encounter/")[:4] == [status, status, status, 201]


@pytest.mark.parametrize("status", [429, 503])
async def test_f30_retry_after_is_kept_for_the_whole_server(desk, status):
    told(desk)
    desk.records.trouble(Trouble(Ill.STATUS, status=status, retry_after=1, path="Patient/"))
    async with desk.running():
        await desk.until(drained)
    assert_whole(desk)
    first, second = [one for one in desk.records.store.requests() if one.path.startswith("Patient/")]
    assert second.time >= first.time[:-6]
    between = [one for one in desk.records.store.requests() if first.number < one.number < second.number]
    assert between == []


@pytest.mark.parametrize("status", [401, 403])
async def test_f30_a_refused_token_pauses_the_server_and_loses_nothing(desk, status):
    told(desk)
    desk.records.trouble(Trouble(Ill.STATUS, status=status, times=None))
    async with desk.running():
        queue = await desk.until(lambda one: "autorisation" in one.why)
        assert (queue.waiting, queue.quarantined, queue.reachable) == (7, 0, True)
        desk.records.troubles.clear()
        await desk.until(drained)
    assert_whole(desk)


async def test_f30_a_renewed_token_is_read_without_a_restart(desk):
    told(desk)
    token = desk.folder / "token"
    good = token.read_text()
    token.write_text("out-of-date")
    async with desk.running():
        await desk.until(lambda one: "autorisation" in one.why)
        token.write_text(good)
        await desk.until(drained)
    assert_whole(desk)


@pytest.mark.parametrize("status", [404, 410, 405, 302])
async def test_f30_an_unknown_address_is_a_setting_to_correct(desk, status):
    told(desk)
    desk.records.trouble(Trouble(Ill.STATUS, status=status, times=None, path="Patient/"))
    async with desk.running():
        queue = await desk.until(lambda one: "réglage" in one.why)
        assert queue.quarantined == 0
        desk.records.troubles.clear()
        await desk.until(drained)
    assert_whole(desk)


@pytest.mark.parametrize("status", [400, 422])
async def test_f30_a_refused_observation_is_alone_in_quarantine(desk, status):
    told(desk)
    other = told(desk)
    story = desk.story
    wrong = next(one for one in desk.story.entries if isinstance(one.body, MeasurementRecorded))
    place = f"Observation/{measured(wrong.id, 'pressure-1')}"
    desk.records.trouble(Trouble(Ill.STATUS, status=status, times=None, path=place, words="refusé pour essai"))
    async with desk.running():
        queue = await desk.until(lambda one: one.waiting == 0 and one.quarantined == 1)
    assert "refusé" in queue.why
    assert "essai" not in queue.why
    assert desk.export["counts"]["Observation"] == 9
    assert {one["status"] for one in desk.of("Encounter")} == {"finished"}
    ledger = desk.ledger()
    (refused,) = ledger.quarantine()
    assert (refused.key, refused.status) == (place, status)
    assert "refusé pour essai" in refused.words
    desk.records.troubles.clear()
    assert retry(ledger, "records") == 1
    ledger.close()
    async with desk.running():
        await desk.until(lambda one: drained(one) and one.quarantined == 0)
    assert_whole(desk, encounters=2)
    assert story.of(other)


async def test_f30_what_needs_a_refused_resource_waits_and_other_lanes_go_on(desk):
    stuck = told(desk)
    desk.records.trouble(Trouble(Ill.STATUS, status=422, times=None, path=f"Encounter/{stuck}"))
    other = told(desk)
    async with desk.running():
        queue = await desk.until(
            lambda one: one.quarantined == 1 and len(desk.of("Encounter")) == 1 and one.waiting == 6
        )
    assert queue.quarantined == 1
    assert [one["id"] for one in desk.of("Encounter")] == [str(other)]
    assert desk.of("Encounter")[0]["status"] == "finished"
    assert {one["encounter"]["reference"] for one in desk.of("Observation")} == {f"Encounter/{other}"}


@pytest.mark.parametrize("status", [409, 412])
async def test_f30_a_conflict_over_what_it_already_holds_is_done(desk, status):
    told(desk)
    desk.records.trouble(Trouble(Ill.WRONG_ID, times=1, path="PUT Patient/"))
    desk.records.trouble(Trouble(Ill.STATUS, status=status, times=2, path="PUT Consent/"))
    async with desk.running():
        await desk.until(drained)
    assert_whole(desk)
    assert desk.answered("GET", "Patient/") == [200]
    assert desk.answered("GET", "Consent/") == [404, 404]


async def test_f30_a_conflict_that_stays_is_quarantined_with_the_words(desk):
    told(desk)
    desk.records.trouble(Trouble(Ill.STATUS, status=409, times=None, path="PUT Consent/", words="déjà là"))
    async with desk.running():
        await desk.until(lambda one: one.quarantined == 1 and one.waiting == 0)
    ledger = desk.ledger()
    (refused,) = ledger.quarantine()
    ledger.close()
    assert refused.status == 409
    assert "déjà là" in refused.words
    assert {one["status"] for one in desk.of("Encounter")} == {"finished"}


async def test_f30_too_large_a_batch_is_split(desk):
    told(desk)
    desk.records.trouble(Trouble(Ill.STATUS, status=413, times=2, path="^POST $"))
    async with desk.running():
        await desk.until(drained)
    assert_whole(desk)
    assert desk.answered("POST", "")[:2] == [413, 413]


async def test_f30_a_server_without_bundles_gets_them_one_by_one(desk):
    told(desk)
    desk.records.trouble(Trouble(Ill.STATUS, status=405, times=None, path="^POST $"))
    async with desk.running():
        await desk.until(drained)
    assert_whole(desk)
    assert len(desk.answered("PUT", "Observation/")) == 5


async def test_f30_too_large_a_capture_is_alone_in_quarantine(desk):
    encounter = told(desk, closed=False)
    data = b"\xff\xd8" + bytes(2000)
    desk.story.tell(encounter, capture(desk.attachments.put(data), len(data)), *closing())
    desk.records.trouble(Trouble(Ill.STATUS, status=413, times=None, path="Binary/"))
    async with desk.running():
        queue = await desk.until(lambda one: one.quarantined == 1 and one.waiting == 0)
    assert queue.quarantined == 1
    assert_whole(desk)


@pytest.mark.parametrize("path", ["PUT Patient/", "PUT Encounter/", "^POST $"])
async def test_f30_a_timeout_after_the_commit_doubles_nothing(desk, path):
    told(desk)
    desk.records.trouble(Trouble(Ill.SILENCE, path=path))
    async with desk.running(deadline=0.3):
        await desk.until(drained)
    assert_whole(desk)
    assert [one.status for one in desk.records.store.requests()].count(None) == 1
    versions = {one["type"]: one["versions"] for one in desk.export["resources"]}
    assert versions["Patient"] == versions["Observation"] == 1


@pytest.mark.parametrize("ill", [Ill.CUT, Ill.DEAF, Ill.DRIP, Ill.HALF])
async def test_f30_a_connection_that_fails_is_tried_again(desk, ill):
    told(desk)
    desk.records.trouble(Trouble(ill, times=2, path="Encounter/"))
    async with desk.running(deadline=0.3):
        await desk.until(drained)
    assert_whole(desk)


async def test_f30_half_a_bundle_answered_is_sent_again(desk):
    told(desk)
    desk.records.trouble(Trouble(Ill.HALF, path="^POST $"))
    async with desk.running():
        await desk.until(drained)
    assert_whole(desk)
    assert {one["versions"] for one in desk.export["resources"] if one["type"] == "Observation"} == {1}


async def test_f30_a_mixed_bundle_is_read_entry_by_entry(desk):
    told(desk)
    desk.records.trouble(Trouble(Ill.STATUS, status=422, times=1, path="Observation/"))
    desk.records.trouble(Trouble(Ill.STATUS, status=500, times=1, path="Observation/"))
    desk.records.trouble(Trouble(Ill.STATUS, status=409, times=1, path="PUT Observation/"))
    async with desk.running():
        await desk.until(lambda one: one.waiting == 0 and one.quarantined == 1)
    assert desk.export["counts"]["Observation"] == 4
    assert desk.export["doubled"] == []


async def test_f30_a_web_page_in_place_of_the_server_is_said(desk):
    told(desk)
    desk.records.trouble(Trouble(Ill.PAGE, times=None))
    async with desk.running():
        queue = await desk.until(lambda one: "portail" in one.why)
        assert not queue.reachable
        desk.records.troubles.clear()
        await desk.until(drained)
    assert_whole(desk)


async def test_f30_poison_in_one_lane_never_stops_another(desk):
    """For every status for ever on one encounter, the others are finished."""
    stuck = told(desk)
    for status in (500, 403, 404, 429, 409):
        desk.records.trouble(Trouble(Ill.STATUS, status=status, times=7, path=f"Encounter/{stuck}", retry_after=0))
    others = [told(desk) for _ in range(4)]
    async with desk.running():
        finished = {str(one) for one in others}
        await desk.until(
            lambda _: finished <= {one["id"] for one in desk.of("Encounter") if one["status"] == "finished"}
        )
