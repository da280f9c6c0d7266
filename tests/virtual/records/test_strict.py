# SPDX-License-Identifier: Apache-2.0
"""What the endpoint refuses by itself; the vital signs' mutations stand with the builders in tests/sync."""

from decimal import Decimal

import pytest

from virtual.records import primitives
from virtual.records.shapes import resource_types, shapes
from virtual.records.strict import MAX_DEPTH, faults, links
from virtual.records.vitals import vitals

PATIENT = {
    "resourceType": "Patient",
    "id": "a",
    "name": [{"family": "Lefèvre", "given": ["Odette"]}],
    "gender": "female",
}
ENCOUNTER = {
    "resourceType": "Encounter",
    "status": "in-progress",
    "class": {"code": "VR"},
    "subject": {"reference": "Patient/a"},
    "period": {"start": "2026-11-21T10:00:00+01:00"},
}
CONSENT = {
    "resourceType": "Consent",
    "status": "active",
    "scope": {"text": "soin"},
    "category": [{"text": "consentement"}],
    "policyRule": {"text": "fr-1"},
}
DOCUMENT = {
    "resourceType": "DocumentReference",
    "status": "current",
    "content": [{"attachment": {"url": "Binary/b", "contentType": "image/jpeg"}}],
}


NOTE = {"contentType": "text/plain; charset=utf-8", "data": "T2JzZXJ2ZXI=", "size": 8}


def noted(**changes):
    attachment = {name: value for name, value in (NOTE | changes).items() if value is not None}
    return DOCUMENT | {"content": [{"attachment": attachment}]}


def where(resource):
    return [fault.where for fault in faults(resource)]


@pytest.mark.parametrize("good", [PATIENT, ENCOUNTER, CONSENT, DOCUMENT, noted(), noted(size=None)])
def test_good_resources_are_taken(good):
    assert faults(good) == []


@pytest.mark.parametrize(
    ("resource", "place"),
    [
        (PATIENT | {"nickname": "x"}, "Patient.nickname"),
        (PATIENT | {"gender": "F"}, "Patient.gender"),
        (PATIENT | {"birthDate": "21/11/1934"}, "Patient.birthDate"),
        (PATIENT | {"birthDate": "1934-13-01"}, "Patient.birthDate"),
        (PATIENT | {"name": {"family": "x"}}, "Patient.name"),
        (PATIENT | {"name": []}, "Patient.name"),
        (PATIENT | {"name": [{}]}, "Patient.name[0]"),
        (PATIENT | {"active": "true"}, "Patient.active"),
        (PATIENT | {"active": None}, "Patient.active"),
        (PATIENT | {"id": "a b"}, "Patient.id"),
        (PATIENT | {"deceasedBoolean": True, "deceasedDateTime": "2020"}, "Patient.deceased[x]"),
        (PATIENT | {"managingOrganization": {}}, "Patient.managingOrganization"),
        (PATIENT | {"managingOrganization": {"type": "Organization"}}, "Patient.managingOrganization"),
        (PATIENT | {"managingOrganization": {"reference": "Patient/x"}}, "Patient.managingOrganization"),
        (PATIENT | {"managingOrganization": {"reference": "http://x/Organization/1"}}, "Patient.managingOrganization"),
        (ENCOUNTER | {"status": "done"}, "Encounter.status"),
        (ENCOUNTER | {"period": {"start": "2026-11-21T10:00:00"}}, "Encounter.period.start"),
        (ENCOUNTER | {"status": "finished"}, "Encounter.period.end"),
        (
            ENCOUNTER | {"period": {"start": "2026-11-21T10:00:00Z", "end": "2026-11-21T10:00:00Z"}},
            "Encounter.period.end",
        ),
        ({k: v for k, v in ENCOUNTER.items() if k != "class"}, "Encounter.class"),
        ({k: v for k, v in ENCOUNTER.items() if k != "subject"}, "Encounter.subject"),
        ({k: v for k, v in CONSENT.items() if k != "policyRule"}, "Consent"),
        (CONSENT | {"category": []}, "Consent.category"),
        (DOCUMENT | {"content": [{"attachment": {"title": "x"}}]}, "DocumentReference.content[0].attachment"),
        (noted(size=9), "DocumentReference.content[0].attachment.size"),
        (noted(hash="c2hh"), "DocumentReference.content[0].attachment.hash"),
        (noted(data="T2JzZXJ2ZX"), "DocumentReference.content[0].attachment.data"),
        (noted(contentType=None), "DocumentReference.content[0].attachment.contentType"),
        (noted(data=None), "DocumentReference.content[0].attachment"),
        ({"resourceType": "Basic"}, "resourceType"),
        ({}, "resourceType"),
    ],
)
def test_bad_resources_are_refused_with_the_place(resource, place):
    assert set(where(resource)) == {place}


def test_nesting_is_bounded():
    extension: dict = {"url": "x"}
    for _ in range(MAX_DEPTH + 2):
        extension = {"url": "x", "extension": [extension]}
    assert any("deep" in fault.what for fault in faults(PATIENT | {"extension": [extension]}))


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("boolean", [True, False], [0, "true", None]),
        ("decimal", [1, Decimal("36.60"), -3], ["1", True, None, 1.5]),
        ("integer", [-5, 0], [1 << 31, 1.0, True]),
        ("unsignedInt", [0, 7], [-1]),
        ("positiveInt", [1], [0]),
        ("string", ["é à", "x"], ["", 3, "x" * (primitives.MAX_TEXT + 1)]),
        ("code", ["mm[Hg]", "a b"], [" a", "a  b", ""]),
        ("id", ["a-1.B"], ["a_b", "x" * 65, ""]),
        ("uri", ["urn:oid:1.2"], ["a b", ""]),
        ("date", ["1934", "1934-03", "1934-03-02"], ["34", "1934-3-2", "1934-03-02T10:00:00Z"]),
        (
            "dateTime",
            ["2026", "2026-11-21", "2026-11-21T10:00:00Z", "2026-11-21T10:00:00.123+01:00"],
            ["2026-11-21T10:00:00", "2026-11-21T25:00:00Z", "2026-11-21T10:00Z", "2026-11-21 10:00:00Z"],
        ),
        ("instant", ["2026-11-21T10:00:00.1Z"], ["2026-11-21", "2026-11-21T10:00:00"]),
        ("base64Binary", ["c2hh", "YQ=="], ["é", "a-b"]),
    ],
)
def test_primitives(kind, good, bad):
    assert [primitives.fault(kind, one) for one in good] == [""] * len(good)
    assert all(primitives.fault(kind, one) for one in bad)


def test_a_time_without_its_offset_is_named_as_such():
    assert "offset" in primitives.fault("dateTime", "2026-11-21T10:00:00")


def test_every_reference_is_found():
    found = links(ENCOUNTER | {"participant": [{"individual": {"reference": "Practitioner/p"}}]})
    assert sorted(one.target for one in found) == ["Patient/a", "Practitioner/p"]
    assert [one.target for one in links(DOCUMENT)] == ["Binary/b"]


def test_the_tables_are_whole():
    assert resource_types() <= shapes().keys()
    assert all(row.also in vitals() for row in vitals().values() if row.also)
