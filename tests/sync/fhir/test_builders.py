# SPDX-License-Identifier: Apache-2.0
"""What each builder decides, beyond what the profiles ask."""

from base64 import b64decode
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

import msgspec
import pytest

from device.codes import Doubt, Meal, Metric, Site
from device.encounter.manual import MANUAL
from device.entry import (
    ConsentWithdrawn,
    EnteredInError,
    Incident,
    MeasurementConfirmed,
    MeasurementRecorded,
    Outcome,
)
from device.measurement import Measurement
from device.people import Operator, Practitioner
from sync.fhir import people
from sync.fhir.device import cart, eui64, instrument
from sync.fhir.observation import Circumstances, observations
from sync.fhir.place import location, organization
from sync.fhir.profiles import EXTENSIONS, SETS
from sync.fhir.vitals import SETS_OF
from sync.steps import steps
from tests.sync.story import (
    CUFF,
    NURSE,
    OXIMETER,
    SOURCE,
    THERMOMETER,
    Story,
    at,
    closing,
    opening,
    oxygen,
    pressure,
    saturation,
    temperature,
)
from virtual.records.invariants import select
from virtual.records.strict import faults

LANE = UUID(int=7)
AROUND = Circumstances(UUID(int=1), LANE, NURSE)


def observed(metric, value="7", provenance=THERMOMETER, **more):
    doubts = frozenset({Doubt.NOT_A_NUMBER}) if value is None else frozenset()
    one = Measurement(metric, None if value is None else Decimal(value), doubts=doubts, **more)
    (made,) = observations(SOURCE, UUID(int=9), MeasurementRecorded((one,), provenance, at(5)), AROUND)
    assert faults(made.resource) == []
    return made.resource


def of(kind, story):
    return [one.resource for one in steps(SOURCE, story.entries, {}) if one.type == kind]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("C0:26:DA:01:02:03", "C0-26-DA-FF-FE-01-02-03"),
        ("00:1c:05:ff:e8:74", "00-1C-05-FF-FE-FF-E8-74"),
        ("C2:26:DA:01:02:03", ""),
        ("01:00:5E:01:02:03", ""),
        ("/dev/serial/by-id/usb-x", ""),
        ("C0:26:DA:01:02", ""),
        ("", ""),
    ],
)
def test_a_system_id_is_the_bluetooth_address_that_the_ieee_gave(address, expected):
    assert eui64(address) == expected


def test_an_instrument_without_a_system_id_does_not_claim_the_profile():
    made = instrument(SOURCE, CUFF, Metric.SYSTOLIC)
    assert "profile" not in made["meta"]
    assert faults(made) == []
    local = instrument(SOURCE, msgspec.structs.replace(CUFF, address="C2:26:DA:01:02:03"), Metric.SYSTOLIC)
    assert [one["type"]["coding"][0]["code"] for one in local["identifier"] if "type" in one] == ["BTMAC"]


@pytest.mark.parametrize(("was_set", "code"), [(True, "532236"), (False, "532224")])
def test_an_instrument_says_whether_the_cart_sets_its_clock(was_set, code):
    made = instrument(SOURCE, msgspec.structs.replace(CUFF, clock_set=was_set), Metric.SYSTOLIC)
    assert list(select(made, "property.valueCode.coding.code")) == [code]


def test_an_instrument_tells_its_three_revisions():
    told = msgspec.structs.replace(CUFF, firmware="1.0", software="2.0", hardware="3.0")
    versions = instrument(SOURCE, told, Metric.SYSTOLIC)["version"]
    assert {one["type"]["coding"][0]["code"]: one["value"] for one in versions} == {
        "531976": "1.0", "531975": "2.0", "531974": "3.0"
    }  # fmt: skip


def test_every_cart_has_its_own_system_id():
    other = msgspec.structs.replace(SOURCE, cart="CH-0002")
    assert cart(SOURCE)["identifier"][0]["value"] != cart(other)["identifier"][0]["value"]


def test_an_establishment_without_a_finess_number_goes_by_ours():
    bare = msgspec.structs.replace(SOURCE, finess="")
    for made in (organization(bare), location(bare)):
        assert faults(made) == []
        assert [one["system"].startswith("urn:oid:2.25.1.") for one in made["identifier"]] == [True]
    assert location(SOURCE)["identifier"][0]["value"] == "1440000000"


