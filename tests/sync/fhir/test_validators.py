# SPDX-License-Identifier: Apache-2.0
"""Validators of other people on everything that the cart sends, with a mutation that shows each of them awake."""

import copy

import pytest

from sync.fhir.source import Directory
from tests.peers.validators import by_node, by_python, by_table, installed, validate
from tests.sync.fhir.whole import resources

node = pytest.mark.skipif(not installed(), reason="npm fhir comes with ./chevet test peers")


@pytest.mark.parametrize("directory", Directory)
def test_fhir_resources_and_the_table_take_everything(directory):
    assert validate(resources(directory=directory), node=False) == {}


@node
@pytest.mark.parametrize("directory", Directory)
def test_npm_fhir_takes_everything(directory):
    every = resources(directory=directory)
    assert by_node(every) == [[] for _ in every]


def mutated(kind, **changes):
    good = next(one for one in resources() if one["resourceType"] == kind)
    return [copy.deepcopy(good) | changes]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("Observation", {"effectiveDateTime": "2026-11-21T10:00:00"}),
        ("Observation", {"heartRate": 66}),
        ("Observation", {"code": "85354-9"}),
        ("Provenance", {"recorded": "hier"}),
        ("Patient", {"birthDate": "02/03/1934"}),
        ("MedicationAdministration", {"subject": "Patient/1"}),
    ],
)
def test_fhir_resources_is_awake(kind, changes):
    assert all(by_python(mutated(kind, **changes)))


@node
@pytest.mark.parametrize(
    ("kind", "changes"),
    [("Observation", {"status": "nonsense"}), ("Observation", {"heartRate": 66}), ("Encounter", {"status": "over"})],
)
def test_npm_fhir_is_awake(kind, changes):
    assert all(by_node(mutated(kind, **changes)))


def test_what_hurts_patients_is_caught_by_the_table_alone():
    wrong = mutated("Observation")
    wrong[0]["component"][0]["valueQuantity"]["code"] = "mmHg"
    assert by_python(wrong) == [[]]
    assert any("bp-unit" in one for one in by_table(wrong)[0])
