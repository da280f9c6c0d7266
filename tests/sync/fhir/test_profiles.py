# SPDX-License-Identifier: Apache-2.0
"""The table of invariants transcribed from the French guides: the cart's resources keep every one, and each catches a
mutation of a resource that kept it."""

import copy

import msgspec
import pytest

from device.codes import Metric
from device.people import IdentityStatus, Patient, Sex
from sync.fhir.profiles import CANONICALS
from tests.sync.fhir.whole import QUALIFIED, resources
from virtual.records.invariants import broken, select, table
from virtual.records.strict import faults

INS = "urn:oid:1.2.250.1.213.1.4.8"
EUI64 = "urn:oid:1.2.840.10004.1.1.1.0.0.1.0.0.1.2680"
ORIGINAL = "https://interop.esante.gouv.fr/ig/fhir/mesures/StructureDefinition/mesures-original-data"
BLUETOOTH = "http://hl7.org/fhir/sid/eui-48/bluetooth"


def put(path, value):
    """Set what stands at a path: names, and numbers in lists."""

    def apply(resource):
        *before, last = path.split(".")
        target = resource
        for name in before:
            target = target[int(name) if name.isdecimal() else name]
        target[int(last) if last.isdecimal() else last] = value

    return apply


def drop(path):
    """Remove what stands at a path."""

    def apply(resource):
        *before, last = path.split(".")
        target = resource
        for name in before:
            target = target[int(name) if name.isdecimal() else name]
        del target[int(last) if last.isdecimal() else last]

    return apply


def edit(path, **values):
    """Change every object at a path of the table."""

    def apply(resource):
        found = list(select(resource, path))
        assert found
        for one in found:
            one.update(values)

    return apply


def without(path, *names):
    """Remove names of every object at a path of the table."""

    def apply(resource):
        found = list(select(resource, path))
        assert found
        for one in found:
            for name in names:
                del one[name]

    return apply


def filtered(name, keep):
    def apply(resource):
        before = resource[name]
        resource[name] = [one for one in before if keep(one)]
        assert len(resource[name]) < len(before)

    return apply


def statused(code):
    return edit("extension.extension[url=identityStatus].valueCoding", code=code)


LOINC_OF = "code.coding[system=http://loinc.org]"
MUTATIONS = {
    "obs-profile": drop("meta.profile"),
    "obs-source": put("meta.source", "chariot"),
    "obs-category": put("category.0.coding.0.code", "laboratory"),
    "obs-category-display": put("category.0.coding.0.display", "Vital Signs"),
    "obs-when": put("effectiveDateTime", "2026-11-21"),
    "obs-subject": put("subject", {"display": "Odette"}),
    "obs-device": drop("device"),
    "obs-typed": put("device", {"reference": "Device/x"}),
    "obs-absent-coded": put("dataAbsentReason", {"text": "rien"}),
    "obs-site-coded": put("bodySite", {"text": "bras"}),
    "obs-converted": edit(f"extension[url={ORIGINAL}].extension[url=original-value]", url="value"),
    "obs-gateway": filtered("extension", lambda one: "gateway" not in one["url"]),
    "bp-code": edit(LOINC_OF, code="55284-4"),
    "bp-systolic": put("component.0.code.coding.0.code", "8478-0"),
    "bp-diastolic": put("component.1.code.coding.0.code", "8478-0"),
    "bp-unit": put("component.0.valueQuantity.code", "mmHg"),
    "bp-no-value": put("valueQuantity", {"value": 120}),
    "bp-site": put("bodySite.coding.0.code", "24864"),
    "bp-method": put("method.coding.0.code", "K50BC10"),
    "temp-code": edit(LOINC_OF, code="8867-4"),
    "temp-unit": put("valueQuantity.code", "[degF]"),
    "temp-site": put("bodySite.coding.0.code", "7569003"),
    "temp-method": put("method", {"text": "à la main"}),
    "rate-code": edit(LOINC_OF, code="8310-5"),
    "rate-unit": put("valueQuantity.code", "bpm"),
    "rate-method": put("method.coding.0.code", "V03010102"),
    "sat-code": edit(LOINC_OF, code="59408-5"),
    "sat-pulse-code": edit(LOINC_OF, code="2708-6"),
    "sat-unit": put("valueQuantity.code", "1"),
    "sat-method": put("method", {"text": "à la main"}),
    "sat-oxygen": drop("component"),
    "sat-part-of": drop("partOf"),
    "sat-room-air": put("partOf", [{"reference": "MedicationAdministration/x"}]),
    "weight-code": edit(LOINC_OF, code="8302-2"),
    "weight-unit": put("valueQuantity.code", "[lb_av]"),
    "weight-method": put("method.coding.0.code", "V03010102"),
    "glucose-code": edit(LOINC_OF, code="4548-4"),
    "glucose-unit": put("valueQuantity.code", "mmol/L"),
    "glucose-moment": filtered("extension", lambda one: "moment" not in one["url"]),
    "perfusion-code": edit(LOINC_OF, code="59408-5"),
    "perfusion-unit": put("valueQuantity.code", "1"),
    "patient-profile": put("meta.profile", ["http://hl7.org/fhir/StructureDefinition/Patient"]),
    "patient-status": statused("FICT"),
    "patient-ipp": filtered("identifier", lambda one: one["use"] != "usual"),
    "patient-name": drop("name.0.family"),
    "patient-ins-qualified": statused("VALI"),
    "ins-identifier": filtered("identifier", lambda one: one["system"] != INS),
    "ins-type": edit(f"identifier[system={INS}]", use="usual"),
    "ins-matricule": edit(f"identifier[system={INS}]", value="12345"),
    "ins-birthplace": filtered("extension", lambda one: "birthPlace" not in one["url"]),
    "ins-given-names": drop("name.0.extension"),
    "ins-gender": put("gender", "other"),
    "ins-born": put("birthDate", "1934"),
    "organization-finess": edit("identifier[system=https://finess.esante.gouv.fr]", value="44"),
    "organization-identifier": without("identifier", "system"),
    "organization-name": drop("name"),
    "location-identifier": without("identifier", "type"),
    "location-organization": drop("managingOrganization"),
    "practitioner-rpps": edit("identifier[system=https://rpps.esante.gouv.fr]", value="810101201234"),
    "practitioner-name": drop("name"),
    "role-person": drop("practitioner"),
    "encounter-virtual": put("class.code", "AMB"),
    "encounter-identifier": drop("identifier.0.type"),
    "encounter-begun": drop("period"),
    "encounter-nurse": filtered("participant", lambda one: one["type"][0]["coding"][0]["code"] != "SPRF"),
    "encounter-participants": drop("participant.0.individual"),
    "encounter-provider": drop("serviceProvider"),
    "consent-kind": drop("category.0.coding"),
    "consent-when": put("dateTime", "2026-11-21"),
    "consent-who": put("policyRule.text", "Consentement oral"),
    "consent-withdrawn": drop("provision.period"),
    "oxygen-what": put("medicationCodeableConcept.coding.0.code", "24099007"),
    "oxygen-rate": put("dosage.rateQuantity.code", "L"),
    "phd-system": filtered("identifier", lambda one: one["system"] != EUI64),
    "phd-system-type": without(f"identifier[system={EUI64}]", "type"),
    "phd-address": edit(f"identifier[system={BLUETOOTH}]", value="C0:26:DA:01:02:03"),
    "phd-type": put("type.coding.0.code", "531981"),
    "phd-specialization": drop("specialization"),
    "phd-clock": drop("property"),
    "phg-type": put("type.coding.0.code", "65573"),
    "phg-system": edit(f"identifier[system={EUI64}]", value="00-1C-05-FF-FE-FF-E8-74"),
    "phg-clock": put("property.0.valueCode.0.coding.0.code", "532224"),
    "document-identity": drop("masterIdentifier"),
    "document-checkable": drop("content.0.attachment.hash"),
    "document-encounter": drop("context"),
    "provenance-frame": edit("entity.what.identifier", value="164005"),
    "provenance-people": drop("agent.0.type"),
    "provenance-cart": filtered("agent", lambda one: one["type"]["coding"][0]["code"] != "assembler"),
    "provenance-why": drop("reason"),
}
WHOLE = resources()


