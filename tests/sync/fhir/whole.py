# SPDX-License-Identifier: Apache-2.0
"""An encounter in which everything happens: every metric, every kind of file, corrections, incidents; as resources."""

from decimal import Decimal
from uuid import UUID

import msgspec

from device.codes import Doubt, Meal, Metric, Position, Site
from device.encounter.manual import MANUAL
from device.entry import (
    ConsentForm,
    ConsentGiven,
    ConsentWithdrawn,
    DocumentAttached,
    EnteredInError,
    Incident,
    MeasurementConfirmed,
    MeasurementRecorded,
    SoundRecorded,
)
from device.measurement import Measurement, Provenance, Quantity
from device.people import IdentityStatus, Operator, Patient, Sex
from sync.fhir.source import Directory
from sync.step import canonical
from sync.steps import steps
from tests.sync.story import (
    CUFF,
    OXIMETER,
    PATIENT,
    SOURCE,
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
)
from virtual.records.store import decode

LANE = UUID(int=7)
FILE = "a" * 64
NURSE = Operator("n-1", "Claire Morel", "infirmière", rpps="10101201234")
QUALIFIED = Patient(
    "IPP-0042",
    "Durand",
    "Pierre",
    PATIENT.born,
    Sex.MALE,
    given_names="Pierre Yves",
    birthplace="01006",
    status=IdentityStatus.QUALIFIED,
    matricule="123456789012244",
    authority="1.2.250.1.213.1.4.8",
)
METER = Provenance("gl-1", "profile-glucometer", "Accu-Chek", "G1", frame="1b00", address="C0:26:DA:01:02:03")
SCALE = Provenance("sc-1", "profile-scale", "Balance", "B1", hardware="r1.0", software="2", address="00:1C:05:FF:E8:74")
BELT = Provenance("hr-1", "polar-h10", "Polar H10", "P1", frame="1640", address="A0:9E:1A:00:00:01")


def one(metric, value, provenance, seconds, **more):
    return MeasurementRecorded((Measurement(metric, Decimal(value), **more),), provenance, at(seconds))


def measured():
    return (
        pressure(doubts=frozenset({Doubt.MOVEMENT})),
        pressure(diastolic=None),
        oxygen("2"),
        saturation(),
        oxygen("0"),
        saturation("91"),
        temperature(),
        one(Metric.PERFUSION, "3.2", msgspec.structs.replace(OXIMETER, frame="01"), 210, site=Site.FINGER),
        one(Metric.HEART_RATE, "66", BELT, 220, site=Site.CHEST),
        one(Metric.WEIGHT, "71.35", SCALE, 230, reported=Quantity(Decimal("157.3"), "[lb_av]")),
        one(Metric.GLUCOSE, "129.7", METER, 240, meal=Meal.FASTING, reported=Quantity(Decimal("7.2"), "mmol/L")),
        one(Metric.GLUCOSE, "110", METER, 250),
        MeasurementRecorded(
            (Measurement(Metric.TEMPERATURE, None, doubts=frozenset({Doubt.BELOW_RANGE})),), THERMOMETER, at(260)
        ),
        MeasurementRecorded((Measurement(Metric.TEMPERATURE, Decimal("37.2")),), MANUAL, at(270), by=NURSE),
        MeasurementRecorded((Measurement(Metric.WEIGHT, Decimal("70.0")),), MANUAL, at(280), by=NURSE),
    )


def kept():
    sound = ("stethoscope", "Stéthoscope", Position.MITRAL, FILE, "audio/flac", 900, 48000, 12.5, at(300))
    return (
        capture(FILE, 9, by="practitioner"),
        SoundRecorded(*sound),
        *(
            DocumentAttached(f"Fichier {what}", what, FILE, "application/pdf", 900, 2, at(310), NURSE)
            for what in ("ecg", "ultrasound", "document")
        ),
        conclusion("Un."),
        conclusion(),
        Incident("network-cut", "Réseau coupé.", 95.0),
    )


def story(patient=QUALIFIED):
    made = Story()
    first, *_ = opening(patient)
    made.tell(LANE, msgspec.structs.replace(first, operator=NURSE), *opening(patient)[1:], *call())
    *_, wrong, unusual = made.tell(LANE, *measured(), temperature("36.1"), temperature("41.5"))
    made.tell(LANE, EnteredInError(wrong.id, "mauvaise oreille", NURSE), MeasurementConfirmed(unusual.id, NURSE))
    made.tell(LANE, *kept(), ConsentWithdrawn(NURSE), ConsentGiven(ConsentForm.WRITTEN, NURSE), *closing())
    return made


def resources(patient=QUALIFIED, directory=Directory.SENT):
    """Every resource of the whole encounter, as a server reads it."""
    cuffed = msgspec.structs.replace(SOURCE, directory=directory)
    made = steps(cuffed, story(patient).entries, {FILE: "c2hhMQ=="})
    return [decode(canonical(step.resource)) for step in made if step.resource]


__all__ = ["CUFF", "LANE", "QUALIFIED", "resources", "story"]
