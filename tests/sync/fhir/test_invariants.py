# SPDX-License-Identifier: Apache-2.0
"""What no FHIR library checks and what hurts patients: codes, units, components, device, offset. The table is written
here from the sources (LOINC, UCUM, IEEE 11073-10101, ANS "Mesures de santé" 3.2.0), apart from the product's own."""

import copy
from base64 import b64decode, b64encode
from decimal import Decimal
from hashlib import sha1
from uuid import UUID

import msgspec
import pytest

from device.codes import Doubt, Meal, Metric, Site
from device.entry import MeasurementRecorded
from device.measurement import Measurement, Quantity
from sync.fhir.device import instrument
from sync.fhir.observation import Circumstances, observations
from sync.step import Rank, canonical
from sync.steps import steps
from tests.sync.story import (
    CUFF,
    DOCTOR,
    NURSE,
    OXIMETER,
    SOURCE,
    Story,
    at,
    call,
    capture,
    closing,
    conclusion,
    opening,
    oxygen,
    pressure,
    saturation,
    temperature,
)
from virtual.records.store import decode
from virtual.records.strict import faults

LANE = UUID(int=7)
EXPECTED = {
    Metric.PULSE_CUFF: ({"8867-4"}, "149546", "/min"),
    Metric.PULSE_OXIMETER: ({"8867-4"}, "149530", "/min"),
    Metric.HEART_RATE: ({"8867-4"}, "147842", "/min"),
    Metric.SATURATION: ({"2708-6", "59408-5"}, "150456", "%"),
    Metric.TEMPERATURE: ({"8310-5"}, "150364", "Cel"),
    Metric.PERFUSION: ({"61006-3"}, "150448", "%"),
    Metric.WEIGHT: ({"29463-7"}, "188736", "kg"),
    Metric.GLUCOSE: ({"2345-7", "2339-0"}, "160184", "mg/dL"),
}
PARTS = {
    Metric.SYSTOLIC: ("8480-6", "150021"),
    Metric.DIASTOLIC: ("8462-4", "150022"),
    Metric.MEAN_PRESSURE: ("8478-0", "150023"),
}


def told(*bodies):
    story = Story()
    story.tell(LANE, *opening(), *call(), *bodies, *closing())
    return [decode(canonical(one.resource)) for one in steps(SOURCE, story.entries, {"a" * 64: "c2hh"}) if one.resource]


def codes(concept, system):
    return {one["code"] for one in concept["coding"] if one["system"] == system}


def observed(metric, value="7", **more):
    body = MeasurementRecorded((Measurement(metric, Decimal(value), **more),), OXIMETER, at(5))
    (made,) = observations(SOURCE, UUID(int=9), body, Circumstances(UUID(int=1), LANE, NURSE))
    return made.resource


@pytest.mark.parametrize("metric", [one for one in Metric if one not in PARTS])
def test_every_metric_has_its_codes_and_unit(metric):
    loinc, mdc, ucum = EXPECTED[metric]
    made = observed(metric)
    assert codes(made["code"], "http://loinc.org") == loinc
    assert codes(made["code"], "urn:iso:std:iso:11073:10101") == {mdc}
    quantity = made["valueQuantity"]
    assert (quantity["system"], quantity["code"]) == ("http://unitsofmeasure.org", ucum)


@pytest.mark.parametrize("metric", PARTS)
def test_every_part_of_a_pressure_has_its_codes_and_unit(metric):
    panel = observed(metric)
    assert codes(panel["code"], "http://loinc.org") == {"85354-9"}
    assert codes(panel["code"], "urn:iso:std:iso:11073:10101") == {"150020"}
    (part,) = [one for one in panel["component"] if "valueQuantity" in one]
    assert codes(part["code"], "http://loinc.org") == {PARTS[metric][0]}
    assert codes(part["code"], "urn:iso:std:iso:11073:10101") == {PARTS[metric][1]}
    assert part["valueQuantity"]["code"] == "mm[Hg]"


@pytest.mark.parametrize("site", Site)
def test_every_site_is_told_and_coded_where_the_profile_binds_none(site):
    made = observed(Metric.SATURATION, "97", site=site)
    assert made["bodySite"] == {
        "coding": [{"system": "http://snomed.info/sct", "code": site.snomed}],
        "text": site.label,
    }
    bound = observed(Metric.TEMPERATURE, "37.0", site=site)
    assert (site.label in str(bound.get("note"))) != ("bodySite" in bound)


EVERYTHING = (
    pressure(),
    pressure(diastolic=None),
    oxygen(),
    saturation(),
    temperature(),
    capture("a" * 64, 9),
    conclusion("Un."),
    conclusion(),
)


def notes(made):
    return [one["text"] for one in made.get("note", ())]


def test_a_glucose_says_its_meal_and_what_its_meter_showed():
    reported = Quantity(Decimal("7.2"), "mmol/L")
    made = observed(Metric.GLUCOSE, "129.7", meal=Meal.FASTING, reported=reported, sequence=18)
    assert faults(made) == []
    assert notes(made) == ["Glycémie prise à jeun.", "Glycémie affichée par l’instrument : 7.2 mmol/L."]


