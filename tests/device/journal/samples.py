# SPDX-License-Identifier: Apache-2.0
"""Bodies and clocks for the journal's tests."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from device.clock import Instant
from device.codes import Doubt, Metric
from device.entry import Body, EncounterClosed, EncounterOpened, Incident, MeasurementRecorded, Outcome
from device.measurement import Measurement, Provenance
from device.people import Operator, Patient

NURSE = Operator("op-1", "Claire Dubois", "infirmière")
PATIENT = Patient("ipp-1", "MARTIN", "Jeanne", date(1934, 5, 2))
START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OPENED = EncounterOpened(NURSE, PATIENT)
CLOSED = EncounterClosed(Outcome.FINISHED, NURSE)


class SteppedClock:
    """A clock that goes on by a second at each look, unless it is told otherwise."""

    def __init__(self) -> None:
        self.wall = START
        self.monotonic = 100.0

    def now(self) -> Instant:
        self.wall += timedelta(seconds=1)
        self.monotonic += 1
        return Instant(self.wall, self.monotonic, trusted=True)


def incident(number: int = 0) -> Body:
    return Incident("network-cut", "Réseau coupé", number / 4)


def recorded() -> Body:
    doubts = frozenset({Doubt.MOVEMENT, Doubt.IRREGULAR_PULSE, Doubt.CLOCK, Doubt.UNUSUAL})
    measurement = Measurement(Metric.SYSTOLIC, Decimal("132.50"), datetime(2026, 11, 21, 10, 0), doubts=doubts)  # noqa: DTZ001 - an instrument's clock is naive
    provenance = Provenance("cuff-1", "ua-651ble", "A&D UA-651BLE", "5161")
    return MeasurementRecorded((measurement,), provenance, Instant(START, 1.5, trusted=True))
