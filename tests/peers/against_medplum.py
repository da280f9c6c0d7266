# SPDX-License-Identifier: Apache-2.0
"""The whole of a day into Medplum's FHIR router, with answers lost and the sender restarted, then all of it once more
from an empty ledger: the same resources, and none twice; each is good for every validator there is."""

import json
from collections import Counter
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from sync.profile import Identity
from sync.settings import Server
from tests.peers.day import CAPTURES, ENCOUNTERS, told
from tests.peers.sending import emptied
from tests.peers.servers import medplum
from tests.peers.shaky import shaky
from tests.peers.validators import validate
from virtual.records.export import doubled

pytestmark = pytest.mark.timeout(900)
Json = dict[str, Any]


@pytest.mark.parametrize(
    ("identity", "encounters"), [(Identity.PUT, ENCOUNTERS), (Identity.POST, 8), (Identity.CONDITIONAL, 8)]
)
async def test_a_day_twice_over_is_the_same_resources_and_none_twice(
    tmp_path: Path, identity: Identity, encounters: int
):
    """The whole day by the cart's own ids. Where Medplum gives the ids, eight encounters: each search of its memory
    looks at one resource after another."""
    day = partial(told, encounters=encounters)
    with medplum(tmp_path) as base:
        root = base.removesuffix("/fhir")
        async with shaky(root, lambda n: n % 17 == 0) as way:
            server = Server("medplum", f"{way}/fhir", identity=identity, batch=20, deadline=60.0)
            await emptied(tmp_path, "first", server, day, restarts=3)
        first = held(root)
        server = Server("medplum", base, identity=identity, batch=50, gzip=True, deadline=60.0)
        await emptied(tmp_path, "again", server, day)
        again = held(root)
    assert set(again) == set(first)
    assert {place: content(one) for place, one in again.items()} == {p: content(one) for p, one in first.items()}
    resources = list(again.values())
    assert doubled(resources) == []
    assert twice(resources) == []
    counts = Counter(one["resourceType"] for one in resources)
    assert counts["Encounter"] == encounters
    assert counts["Patient"] == min(encounters, ENCOUNTERS - 2)
    assert counts["DocumentReference"] == 5 * encounters
    assert counts["Binary"] == (CAPTURES if identity is Identity.PUT else 0)
    assert Counter(one["status"] for one in resources if one["resourceType"] == "Encounter") == {
        "finished": encounters - 1,
        "entered-in-error": 1,
    }
    assert dangling(again) == []
    assert validate(map(content, resources)) == {}


def held(root: str) -> dict[str, Json]:
    """Everything that Medplum holds, by place."""
    with urlopen(f"{root}/chevet/resources", timeout=60) as answer:  # noqa: S310 - our own server
        found = json.load(answer, parse_float=Decimal)
    return {f"{one['resource']['resourceType']}/{one['resource']['id']}": one["resource"] for one in found}


def content(resource: Json) -> Json:
    """A resource without what its server writes."""
    meta = {name: value for name, value in resource.get("meta", {}).items() if name not in {"versionId", "lastUpdated"}}
    rest = {name: value for name, value in resource.items() if name != "meta"}
    return rest | ({"meta": meta} if meta else {})


def twice(resources: list[Json]) -> list[str]:
    """The tags that two resources of a type carry, of types that have no identifier."""
    tags = Counter(
        f"{one['resourceType']} {tag['code']}"
        for one in resources
        for tag in one.get("meta", {}).get("tag", [])
        if str(tag.get("system", "")).startswith("urn:oid:")
    )
    return [name for name, count in tags.items() if count > 1]


def dangling(resources: dict[str, Json]) -> list[str]:
    """The literal references that lead nowhere."""

    def targets(value: object) -> list[str]:
        if isinstance(value, dict):
            own = [value["reference"]] if isinstance(value.get("reference"), str) else []
            return own + [one for child in value.values() for one in targets(child)]
        return [one for child in value for one in targets(child)] if isinstance(value, list) else []

    found = {one for resource in resources.values() for one in targets(resource)}
    return sorted(one for one in found if "/" in one and one not in resources)
