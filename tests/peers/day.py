# SPDX-License-Identifier: Apache-2.0
"""A day of one cart, always the same: 20 encounters, 400 entries, 60 captures."""

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

import cv2
import msgspec
import numpy as np

from device.attachments import Attachments
from device.codes import Metric, Site
from device.entry import CaptureTaken, EnteredInError, Entry, Incident, MeasurementRecorded, Outcome
from device.measurement import Measurement, Provenance
from device.people import Operator, Patient, Practitioner, Sex
from tests.sync.story import (
    Story,
    at,
    call,
    closing,
    conclusion,
    opening,
    oxygen,
    pressure,
    saturation,
    temperature,
)

ENCOUNTERS, ENTRIES, CAPTURES = 20, 400, 60
DAY = UUID("6f1f8c3e-2f7b-4a51-9a44-0d6a3c1f7e20")
METER = Provenance("gl-1", "profile-glucometer", "Accu-Chek Guide", "G1", frame="1b00", address="C0:26:DA:01:02:03")
SCALE = Provenance("sc-1", "profile-scale", "A&D UC-352BLE", "B1", software="2", address="00:1C:05:FF:E8:74")
BELT = Provenance("hr-1", "polar-h10", "Polar H10", "P1", frame="1640", address="A0:9E:1A:00:00:01")
NURSES = (
    Operator("n-1", "Claire Morel", "infirmière", rpps="10101201234"),
    Operator("n-2", "Paul Étienne", "aide-soignant"),
)
DOCTORS = (Practitioner("peer-1", "Dr Anne Petit"), Practitioner("peer-2", "Dr Louis Gœthals"))
FAMILIES = ("Lefèvre", "Ñúñez", "D’Artagnan", "Le Goff-Kervella", "Œuvrard")
CAMERAS = (
    ("otoscope", "Otoscope", "otoscope", Site.LEFT_EAR),
    ("dermatoscope", "Dermatoscope", "dermatoscope", Site.HEEL),
    ("room", "Salle", "room", Site.FACE),
)
WRONG, BLURRED = 7, 3
"""The encounter that was opened for somebody else, and the one whose first capture is marked as an error."""


class Day(Story):
    """A story whose entries have the same ids each time it is told."""

    def tell(self, encounter: UUID, *bodies: object) -> list[Entry]:
        made = []
        for body in bodies:
            sequence = len(self.entries) + 1
            made.append(Entry(sequence, uuid5(DAY, str(sequence)), encounter, at(sequence * 10.0), body, ""))
            self.entries.append(made[-1])
        return made


def told(attachments: Attachments, encounters: int = ENCOUNTERS, *, errors: bool = True) -> Day:
    """The day, or its first encounters, its pictures among the attachments; ``errors``: with those that are marked."""
    day = Day()
    for number in range(encounters):
        _encounter(day, attachments, number, errors=errors)
    if encounters == ENCOUNTERS and errors:
        assert len(day.entries) == ENTRIES
        assert sum(isinstance(one.body, CaptureTaken) for one in day.entries) == CAPTURES
    return day


def _encounter(day: Day, attachments: Attachments, number: int, *, errors: bool) -> None:
    encounter = uuid5(DAY, f"encounter {number}")
    first, *rest = opening(patient(number))
    nurse = NURSES[number % 2]
    day.tell(encounter, msgspec.structs.replace(first, operator=nurse), *rest)
    day.tell(encounter, *(msgspec.structs.replace(one, practitioner=DOCTORS[number % 2]) for one in call()))
    *_, hot = day.tell(encounter, *measured(number))
    pictures = day.tell(encounter, *(picture(attachments, number, index) for index in range(len(CAMERAS))))
    day.tell(encounter, conclusion(f"Conclusion {number}. Gouttes trois fois par jour."))
    if errors:
        day.tell(encounter, EnteredInError((pictures[0] if number == BLURRED else hot).id, "mauvaise oreille", nurse))
    day.tell(encounter, Incident("network-cut", "Réseau coupé.", 20.0 + number))
    day.tell(encounter, *closing(Outcome.WRONG_PATIENT if number == WRONG else Outcome.FINISHED))


def patient(number: int) -> Patient:
    """Twenty residents, two of whom are seen twice."""
    number %= ENCOUNTERS - 2
    born = date(1930 + number, 1 + number % 12, 1 + number)
    sex = (Sex.FEMALE, Sex.MALE)[number % 2]
    return Patient(f"IPP-{number:04d}", FAMILIES[number % len(FAMILIES)], f"Odette-{number}", born, sex)


def measured(number: int) -> tuple[object, ...]:
    return (
        pressure(str(118 + number), str(70 + number % 9)),
        oxygen("2" if number % 4 == 0 else "0"),
        saturation(str(90 + number % 10)) if number % 5 else saturation(None),
        one(Metric.HEART_RATE, str(60 + number), BELT, site=Site.CHEST),
        one(Metric.WEIGHT, f"{60 + number}.50", SCALE),
        one(Metric.GLUCOSE, str(100 + number), METER),
        temperature(f"{36 + number / 20:.2f}"),
    )


def one(metric: Metric, value: str, provenance: Provenance, **more: object) -> MeasurementRecorded:
    return MeasurementRecorded((Measurement(metric, Decimal(value), **more),), provenance, at(200))


def picture(attachments: Attachments, number: int, index: int) -> CaptureTaken:
    """A JPEG of noise in a place of its own; every one is another."""
    camera, label, role, site = CAMERAS[index]
    noise = np.random.default_rng(number * 10 + index).integers(0, 256, (120, 160, 3), np.uint8)
    data = cv2.imencode(".jpg", noise)[1].tobytes()
    name = attachments.put(data)
    return CaptureTaken(camera, label, site, name, "image/jpeg", len(data), 160, 120, at(220 + index), role=role)