@pytest.mark.parametrize(
    ("doubt", "code"), [(Doubt.ABOVE_RANGE, "positive-infinity"), (Doubt.BELOW_RANGE, "negative-infinity")]
)
def test_hi_and_lo_of_a_meter_are_sent_as_such_and_not_as_a_number(doubt, code):
    one = Measurement(Metric.GLUCOSE, None, doubts=frozenset({doubt}), stored=True)
    body = MeasurementRecorded((one,), OXIMETER, at(5))
    (made,) = observations(SOURCE, UUID(int=9), body, Circumstances(UUID(int=1), LANE, NURSE))
    assert "valueQuantity" not in made.resource
    assert made.resource["dataAbsentReason"]["coding"][0]["code"] == code
    assert faults(made.resource) == []


@pytest.mark.parametrize("metric", Metric)
def test_the_instrument_of_every_metric_has_its_specialization(metric):
    made = instrument(SOURCE, OXIMETER, metric)
    assert faults(made) == []
    assert made["specialization"][0]["systemType"]["coding"][0]["code"].startswith("528")


def test_a_value_typed_in_says_so():
    typed = msgspec.structs.replace(OXIMETER, manual=True)
    body = MeasurementRecorded((Measurement(Metric.HEART_RATE, Decimal(72)),), typed, at(5))
    (made,) = observations(SOURCE, UUID(int=9), body, Circumstances(UUID(int=1), LANE, NURSE))
    assert any("tapée" in text for text in notes(made.resource))


def test_everything_the_cart_sends_is_accepted_by_the_strict_endpoint_s_rules():
    made = told(*EVERYTHING)
    assert {one["resourceType"] for one in made} == {
        "Organization", "Location", "Practitioner", "PractitionerRole", "Patient", "Encounter", "Consent", "Device",
        "MedicationAdministration", "Observation", "DocumentReference", "Provenance"
    }  # fmt: skip
    for one in made:
        assert faults(one) == [], one["resourceType"]


def test_every_observation_names_device_nurse_encounter_and_a_time_with_its_offset():
    for one in told(*EVERYTHING):
        if one["resourceType"] != "Observation":
            continue
        assert one["device"]["reference"].startswith("Device/")
        assert one["performer"][0]["identifier"] == {"system": "urn:oid:2.25.1.5", "value": "n-1"}
        assert one["encounter"] == {"reference": f"Encounter/{LANE}"}
        assert one["effectiveDateTime"].endswith("+01:00")
        assert one["identifier"] == [{"system": "urn:oid:2.25.1.1", "value": one["id"]}]
        assert "urn:uuid" not in canonical(one).decode()


def test_a_summer_time_has_the_summer_offset():
    body = temperature()
    summer = at(60 * 60 * 24 * 240)
    moved = MeasurementRecorded(body.measurements, body.provenance, summer)
    (made,) = observations(SOURCE, UUID(int=9), moved, Circumstances(UUID(int=1), LANE, NURSE))
    assert made.resource["effectiveDateTime"] == "2027-07-19T11:00:00.000+02:00"


def change(path, value):
    def apply(resource):
        target = resource
        for name in path[:-1]:
            target = target[name]
        if value is None:
            del target[path[-1]]
        else:
            target[path[-1]] = value

    return apply


