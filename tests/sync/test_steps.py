# SPDX-License-Identifier: Apache-2.0
from base64 import b64decode
from uuid import UUID, uuid4

import msgspec
import pytest

from device.codes import Metric, Site
from device.entry import (
    AsideReason,
    CallRequested,
    ConsentForm,
    ConsentGiven,
    ConsentRefused,
    ConsentWithdrawn,
    EnteredInError,
    Incident,
    MeasurementConfirmed,
    MeasurementDiscarded,
    MeasurementSetAside,
    Outcome,
    SiteNoted,
    TextShown,
    TraceRecorded,
)
from sync.fhir.source import Directory
from sync.step import Rank, canonical
from sync.steps import steps
from tests.sync.story import (
    CUFF,
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

LANE = UUID(int=7)
IMAGE = "a" * 64


@pytest.fixture
def story():
    made = Story()
    made.tell(LANE, *opening())
    return made


def made(story, hashes=None):
    return steps(SOURCE, story.of(LANE), {IMAGE: "c2hh"} if hashes is None else hashes)


def of(story, kind):
    return [one for one in made(story) if one.type == kind]


def oxygen_of(step):
    return step.resource["component"][0].get("valueQuantity", {}).get("value")


def test_an_opened_encounter_is_place_nurse_patient_encounter_consent_and_cart(story):
    assert [one.type for one in made(story)] == [
        "Organization", "Location", "Practitioner", "PractitionerRole", "Patient", "Encounter", "Consent", "Device"
    ]  # fmt: skip


def test_a_server_with_its_own_directory_gets_neither_place_nor_people(story):
    story.tell(LANE, *call(), pressure(), conclusion(), *closing())
    found = steps(msgspec.structs.replace(SOURCE, directory=Directory.THEIRS), story.of(LANE), {})
    assert {one.type for one in found} == {
        "Patient", "Encounter", "Consent", "Device", "Observation", "DocumentReference", "Provenance"
    }  # fmt: skip
    text = b"".join(canonical(one.resource) for one in found)
    assert b"Organization/" not in text
    assert b"Practitioner/" not in text
    assert b"Location/" not in text
    assert NURSE.name.encode() in text


def test_the_same_entries_give_the_same_steps(story):
    story.tell(LANE, pressure(), saturation(), oxygen(), *closing())
    assert made(story) == made(story)


@pytest.mark.parametrize(
    "body",
    [
        MeasurementSetAside(AsideReason.NO_TIME, pressure().measurements, CUFF, at(1)),
        MeasurementDiscarded(uuid4(), NURSE),
        TraceRecorded(Metric.SATURATION, OXIMETER, at(1), ((0, None),)),
        TextShown("Respirez fort", "Dr Petit", "practitioner"),
        SiteNoted(Metric.TEMPERATURE, Site.EAR, NURSE),
        Incident("network-cut", "coupure", 20.0),
        CallRequested(NURSE),
    ],
)
def test_what_is_by_nature_not_sent_makes_no_step(story, body):
    before = made(story)
    story.tell(LANE, body)
    assert made(story) == before


def test_a_measurement_set_aside_is_sent_once_it_is_attributed(story):
    (aside,) = story.tell(LANE, MeasurementSetAside(AsideReason.NO_TIME, pressure().measurements, CUFF, at(1)))
    assert of(story, "Observation") == []
    story.tell(LANE, pressure(attributed=aside.id, by=NURSE))
    panel, _ = of(story, "Observation")
    assert "attribuée" in panel.resource["note"][0]["text"]


def test_a_saturation_is_held_until_the_oxygen_is_known(story):
    story.tell(LANE, saturation())
    first, pulse = of(story, "Observation")
    assert "oxygène" in first.held
    assert pulse.held == ""
    story.tell(LANE, oxygen("2"))
    first, _ = of(story, "Observation")
    assert (first.held, oxygen_of(first)) == ("", 2)


def test_a_closed_encounter_holds_no_saturation_back(story):
    story.tell(LANE, saturation(), *closing())
    first, _ = of(story, "Observation")
    assert first.held == ""
    assert first.resource["component"][0]["dataAbsentReason"]["coding"][0]["code"] == "unknown"


def test_each_saturation_has_the_oxygen_of_its_time(story):
    story.tell(LANE, saturation("91"), oxygen("2"), saturation("94"), oxygen("0"), saturation("95"))
    found = [one for one in of(story, "Observation") if "component" in one.resource]
    assert [oxygen_of(one) for one in found] == [2, 2, 0]


def test_an_oxygen_noted_late_is_a_new_version_of_the_same_observation(story):
    story.tell(LANE, saturation(), *closing())
    before, _ = of(story, "Observation")
    story.tell(LANE, oxygen("3"))
    after, _ = of(story, "Observation")
    assert after.key == before.key
    assert after.digest != before.digest
    assert oxygen_of(after) == 3


def test_entered_in_error_marks_the_observations_of_that_entry_alone(story):
    wrong, _ = story.tell(LANE, pressure(), pressure())
    (mark,) = story.tell(LANE, EnteredInError(wrong.id, "mauvais brassard", NURSE))
    found = of(story, "Observation")
    assert [one.resource["status"] for one in found] == ["entered-in-error"] * 2 + ["final"] * 2
    assert [mark.id in one.sources for one in found] == [True, True, False, False]


def test_a_saturation_in_error_waits_for_no_oxygen(story):
    (wrong,) = story.tell(LANE, saturation())
    story.tell(LANE, EnteredInError(wrong.id, "doigt de la voisine", NURSE))
    assert [one.held for one in of(story, "Observation")] == ["", ""]


def test_a_confirmed_value_says_so(story):
    (entry,) = story.tell(LANE, temperature("41.5"))
    story.tell(LANE, MeasurementConfirmed(entry.id, NURSE))
    (step,) = of(story, "Observation")
    assert "confirmée" in step.resource["note"][0]["text"]


def test_a_conclusion_is_one_document_with_its_text(story):
    (entry,) = story.tell(LANE, conclusion("Gouttes à l’oreille.\nRevoir si fièvre."))
    (step,) = of(story, "DocumentReference")
    attachment = step.resource["content"][0]["attachment"]
    assert b64decode(attachment["data"]).decode() == "Gouttes à l’oreille.\nRevoir si fièvre."
    assert attachment["size"] == len("Gouttes à l’oreille.\nRevoir si fièvre.".encode())
    assert step.key == f"DocumentReference/{entry.id}"
    assert step.resource["status"] == "current"
    assert "relatesTo" not in step.resource


def test_a_later_conclusion_supersedes_the_earlier_which_is_told_first(story):
    one, two, three = story.tell(LANE, conclusion("Un."), conclusion("Deux."), conclusion("Trois."))
    found = of(story, "DocumentReference")
    assert [(step.entry, step.resource["status"]) for step in found] == [
        (one, "superseded"), (two, "superseded"), (three, "current")
    ]  # fmt: skip
    replaced = [[related["target"]["reference"] for related in step.resource.get("relatesTo", [])] for step in found]
    assert replaced == [[], [f"DocumentReference/{one.id}"], [f"DocumentReference/{two.id}"]]
    assert found[1].key in found[2].needs
    assert {step.entry.id: step.sources for step in found} == {
        one.id: {one.id, two.id}, two.id: {two.id, three.id}, three.id: {three.id}
    }  # fmt: skip


def test_a_conclusion_that_is_replaced_keeps_its_identity_and_its_text(story):
    story.tell(LANE, conclusion("Un."))
    (before,) = of(story, "DocumentReference")
    story.tell(LANE, conclusion("Deux."))
    after, _ = of(story, "DocumentReference")
    assert after.key == before.key
    assert after.resource == before.resource | {"status": "superseded"}


def test_a_wrong_patient_leaves_nothing_that_could_be_read_as_true(story):
    told = (pressure(), saturation(), capture(IMAGE, 9), conclusion("Un."), conclusion("Deux."))
    story.tell(LANE, *told, *closing(Outcome.WRONG_PATIENT))
    found = [one for one in made(story) if one.rank is not Rank.ENCOUNTER]
    statuses = {(one.type, one.resource.get("status")) for one in found}
    assert dict(statuses) == {
        "Organization": None,
        "Location": "active",
        "Practitioner": None,
        "PractitionerRole": None,
        "Patient": None,
        "Provenance": None,
        "Consent": "entered-in-error",
        "Device": "active",
        "Observation": "entered-in-error",
        "Binary": None,
        "DocumentReference": "entered-in-error",
        "Encounter": "entered-in-error",
    }
    assert len(statuses) == len(dict(statuses))


def test_a_withdrawn_consent_becomes_inactive_and_a_new_one_is_another(story):
    story.tell(LANE, ConsentWithdrawn(NURSE), ConsentGiven(ConsentForm.WRITTEN, NURSE))
    assert [one.resource["status"] for one in of(story, "Consent")] == ["inactive", "active"]


def test_a_withdrawal_is_of_the_consent_just_before_it(story):
    story.tell(LANE, ConsentGiven(ConsentForm.WRITTEN, NURSE), ConsentWithdrawn(NURSE))
    assert [one.resource["status"] for one in of(story, "Consent")] == ["active", "inactive"]


def test_a_refused_consent_is_sent_as_such():
    story = Story()
    story.tell(LANE, opening()[0], ConsentRefused(NURSE), *closing(Outcome.REFUSED))
    assert [one.resource["status"] for one in of(story, "Consent")] == ["rejected"]
    assert [one.resource["status"] for one in of(story, "Encounter")] == ["in-progress", "cancelled"]


def test_the_end_is_the_last_and_the_beginning_is_then_enough_as_it_was(story):
    story.tell(LANE, *call(), pressure(), *closing())
    found = made(story)
    assert found[-1].key == f"Encounter/{LANE}#end"
    assert found[-1].place == f"Encounter/{LANE}"
    (begun,) = [one for one in found if one.rank is Rank.ENCOUNTER]
    assert begun.once
    assert begun.resource["status"] == "in-progress"


def test_every_step_needs_only_steps_that_come_before_it(story):
    measured = (pressure(), saturation(), temperature(), capture(IMAGE, 9))
    story.tell(LANE, *call(), *measured, conclusion("Un."), conclusion("Deux."), *closing())
    seen: set[str] = set()
    for step in made(story):
        assert seen.issuperset(step.needs), step.key
        seen.add(step.key)


def test_an_image_that_is_not_there_holds_its_own_steps_only(story):
    story.tell(LANE, pressure(), capture(IMAGE, 9), *closing())
    held = [one.type for one in made(story, {}) if one.held]
    assert held == ["Binary", "DocumentReference"]


def test_a_capture_asked_by_the_doctor_is_the_doctor_s(story):
    story.tell(LANE, *call(), capture(IMAGE, 9, by="practitioner"), capture(IMAGE, 9))
    first, second = of(story, "DocumentReference")
    assert first.resource["author"][0]["display"] == "Dr Anne Petit"
    assert second.resource["author"][0]["display"].startswith("Claire Morel")
    assert first.resource["content"][0]["attachment"]["url"] == of(story, "Binary")[0].place


def test_a_lane_without_its_first_entry_sends_nothing(story):
    story.entries = story.entries[1:]
    story.tell(LANE, pressure())
    assert made(story) == ()
