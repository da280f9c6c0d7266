# SPDX-License-Identifier: Apache-2.0
"""Sounds, documents and values typed in, as a records server gets them."""

from decimal import Decimal
from uuid import UUID

import pytest

from device.codes import Metric, Position
from device.encounter.manual import MANUAL
from device.entry import DocumentAttached, EnteredInError, InstrumentEnrolled, MeasurementRecorded, SoundRecorded
from device.measurement import Measurement
from sync.step import canonical
from sync.steps import steps
from tests.sync.story import NURSE, SOURCE, Story, at, call, closing, opening, pressure
from virtual.records.strict import faults

LANE = UUID(int=7)
SOUND = SoundRecorded(
    "stethoscope", "Stéthoscope", Position.MITRAL, "a" * 64, "audio/flac", 900, 48000, 12.5, at(60), "operator"
)


def made(*bodies, hashes=None):
    story = Story()
    story.tell(LANE, *opening(), *call(), *bodies, *closing())
    return steps(SOURCE, story.entries, {"a" * 64: "c2hh"} if hashes is None else hashes)


def document(what, **more):
    return DocumentAttached("ECG du 21/11", what, "a" * 64, "application/pdf", 900, 2, at(60), NURSE, **more)


def reference(*bodies, **more):
    (found,) = [one for one in made(*bodies, **more) if one.type == "DocumentReference"]
    assert found.held or faults(found.resource) == []
    return found


def test_a_sound_goes_with_its_bytes_its_position_and_who_recorded_it():
    found = reference(SOUND)
    (bytes_of,) = [one for one in made(SOUND) if one.type == "Binary"]
    assert (bytes_of.attachment, bytes_of.media_type) == ("a" * 64, "audio/flac")
    assert found.resource["description"] == "Stéthoscope : foyer mitral"
    assert found.resource["type"] == {"text": "Auscultation"}
    assert found.resource["context"]["event"][0] == {"text": "foyer mitral"}
    assert found.resource["author"][0]["display"].startswith("Claire Morel")
    attachment = found.resource["content"][0]["attachment"]
    assert (attachment["contentType"], attachment["size"], attachment["hash"]) == ("audio/flac", 900, "c2hh")


@pytest.mark.parametrize(
    ("what", "kind", "modality"),
    [("ecg", "Électrocardiogramme", "ECG"), ("ultrasound", "Échographie", "US"), ("document", "Document", "DOC")],
)
def test_a_document_goes_as_what_the_operator_said_it_is(what, kind, modality):
    found = reference(document(what, patient="LEROUX"))
    assert found.resource["type"]["text"] == kind
    assert found.resource["context"]["event"][0]["coding"][0]["code"] == modality
    assert found.resource["description"] == "ECG du 21/11"
    assert b"LEROUX" not in canonical(found.resource)


def test_a_file_that_is_not_there_is_held_and_says_why():
    assert "introuvable" in reference(SOUND, hashes={}).held


def test_a_sound_marked_as_an_error_is_sent_as_one():
    story = Story()
    (*_, kept) = story.tell(LANE, *opening(), SOUND)
    story.tell(LANE, EnteredInError(kept.id, "mauvais foyer", NURSE), *closing())
    (found,) = [one for one in steps(SOURCE, story.entries, {"a" * 64: "c2hh"}) if one.type == "DocumentReference"]
    assert found.resource["status"] == "entered-in-error"


def test_a_value_typed_in_names_no_instrument_and_says_how_it_was_taken():
    typed = MeasurementRecorded((Measurement(Metric.TEMPERATURE, Decimal("37.2")),), MANUAL, at(60), by=NURSE)
    found = made(typed, pressure())
    (temperature,) = [
        one for one in found if one.type == "Observation" and "8310-5" in canonical(one.resource).decode()
    ]
    assert "device" not in temperature.resource
    assert "method" not in temperature.resource
    assert any("tapée" in one["text"] for one in temperature.resource["note"])
    assert faults(temperature.resource) == []
    devices = [one.resource for one in found if one.type == "Device"]
    assert not any("Saisie manuelle" in canonical(one).decode() for one in devices)
    assert {one.place for one in found}.issuperset(temperature.needs)


def test_the_endpoint_wants_an_instrument_of_whatever_does_not_say_how_it_was_taken():
    (panel,) = [one.resource for one in made(pressure()) if one.type == "Observation" and "component" in one.resource]
    bare = {name: value for name, value in panel.items() if name != "device"}
    assert any(fault.where == "Observation.device" for fault in faults(bare))


def test_what_concerns_the_cart_alone_is_not_sent():
    enrolled = InstrumentEnrolled("cuff-1", "and-ua-651ble", "5161", "root")
    assert [one.type for one in made(enrolled)] == [one.type for one in made()]
    assert "and-ua-651ble" not in "".join(canonical(one.resource).decode() for one in made(enrolled) if one.resource)