def test_a_person_with_an_rpps_number_is_one_person_everywhere():
    nurse = Operator("n-1", "Claire Morel", "infirmière", rpps="10101201234")
    elsewhere = Operator("other", "MOREL Claire", "infirmière", rpps="10101201234")
    assert people.person_id(SOURCE, nurse) == people.person_id(SOURCE, elsewhere)
    assert people.who(SOURCE, nurse)["identifier"] == {"system": "https://rpps.esante.gouv.fr", "value": "10101201234"}


def test_a_doctor_known_by_a_name_only_is_a_reference_and_never_a_resource():
    stranger, known = Practitioner("peer-1", "Dr Petit"), Practitioner("peer-2", "Dr Roy", rpps="10101201235")
    assert "reference" not in people.who(SOURCE, stranger)
    assert people.who(SOURCE, known)["reference"].startswith("Practitioner/")
    assert people.role(SOURCE, known)["code"][0]["coding"][0]["code"] == "10"
    assert faults(people.practitioner(SOURCE, known)) == faults(people.role(SOURCE, known)) == []


def test_an_unheard_of_profession_keeps_its_word():
    made = people.role(SOURCE, Operator("x", "Ana Sol", "auxiliaire de vie"))
    assert made["code"] == [{"text": "auxiliaire de vie"}]
    assert faults(made) == []


@pytest.mark.parametrize("metric", Metric)
def test_a_method_and_a_profile_stand_for_every_metric(metric):
    sets = SETS_OF[metric]
    assert not sets.method or SETS[sets.method].terms.keys() & {metric.value, sets.profile}
    assert observed(metric, None if metric is Metric.GLUCOSE else "70")["meta"]["profile"]


@pytest.mark.parametrize("site", [Site.TOE, Site.BODY, Site.FINGER, Site.GASTROINTESTINAL])
def test_a_site_that_a_required_set_does_not_know_is_told_in_words(site):
    made = observed(Metric.TEMPERATURE, "36.5", site=site)
    assert "bodySite" not in made
    assert any(site.label in one["text"] for one in made["note"])


def test_the_side_of_a_pressure_stands_beside_the_set_s_own_code():
    (panel, _) = observations(SOURCE, UUID(int=9), pressure(), AROUND)
    assert [one["code"] for one in panel.resource["bodySite"]["coding"]] == ["24890", "368208006"]
    assert panel.resource["bodySite"]["text"] == "bras gauche"


@pytest.mark.parametrize(
    ("meal", "code", "text"),
    [
        (Meal.FASTING, "53049-3", "à jeun"),
        (Meal.BEFORE, "88365-2", "avant le repas"),
        (Meal.AFTER, "16915-1", "après le repas"),
        (Meal.BEDTIME, "LA46-8", "au coucher"),
        (None, "LA46-8", "non précisé"),
    ],
)
def test_a_glucose_always_has_a_moment_and_says_when_nobody_told_it(meal, code, text):
    made = observed(Metric.GLUCOSE, "110", meal=meal)
    (moment,) = select(made, f"extension[url={EXTENSIONS['moment']}].valueCodeableConcept")
    assert (moment["coding"][0]["code"], moment["text"]) == (code, text)


@pytest.mark.parametrize(
    ("metric", "method"), [(Metric.WEIGHT, True), (Metric.SYSTOLIC, True), (Metric.TEMPERATURE, False)]
)
def test_a_value_typed_in_says_so_in_its_method_where_the_set_lets_it(metric, method):
    made = observed(metric, "70", MANUAL)
    assert ("method" in made) is method
    assert any("tapée" in one["text"] for one in made["note"])
    assert "device" not in made


def test_oxygen_is_a_medication_that_the_saturation_is_part_of_and_room_air_is_not():
    story = Story()
    story.tell(LANE, *opening(), oxygen("2"), saturation("94"), oxygen("0"), saturation("91"), *closing())
    (given,) = of("MedicationAdministration", story)
    parts = [one.get("partOf") for one in of("Observation", story) if "component" in one]
    assert parts == [[{"reference": f"MedicationAdministration/{given['id']}"}], None]
    assert given["dosage"]["rateQuantity"]["value"] == 2
    assert "Claire Morel" in given["note"][0]["text"]


