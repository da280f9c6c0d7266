# SPDX-License-Identifier: Apache-2.0
"""Setting a clock counts only when it was read back. The fake is an instrument's characteristics."""

from datetime import datetime, timedelta

import pytest

from device.codes import Site
from device.driver import Clockwork
from device.errors import InstrumentError
from device.wire import Reader, pack_current_time, pack_date_time
from drivers.blood_pressure import BloodPressure
from drivers.clockwork import CURRENT_TIME, DATE_TIME
from drivers.glucose import Glucose
from drivers.heart_rate import HeartRate
from drivers.pulse_oximeter import PulseOximeter
from drivers.thermometer import TEMPERATURE_TYPE, Thermometer
from drivers.weight_scale import WeightScale

NOW = datetime(2026, 11, 21, 9, 30, 15)  # noqa: DTZ001 - the cart's local time, naive by contract
RESET = datetime(2021, 1, 1, 0, 0, 3)  # noqa: DTZ001 - an instrument's clock


class Clock:
    """An instrument with one clock characteristic. ``obeys``: a write changes what it shows."""

    def __init__(self, *, kind=DATE_TIME, shows=RESET, obeys=True, lag=0.0, readable=True, writable=True):
        self.kind, self.value, self.obeys, self.lag = kind, self._pack(kind, shows), obeys, lag
        self.readable, self.writable = readable, writable
        self.written = []

    @staticmethod
    def _pack(kind, moment):
        if isinstance(moment, bytes):
            return moment
        return pack_date_time(moment) if kind == DATE_TIME else pack_current_time(moment)

    def has(self, characteristic):
        return characteristic == self.kind

    async def read(self, characteristic):
        assert characteristic == self.kind
        if not self.readable:
            raise InstrumentError(5, "Lecture refusée.", "read not permitted")
        return self.value

    async def write(self, characteristic, data):
        assert characteristic == self.kind
        if not self.writable:
            raise InstrumentError(5, "Écriture refusée.", "write not permitted")
        self.written.append(data)
        if self.obeys:
            self.value = self._pack(self.kind, Reader(data).date_time() + timedelta(seconds=self.lag))

    def local_time(self):
        return NOW


OFFSET = (RESET - NOW).total_seconds()
every_driver = pytest.mark.parametrize(
    "driver", [BloodPressure(), PulseOximeter(), Thermometer(), Glucose(), WeightScale(), HeartRate()]
)


@every_driver
@pytest.mark.parametrize("kind", [DATE_TIME, CURRENT_TIME])
async def test_the_offset_is_measured_before_the_clock_is_set_and_read_back(driver, kind):
    clock = Clock(kind=kind)
    assert await driver.prepare(clock) == Clockwork(clock_set=True, offset=OFFSET)
    assert len(clock.written) == 1
    assert len(clock.written[0]) == (7 if kind == DATE_TIME else 10)
    assert Reader(clock.written[0]).date_time() == NOW


@every_driver
async def test_no_clock_is_said(driver):
    assert await driver.prepare(Clock(kind="other")) == Clockwork(clock_set=False, offset=None)


async def test_a_write_that_is_not_reflected_did_not_set_the_clock():
    assert await BloodPressure().prepare(Clock(obeys=False)) == Clockwork(clock_set=False, offset=OFFSET)


async def test_a_clock_that_was_right_already_is_set_when_it_reads_back_right():
    found = await BloodPressure().prepare(Clock(shows=NOW + timedelta(seconds=2)))
    assert found == Clockwork(clock_set=True, offset=2.0)


@pytest.mark.parametrize(
    ("lag", "expected"), [(4.0, True), (-4.0, True), (6.0, False), (3600.0, False), (-3600.0, False)]
)
async def test_a_clock_that_reads_back_another_time_is_not_ours(lag, expected):
    assert (await BloodPressure().prepare(Clock(lag=lag))).clock_set is expected


async def test_a_refused_write_is_no_error_of_the_measurement():
    assert await BloodPressure().prepare(Clock(writable=False)) == Clockwork(clock_set=False, offset=OFFSET)


async def test_a_clock_that_cannot_be_read_cannot_be_trusted():
    assert await BloodPressure().prepare(Clock(readable=False)) == Clockwork(clock_set=False, offset=None)


@pytest.mark.parametrize("shows", [b"", bytes(3), bytes(7), b"\xff" * 7])
async def test_a_clock_that_shows_no_date_has_no_offset(shows):
    assert await BloodPressure().prepare(Clock(shows=shows)) == Clockwork(clock_set=True, offset=None)


class Typed(Clock):
    """A thermometer that says once where it measures."""

    def __init__(self, kind):
        super().__init__()
        self.place = kind

    def has(self, characteristic):
        return characteristic == TEMPERATURE_TYPE or super().has(characteristic)

    async def read(self, characteristic):
        if characteristic != TEMPERATURE_TYPE:
            return await super().read(characteristic)
        if self.place is None:
            raise InstrumentError(5, "Lecture refusée.", "read not permitted")
        return self.place


@pytest.mark.parametrize(
    ("kind", "site"), [(b"\x03", Site.EAR), (b"\x01", Site.ARMPIT), (b"\x0b", None), (b"", None), (None, None)]
)
async def test_a_thermometer_may_say_once_where_it_measures(kind, site):
    found = await Thermometer().prepare(Typed(kind))
    assert found.site is site
    assert found.clock_set
