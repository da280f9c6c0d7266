# SPDX-License-Identifier: Apache-2.0
"""Entries for tests."""

from decimal import Decimal
from uuid import UUID

from device.codes import Metric, Site
from device.entry import AsideReason, CaptureTaken, Entry, MeasurementRecorded, MeasurementSetAside, TextShown
from device.measurement import Measurement, Provenance
from tests.call.stubs import ENCOUNTER, NURSE, TestClock

CUFF = Provenance("cuff-1", "ua-651ble", "A&D UA-651BLE", "123", frame="00ff")


def entry(sequence: int, body, encounter: UUID = ENCOUNTER) -> Entry:
    return Entry(sequence, UUID(int=sequence), encounter, TestClock().now(), body, "0" * 64)


def text(words: str) -> TextShown:
    return TextShown(words, "Dr Roux", "practitioner")


def measured() -> tuple[Measurement, ...]:
    return (Measurement(Metric.SYSTOLIC, Decimal(128)), Measurement(Metric.DIASTOLIC, Decimal(76)))


def recorded() -> MeasurementRecorded:
    return MeasurementRecorded(measured(), CUFF, TestClock().now())


def aside(sequence: int, encounter: UUID = ENCOUNTER) -> Entry:
    body = MeasurementSetAside(AsideReason.NOT_NEWEST, measured(), CUFF, TestClock().now())
    return entry(sequence, body, encounter)


def attributed(sequence: int, of: UUID) -> Entry:
    return entry(sequence, MeasurementRecorded(measured(), CUFF, TestClock().now(), attributed=of, by=NURSE))


def capture(sequence: int, sha256: str, size: int, encounter: UUID = ENCOUNTER) -> Entry:
    now = TestClock().now()
    body = CaptureTaken("otoscope", "Otoscope", Site.LEFT_EAR, sha256, "image/jpeg", size, 1920, 1080, now)
    return entry(sequence, body, encounter)
