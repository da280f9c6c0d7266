# SPDX-License-Identifier: Apache-2.0
"""The resources of one encounter, against the ones kept in ``golden.json``."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from device.codes import Doubt, Metric
from device.entry import ConsentForm, ConsentGiven, ConsentRefused, MeasurementRecorded, Outcome
from device.measurement import Measurement, Provenance, Quantity
from device.people import IdentityStatus, Patient, Practitioner
from sync.fhir.consent import ConsentStatus, consent
from sync.fhir.device import instrument, instrument_id
from sync.fhir.encounter import Closing, Presence, encounter
from sync.fhir.observation import Circumstances, observations
from sync.fhir.patient import patient, patient_id
from sync.fhir.source import Source
from sync.fhir.timing import taken
from sync.step import canonical
from sync.steps import steps
from tests.sync.story import (
    CUFF,
    DOCTOR,
    NURSE,
    OXIMETER,
    PATIENT,
    SOURCE,
    START,
    THERMOMETER,
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
)  # fmt: skip
from virtual.records.strict import faults

GOLDEN = Path(__file__).with_name("golden.json")
LANE, ENTRY = UUID(int=7), UUID(int=9)
PARIS = ZoneInfo("Europe/Paris")
AROUND = Circumstances(UUID(int=1), LANE, NURSE)


def told():
    story = Story()
    story.tell(
        LANE,
        *opening(),
        *call(),
        pressure(doubts=frozenset({Doubt.MOVEMENT})),
        saturation(),
        oxygen(),
        temperature(),
        capture("a" * 64, 7, by="practitioner"),
        conclusion("Otite externe."),
        conclusion(),
        *closing(),
    )
    entries = [msgspec.structs.replace(one, id=UUID(int=100 + one.sequence)) for one in story.entries]
    return {one.key: json.loads(canonical(one.resource)) for one in steps(SOURCE, entries, {"a" * 64: "c2hh"})}


def test_the_resources_of_an_encounter_are_the_golden_ones():
    made = told()
    if os.environ.get("CHEVET_GOLDEN") == "write":
        GOLDEN.write_text(json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    golden = json.loads(GOLDEN.read_text())
    assert list(made) == sorted(made, key=list(made).index)
    assert made.keys() == golden.keys()
    for key, resource in made.items():
        assert resource == golden[key], key


def single(measurement, provenance=THERMOMETER, **around):
    body = MeasurementRecorded((measurement,), provenance, at(100))
    (made,) = observations(SOURCE, ENTRY, body, AROUND._replace(**around))
    return made.resource


@pytest.mark.parametrize(
    ("doubt", "code"),
    [
        (Doubt.NOT_A_NUMBER, "not-a-number"),
        (Doubt.ABOVE_RANGE, "positive-infinity"),
        (Doubt.BELOW_RANGE, "negative-infinity"),
        (Doubt.NOT_AT_RESOLUTION, "error"),
        (Doubt.RESERVED, "error"),
    ],
)
def test_no_number_is_a_reason_and_never_zero(doubt, code):
    made = single(Measurement(Metric.TEMPERATURE, None, doubts=frozenset({doubt})))
    assert "valueQuantity" not in made
    assert made["dataAbsentReason"]["coding"][0]["code"] == code
    assert faults(made) == []


def test_a_missing_part_of_a_pressure_has_a_reason():
    (panel, _) = (one.resource for one in observations(SOURCE, ENTRY, pressure(diastolic=None), AROUND))
    assert [sorted(one) for one in panel["component"]] == [["code", "valueQuantity"], ["code", "dataAbsentReason"]]


def test_a_mean_pressure_stands_only_when_it_was_measured():
    (panel, _) = (one.resource for one in observations(SOURCE, ENTRY, pressure(), AROUND))
    assert len(panel["component"]) == 2


@pytest.mark.parametrize(("litres", "value"), [("0", 0), ("2.5", Decimal("2.5"))])
def test_oxygen_stands_beside_a_saturation(litres, value):
    (made, pulse) = (
        one.resource for one in observations(SOURCE, ENTRY, saturation(), AROUND._replace(litres=Decimal(litres)))
    )
    assert made["component"][0]["valueQuantity"]["value"] == value
    assert made["component"][0]["valueQuantity"]["code"] == "L/min"
    assert "component" not in pulse


def test_unknown_oxygen_is_said():
    (made, _) = (one.resource for one in observations(SOURCE, ENTRY, saturation(), AROUND))
    assert made["component"][0]["dataAbsentReason"]["coding"][0]["code"] == "unknown"
    assert faults(made) == []


def test_doubts_corrections_and_confirmations_are_written():
    made = single(
        Measurement(
            Metric.TEMPERATURE,
            Decimal("41.20"),
            doubts=frozenset({Doubt.UNUSUAL}),
            reported=Quantity(Decimal("106.2"), "[degF]"),
        ),
        confirmed=True,
    )
    assert made["interpretation"] == [{"text": "valeur inhabituelle"}]
    assert [one["text"] for one in made["note"]] == [
        "Valeur inhabituelle, confirmée par l’accompagnant.",
        "Température affichée par l’instrument : 106.2 [degF].",
    ]
    assert made["status"] == "final"


@pytest.mark.parametrize("doubt", [Doubt.EARLY_ESTIMATE, Doubt.ONGOING])
def test_a_first_estimate_is_preliminary(doubt):
    assert single(Measurement(Metric.TEMPERATURE, Decimal(37), doubts=frozenset({doubt})))["status"] == "preliminary"


def test_entered_in_error_is_the_same_resource_marked():
    good, wrong = (single(Measurement(Metric.TEMPERATURE, Decimal(37)), error=why) for why in (None, "mauvaise saisie"))
    assert wrong["id"] == good["id"]
    assert wrong["status"] == "entered-in-error"
    assert wrong["note"] == [{"text": "Saisie par erreur : mauvaise saisie"}]


def test_simulated_measurements_are_marked_as_test_data():
    provenance = msgspec.structs.replace(THERMOMETER, simulated=True)
    made = single(Measurement(Metric.TEMPERATURE, Decimal(37)), provenance)
    assert made["meta"]["tag"][0]["code"] == "HTEST"
    assert instrument(SOURCE, provenance, Metric.TEMPERATURE)["meta"]["tag"][0]["code"] == "HTEST"


def memory(own: datetime | None, provenance: Provenance):
    return taken(Measurement(Metric.SYSTOLIC, Decimal(120), taken=own, stored=True), provenance, at(3600), PARIS)


def with_offset(offset: float | None, *, was_set: bool = True) -> Provenance:
    return msgspec.structs.replace(CUFF, clock_offset=offset, clock_set=was_set)


RECEIVED = START + timedelta(seconds=3600)
LOCAL = RECEIVED.astimezone(PARIS).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("own", "provenance", "expected"),
    [
        (None, with_offset(0.0), RECEIVED),
        (LOCAL - timedelta(minutes=20), with_offset(0.0), RECEIVED - timedelta(minutes=20)),
        (LOCAL - timedelta(minutes=20), with_offset(None), RECEIVED - timedelta(minutes=20)),
        (datetime(2000, 1, 1), with_offset((datetime(2000, 1, 1) - LOCAL).total_seconds()), RECEIVED),  # noqa: DTZ001 - naive as instruments are
        (LOCAL - timedelta(minutes=5), with_offset(-3e8), RECEIVED - timedelta(minutes=5)),
        (LOCAL - timedelta(minutes=20), with_offset(None, was_set=False), RECEIVED),
        (LOCAL + timedelta(days=3), with_offset(None), RECEIVED),
    ],
)
def test_the_time_of_a_stored_measurement(own, provenance, expected):
    found = memory(own, provenance)
    assert found.at == expected
    assert "Heure" in found.note or "heure" in found.note


def test_a_live_measurement_is_of_its_arrival_whatever_its_clock():
    measurement = Measurement(Metric.SYSTOLIC, Decimal(120), taken=datetime(2000, 1, 1))  # noqa: DTZ001 - naive as instruments are
    assert taken(measurement, CUFF, at(60), PARIS) == (START + timedelta(seconds=60), "")
    assert "non vérifiée" in taken(measurement, CUFF, at(60, trusted=False), PARIS).note


def test_identities_follow_what_they_name():
    other = Source(root="2.25.2", cart="CH-0001", establishment="x")
    second_cart = msgspec.structs.replace(SOURCE, cart="CH-0002")
    assert patient_id(SOURCE, PATIENT) == patient_id(second_cart, PATIENT) != patient_id(other, PATIENT)
    assert instrument_id(SOURCE, CUFF) == instrument_id(SOURCE, msgspec.structs.replace(CUFF, instrument="again"))
    nameless = msgspec.structs.replace(OXIMETER, serial="")
    assert instrument_id(SOURCE, nameless) != instrument_id(
        SOURCE, msgspec.structs.replace(nameless, instrument="ox-2")
    )


@pytest.mark.parametrize(("status", "code"), list(zip(IdentityStatus, ("PROV", "RECUP", "VALI", "QUAL"), strict=True)))
def test_a_patient_says_how_sure_the_identity_is_and_never_an_ins(status, code):
    person = Patient("p", "D'Été", "Ève", date(1940, 1, 2), given_names="Ève Marie", status=status)
    made = patient(SOURCE, person)
    assert made["extension"][0]["extension"][0]["valueCoding"]["code"] == code
    assert [one["system"] for one in made["identifier"]] == ["urn:oid:2.25.1.2"]
    assert faults(made) == []


@pytest.mark.parametrize(
    ("form", "given_by", "who"),
    [
        (ConsentForm.ORAL, "", {"reference": f"Patient/{UUID(int=1)}"}),
        (ConsentForm.WRITTEN, "", {"reference": f"Patient/{UUID(int=1)}"}),
        (ConsentForm.REPRESENTATIVE, "Paul Lefèvre", {"type": "RelatedPerson", "display": "Paul Lefèvre"}),
    ],
)
def test_a_consent_says_its_form_and_who_gave_it(form, given_by, who):
    made = consent(
        SOURCE,
        ENTRY,
        ConsentGiven(form, NURSE, given_by),
        START,
        status=ConsentStatus.ACTIVE,
        patient=UUID(int=1),
        encounter=LANE,
    )
    assert made["performer"] == [who]
    assert made["verification"][0]["verified"] is True
    assert "fr-1" in made["policyRule"]["text"]
    assert faults(made) == []


def test_a_refusal_denies():
    made = consent(
        SOURCE, ENTRY, ConsentRefused(NURSE), START, status=ConsentStatus.REJECTED, patient=UUID(int=1), encounter=LANE
    )
    assert (made["status"], made["provision"]["type"]) == ("rejected", "deny")
    assert faults(made) == []


@pytest.mark.parametrize(
    ("outcome", "status"),
    list(zip(Outcome, ("finished", "cancelled", "finished", "entered-in-error"), strict=True)),
)
def test_an_encounter_ends_as_it_was_closed(outcome, status):
    end = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    there = Presence(DOCTOR, START)
    made = encounter(SOURCE, LANE, UUID(int=1), NURSE, START, presences=(there,), closing=Closing(outcome, end))
    assert made["status"] == status
    assert made["class"]["code"] == "VR"
    assert [one["type"][0]["coding"][0]["code"] for one in made["participant"]] == ["SPRF", "PPRF"]
    assert made["participant"][1]["period"]["end"] == made["period"]["end"] == "2026-11-21T10:30:00.000+01:00"
    assert faults(made) == []


def test_two_doctors_are_two_participants():
    present = (Presence(DOCTOR, START), Presence(Practitioner("peer-2", "Dr Luc Roy"), START, START))
    made = encounter(SOURCE, LANE, UUID(int=1), NURSE, START, presences=present)
    assert [one["individual"]["display"] for one in made["participant"]][1:] == ["Dr Anne Petit", "Dr Luc Roy"]
    assert "end" not in made["participant"][1]["period"]