def test_everything_that_the_cart_sends_keeps_every_invariant():
    for patient in (QUALIFIED, Patient("p", "Durand", "Pierre", QUALIFIED.born)):
        for made in resources(patient):
            assert [one.id for one in broken(made)] == [], made["resourceType"]
            assert faults(made) == [], made["resourceType"]


def test_every_invariant_has_its_mutation_and_every_mutation_its_invariant():
    assert MUTATIONS.keys() == {one.id for one in table().invariant}
    assert len(table().invariant) == len(MUTATIONS)


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_invariant_catches_its_mutation(name):
    caught = 0
    for good in WHOLE:
        wrong = copy.deepcopy(good)
        try:
            MUTATIONS[name](wrong)
        except (KeyError, IndexError, AssertionError, TypeError):
            continue
        caught += name in {one.id for one in broken(wrong)}
    assert caught, "no resource of the whole encounter has what the mutation changes, or none was caught"


def test_the_table_and_the_product_name_the_same_profiles():
    claimed = {url for made in WHOLE for url in made["meta"].get("profile", ())}
    assert claimed | {"https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient"} == set(
        table().profiles.values()
    )
    assert {url for urls in CANONICALS.profiles.values() for url in urls} == set(table().profiles.values())


def test_every_invariant_says_where_it_comes_from():
    for one in table().invariant:
        assert one.source.split()[0].rstrip(";") in table().guides, one.id
        assert bool(one.type) != bool(one.profile), one.id


@pytest.mark.parametrize("metric", Metric)
def test_every_metric_is_sent_under_a_profile(metric):
    pressures = (Metric.SYSTOLIC, Metric.DIASTOLIC, Metric.MEAN_PRESSURE)
    wanted = {"85354-9"} if metric in pressures else set(metric.loinc)
    found = [
        one for one in WHOLE if one["resourceType"] == "Observation" and wanted <= set(select(one, "code.coding.code"))
    ]
    assert found
    assert all(one["meta"]["profile"] for one in found)


@pytest.mark.parametrize("status", [one for one in IdentityStatus if one is not IdentityStatus.QUALIFIED])
def test_an_ins_never_leaves_with_an_identity_that_is_not_qualified(status):
    text = str(resources(msgspec.structs.replace(QUALIFIED, status=status)))
    assert QUALIFIED.matricule not in text
    assert "1.2.250.1.213.1.4" not in text


@pytest.mark.parametrize(
    "gap",
    [{"given_names": ""}, {"birthplace": "Ambléon"}, {"birthplace": ""}, {"sex": Sex.UNKNOWN}, {"authority": "1.2.3"}],
)
def test_a_qualified_identity_with_a_trait_missing_goes_without_its_ins(gap):
    (made,) = [one for one in resources(msgspec.structs.replace(QUALIFIED, **gap)) if one["resourceType"] == "Patient"]
    assert QUALIFIED.matricule not in str(made)
    assert made["meta"]["profile"] == ["https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient"]
    assert faults(made) == []
