# SPDX-License-Identifier: Apache-2.0
"""The records server's token expires in the middle of an encounter: uploads wait and say so, nothing is refused or
lost, and they go on by themselves once it is renewed."""

from uuid import uuid4

import pytest

from tests.sync.bench import bench, drained
from tests.sync.story import call, closing, opening, oxygen, pressure, saturation, temperature


@pytest.fixture
async def desk(tmp_path):
    async with bench(tmp_path) as made:
        yield made


async def test_f29_uploads_wait_for_a_renewed_token_and_the_encounter_goes_on(desk):
    encounter, token = uuid4(), desk.folder / "token"
    good = token.read_text()
    async with desk.running() as sync:
        desk.story.tell(encounter, *opening(), *call(), pressure())
        sync.wake()
        await desk.until(drained)
        token.write_text("expired")
        told = [entry for body in (oxygen(), saturation(), temperature()) for entry in desk.story.tell(encounter, body)]
        sync.wake()
        queued = await desk.until(lambda one: "autorisation" in one.why and one.waiting == len(told))
        assert (queued.quarantined, queued.reachable, queued.code) == (0, True, "REC-06")
        assert not {one.id for one in told} & set(queued.acknowledged)
        token.write_text(good)
        desk.story.tell(encounter, *closing())
        sync.wake()
        await desk.until(drained)
    assert desk.export["doubled"] == []
    assert [one["status"] for one in desk.of("Encounter")] == ["finished"]
    assert desk.export["counts"]["Observation"] == 5  # one for the pressure, its pulse, two of the oximeter, one
    assert {one["versions"] for one in desk.export["resources"] if one["type"] == "Observation"} == {1}