BP, PULSE, SPO2, TEMPERATURE = "85354-9", "8867-4", "2708-6", "8310-5"
MUTATIONS = {
    "unit text in place of the UCUM code": (BP, change(("component", 0, "valueQuantity", "code"), "mmHg")),
    "temperature in Fahrenheit": (TEMPERATURE, change(("valueQuantity", "code"), "[degF]")),
    "degree sign": (TEMPERATURE, change(("valueQuantity", "code"), "°C")),
    "bpm": (PULSE, change(("valueQuantity", "code"), "bpm")),
    "no UCUM system": (PULSE, change(("valueQuantity", "system"), None)),
    "wrong LOINC": (PULSE, change(("code", "coding", 0, "code"), "8310-5")),
    "HbA1c": (PULSE, change(("code", "coding", 0, "code"), "4548-4")),
    "diastolic left out": (BP, lambda one: one["component"].pop()),
    "systolic twice": (BP, lambda one: one["component"].__setitem__(1, one["component"][0])),
    "systolic and diastolic units differ": (BP, change(("component", 1, "valueQuantity", "code"), "kPa")),
    "a value on the panel": (BP, lambda one: one.update(valueQuantity=one["component"][0]["valueQuantity"])),
    "value and its absence": (TEMPERATURE, lambda one: one.update(dataAbsentReason={"text": "x"})),
    "neither value nor absence": (TEMPERATURE, change(("valueQuantity",), None)),
    "a component without either": (BP, change(("component", 0, "valueQuantity"), None)),
    "one saturation code only": (SPO2, lambda one: one["code"]["coding"].pop(1)),
    "saturation without oxygen": (SPO2, change(("component",), None)),
    "oxygen in percent": (SPO2, change(("component", 0, "valueQuantity", "code"), "%")),
    "no device": (PULSE, change(("device",), None)),
    "no performer": (PULSE, change(("performer",), None)),
    "no patient": (PULSE, change(("subject",), None)),
    "no encounter": (PULSE, change(("encounter",), None)),
    "no category": (PULSE, change(("category",), None)),
    "no status": (PULSE, change(("status",), None)),
    "status nonsense": (PULSE, change(("status",), "nonsense")),
    "no code": (PULSE, change(("code",), None)),
    "time without offset": (PULSE, change(("effectiveDateTime",), "2026-11-21T10:00:00")),
    "date only": (PULSE, change(("effectiveDateTime",), "2026-11-21")),
    "value as text": (PULSE, change(("valueQuantity", "value"), "66")),
    "unknown element": (PULSE, change(("heartRate",), 66)),
    "two values": (PULSE, change(("valueString",), "66")),
    "subject that is no patient": (PULSE, change(("subject", "reference"), "Practitioner/x")),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_rules_catch_a_wrong_observation(name):
    loinc, mutate = MUTATIONS[name]
    good = next(
        one for one in told(*EVERYTHING)
        if one["resourceType"] == "Observation" and loinc in codes(one["code"], "http://loinc.org")
    )  # fmt: skip
    assert faults(good) == []
    wrong = copy.deepcopy(good)
    mutate(wrong)
    assert faults(wrong), name


def concluded():
    return [one for one in told(*EVERYTHING) if one["resourceType"] == "DocumentReference"][-1]


def test_a_conclusion_is_the_doctor_s_text_whole():
    made = concluded()
    assert codes(made["type"], "http://loinc.org") == {"11488-4"}
    assert (made["status"], made["docStatus"]) == ("current", "final")
    assert made["masterIdentifier"] == {"system": "urn:oid:2.25.1.1", "value": made["id"]}
    (author,) = made["author"]
    assert author["identifier"] == {"system": "urn:oid:2.25.1.6", "value": DOCTOR.peer}
    assert made["context"] == {"encounter": [{"reference": f"Encounter/{LANE}"}]}
    ((content,),) = (made["content"],)
    attachment = content["attachment"]
    data = b64decode(attachment["data"], validate=True)
    assert data.decode("utf-8") == conclusion().text
    assert attachment["contentType"] == "text/plain; charset=utf-8"
    assert (attachment["size"], attachment["title"]) == (len(data), "Conclusion du médecin")
    assert attachment["hash"] == b64encode(sha1(data).digest()).decode()  # noqa: S324 - R4 says SHA-1
    assert attachment["creation"] == made["date"]
    assert made["date"].endswith("+01:00")


DOCUMENT_MUTATIONS = {
    "another text": change(("content", 0, "attachment", "data"), "UmllbiBkZSBncmF2ZQ=="),
    "another size": change(("content", 0, "attachment", "size"), 1),
    "another hash": change(("content", 0, "attachment", "hash"), "c2hh"),
    "the text as it is": change(("content", 0, "attachment", "data"), "Otite externe droite."),
    "base64 cut short": change(("content", 0, "attachment", "data"), "T3RpdG"),
    "no text": change(("content", 0, "attachment", "data"), None),
    "no type of content": change(("content", 0, "attachment", "contentType"), None),
    "no status": change(("status",), None),
    "status nonsense": change(("status",), "replaced"),
    "replaces nothing named": change(("relatesTo", 0, "target"), None),
    "replaces something else than a document": change(("relatesTo", 0, "target", "reference"), "Encounter/x"),
    "a date without its offset": change(("date",), "2026-11-21T10:00:00"),
}


@pytest.mark.parametrize("name", DOCUMENT_MUTATIONS)
def test_the_rules_catch_a_wrong_conclusion(name):
    wrong = copy.deepcopy(concluded())
    assert faults(wrong) == []
    DOCUMENT_MUTATIONS[name](wrong)
    assert faults(wrong), name


def test_values_keep_their_figures():
    texts = [canonical(one) for one in told(temperature("36.60")) if one["resourceType"] == "Observation"]
    assert b'"value":36.60' in texts[0]


def test_a_device_is_one_unit_and_the_cart_another():
    devices = [one for one in told(pressure(), pressure(seconds=90)) if one["resourceType"] == "Device"]
    assert sorted(one["serialNumber"] for one in devices) == sorted([CUFF.serial, "CH-0001"])
    cuff = next(one for one in devices if one["serialNumber"] == CUFF.serial)
    assert codes(cuff["type"], "urn:iso:std:iso:11073:10101") == {"65573"}
    assert cuff["version"][0]["value"] == "1.0"
    assert codes(cuff["specialization"][0]["systemType"], "urn:iso:std:iso:11073:10101") == {"528391"}


def test_the_ranks_follow_the_order_of_the_lane():
    assert [one.name for one in sorted(Rank)] == [
        "PLACE", "PERSON", "PATIENT", "ENCOUNTER", "CONSENT", "DEVICE", "OXYGEN", "OBSERVATION", "DOCUMENT",
        "PROVENANCE", "END"
    ]  # fmt: skip