def test_a_saturation_whose_oxygen_is_noted_after_the_end_is_amended():
    story = Story()
    story.tell(LANE, *opening(), saturation(), closing()[0])
    assert [one["status"] for one in of("Observation", story)] == ["final", "final"]
    story.tell(LANE, oxygen("3"))
    assert [one["status"] for one in of("Observation", story)] == ["amended", "final"]


def test_the_frame_behind_a_number_is_named_by_its_hash():
    frame = "1684005100620042"
    story = Story()
    body = pressure()
    story.tell(LANE, *opening(), msgspec.structs.replace(body, provenance=msgspec.structs.replace(CUFF, frame=frame)))
    (made,) = of("Provenance", story)
    assert made["entity"][0]["what"]["identifier"]["value"] == sha256(bytes.fromhex(frame)).hexdigest()
    assert {one["reference"] for one in made["target"]} == {f"Observation/{o['id']}" for o in of("Observation", story)}
    assert [one["type"]["coding"][0]["code"] for one in made["agent"]] == ["performer", "assembler", "author"]
    assert made["agent"][2]["who"]["reference"].startswith("Device/")


def test_a_value_typed_in_has_a_person_for_its_source_and_no_frame():
    story = Story()
    typed = MeasurementRecorded((Measurement(Metric.WEIGHT, Decimal(70)),), MANUAL, at(9), by=NURSE)
    story.tell(LANE, *opening(), typed)
    (made,) = of("Provenance", story)
    assert [one["type"]["coding"][0]["code"] for one in made["agent"]] == ["enterer", "assembler"]
    assert "entity" not in made


@pytest.mark.parametrize("kind", [EnteredInError, MeasurementConfirmed])
def test_a_correction_says_who_and_why(kind):
    story = Story()
    *_, entry = story.tell(LANE, *opening(), temperature())
    story.tell(LANE, kind(entry.id, "oreille bouchée", NURSE) if kind is EnteredInError else kind(entry.id, NURSE))
    (_, made) = of("Provenance", story)
    assert made["activity"]["coding"][0]["code"] == "UPDATE"
    wanted = "oreille bouchée" if kind is EnteredInError else "confirmée"
    assert wanted in made["reason"][0]["text"]
    assert faults(made) == []


def test_a_correction_of_what_is_not_sent_is_not_sent_either():
    story = Story()
    *_, confirmed = story.tell(LANE, *opening())
    story.tell(LANE, EnteredInError(UUID(int=99), "rien", NURSE))
    assert of("Provenance", story) == []
    assert confirmed


def incidents(outcome=Outcome.FINISHED):
    story = Story()
    story.tell(LANE, *opening(), Incident("network-cut", "Réseau coupé.", 95.0))
    before = of("DocumentReference", story)
    story.tell(LANE, Incident("device-restarted", "Le chariot a redémarré."), *closing(outcome))
    return before, of("DocumentReference", story)


def test_incidents_go_as_one_document_once_the_encounter_is_closed():
    before, (made,) = incidents()
    assert before == []
    assert faults(made) == []
    text = b64decode(made["content"][0]["attachment"]["data"]).decode()
    assert text == "10:00:40 Réseau coupé. Durée : 1 min 35 s.\n10:00:50 Le chariot a redémarré."
    assert made["author"][0]["display"] == SOURCE.label


def test_incidents_of_a_file_opened_for_another_person_are_an_error_as_well():
    _, (made,) = incidents(Outcome.WRONG_PATIENT)
    assert made["status"] == "entered-in-error"


def test_an_encounter_without_incidents_has_no_such_document():
    story = Story()
    story.tell(LANE, *opening(), *closing())
    assert of("DocumentReference", story) == []


def test_a_withdrawn_consent_says_until_when_it_stood_and_who_took_it_down():
    story = Story()
    story.tell(LANE, *opening(), ConsentWithdrawn(NURSE))
    (made,) = of("Consent", story)
    assert made["provision"]["period"]["end"].endswith("+01:00")
    assert "recueilli par Claire Morel (infirmière)" in made["policyRule"]["text"]


def test_simulated_instruments_stay_marked_as_test_data():
    assert observed(Metric.WEIGHT, "70", msgspec.structs.replace(OXIMETER, simulated=True))["meta"]["tag"]
