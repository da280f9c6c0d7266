# SPDX-License-Identifier: Apache-2.0
"""A technician at work over the virtual radio: nobody pairs but the unit in hand, and what fails changes nothing."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from decimal import Decimal
from pathlib import Path

import pytest

from device.ble.enrol import BleEnrolling
from device.enrolment import BondHealth, Candidate, Step
from device.errors import ConfigurationError, InstrumentError
from device.instrument import InstrumentPhase
from device.registry import Instrument
from tests.device.ble.bench import CUFF, OXIMETER, PATIENCE, Bench, bench
from virtual.ble.cuff import ADDRESS, UA_651, Reading, VirtualCuff
from virtual.ble.outbox import Undelivered
from virtual.ble.oximeter import Finger, VirtualOximeter
from virtual.ble.pace import brisk

PACE = brisk(200)
READING = Reading(Decimal(132), Decimal(81), Decimal(98), Decimal(72))
BEURER = Instrument("tensiometre", "beurer-bm54", ADDRESS, UA_651.serial, "Beurer BM 54")
FOUND = Candidate(ADDRESS, "A&D_UA-651BLE_0001", ("and-ua-651ble",))


class Technician:
    """Reads the six digits off the instrument's display, or types others."""

    def __init__(self, cuff: VirtualCuff | None = None, *, digits: str = "") -> None:
        self.steps: list[Step] = []
        self._cuff, self._digits = cuff, digits

    async def passkey(self) -> str:
        if self._digits or self._cuff is None:
            return self._digits
        peripheral = self._cuff.peripheral
        await peripheral.until(lambda: bool(peripheral.shown))
        return peripheral.shown

    def show(self, passkey: str) -> None:
        raise AssertionError(passkey)

    async def agrees(self, line: str) -> bool:
        raise AssertionError(line)

    def tell(self, step: Step) -> None:
        self.steps.append(step)

    def said(self, name: str) -> Step:
        return next(step for step in reversed(self.steps) if step.name == name)


@asynccontextmanager
async def workshop(
    folder: Path, *units: Instrument, appear: float = PATIENCE
) -> AsyncIterator[tuple[Bench, BleEnrolling]]:
    async with bench(folder, *units, managed=True) as at:
        yield at, BleEnrolling(at.ble, appear=appear)


def a_cuff(at: Bench, *, passkey: bool = False, serial: str = UA_651.serial) -> VirtualCuff:
    cuff = VirtualCuff(at.radio, pace=PACE, bond=True, identity=UA_651._replace(serial=serial))
    cuff.peripheral.casing = dataclasses.replace(cuff.peripheral.casing, passkey=passkey)
    return cuff


@asynccontextmanager
async def in_pairing_mode(cuff: VirtualCuff) -> AsyncIterator[None]:
    """It advertises, also after each link that brought nothing."""

    async def show() -> None:
        while True:
            await cuff.peripheral.advertise()
            await cuff.peripheral.until(lambda: cuff.peripheral.connected)
            await cuff.peripheral.until(lambda: not cuff.peripheral.connected)

    await cuff.start()
    showing = asyncio.ensure_future(show())
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
        await cuff.peripheral.hush()


async def test_units_in_reach_are_found_with_the_models_that_they_may_be(tmp_path) -> None:
    async with workshop(tmp_path, OXIMETER) as (at, enrolling):
        oximeter, cuff = VirtualOximeter(at.radio, pace=PACE), a_cuff(at)
        await oximeter.start()
        await at.listener.until_phase(OXIMETER, InstrumentPhase.CONNECTED)
        second = oximeter.clone("C0:00:00:00:18:33")
        async with in_pairing_mode(cuff):
            await second.start()
            found = {one.address: one for one in await enrolling.discover(0.5)}
        assert found[ADDRESS].models[:2] == ("and-ua-651ble", "profile-cuff")
        assert found["C0:00:00:00:18:33"].models[:2] == ("nonin-3230", "profile-oximeter")
        assert found[ADDRESS].rssi is not None
        assert {one.enrolled for one in found.values()} == {""}
        assert at.listener.state(OXIMETER).phase is InstrumentPhase.CONNECTED
        await second.stop()
        await oximeter.stop()


async def test_a_unit_that_needs_no_digits_is_paired_enrolled_and_served_at_once(tmp_path) -> None:
    async with workshop(tmp_path) as (at, enrolling):
        cuff, technician = a_cuff(at), Technician()
        async with in_pairing_mode(cuff):
            await enrolling.enrol(FOUND, "and-ua-651ble", "tensiometre", technician)
        (unit,) = at.ble.registry.instruments
        assert (unit.id, unit.model, unit.address, unit.serial) == (
            "tensiometre",
            "and-ua-651ble",
            ADDRESS,
            UA_651.serial,
        )
        assert technician.said("appairage") == Step("appairage", passed=True, line="appairé")
        assert technician.said("numéro de série").line == UA_651.serial
        assert enrolling.diagnoses()[0].bond is BondHealth.BONDED
        await cuff.measure(READING)
        await at.listener.until(lambda: bool(at.listener.arrivals))
        (diagnosis,) = enrolling.diagnoses()
        assert (diagnosis.firmware, diagnosis.clock_set, diagnosis.state.battery) == ("BTM_V1.03", True, 85)
        assert diagnosis.counters == {"connections": 1, "frames": 1, "arrivals": 1}
        assert diagnosis.last_arrival == at.listener.arrivals[0].received
        assert diagnosis.rssi is not None


async def test_six_digits_are_read_off_the_instrument_and_typed(tmp_path) -> None:
    async with workshop(tmp_path) as (at, enrolling):
        cuff = a_cuff(at, passkey=True)
        async with in_pairing_mode(cuff):
            await enrolling.enrol(FOUND, "beurer-bm54", "tensiometre", Technician(cuff))
        assert len(cuff.peripheral.shown) == 6
        assert enrolling.diagnoses()[0].bond is BondHealth.BONDED
        await cuff.measure(READING)
        await at.listener.until(lambda: bool(at.listener.arrivals))


async def test_wrong_digits_change_nothing(tmp_path) -> None:
    async with workshop(tmp_path) as (at, enrolling):
        cuff = a_cuff(at, passkey=True)
        technician = Technician(digits="000000")
        async with in_pairing_mode(cuff):
            with pytest.raises(InstrumentError) as caught:
                await enrolling.enrol(FOUND, "beurer-bm54", "tensiometre", technician)
        assert caught.value.code == "BLE-12"
        assert technician.said("appairage").code == "BLE-12"
        assert at.ble.registry.instruments == ()
        assert not any(one.bonded for one in await at.ble.adapter.known())


async def test_outside_an_enrolment_no_instrument_pairs_whatever_it_asks(tmp_path) -> None:
    async with workshop(tmp_path, CUFF) as (at, enrolling):
        cuff = a_cuff(at)
        async with in_pairing_mode(cuff):
            state = await at.listener.until_phase(CUFF, InstrumentPhase.FAULT)
        assert state.code == "BLE-09"
        assert not any(one.bonded for one in await at.ble.adapter.known())
        assert enrolling.diagnoses()[0].bond is BondHealth.MISSING
        assert enrolling.diagnoses()[0].counters["BLE-09"] >= 2


async def test_a_bond_lost_by_the_instrument_is_said_and_repaired(tmp_path) -> None:
    async with workshop(tmp_path) as (at, enrolling):
        cuff = a_cuff(at)
        async with in_pairing_mode(cuff):
            await enrolling.enrol(FOUND, "and-ua-651ble", "tensiometre", Technician())
        await cuff.peripheral.forget_bonds()
        unit = at.ble.registry.instruments[0]
        async with in_pairing_mode(cuff):
            state = await at.listener.until_phase(unit, InstrumentPhase.FAULT)
            assert state.code == "BLE-09"
            assert "ne se reconnaissent plus" in state.line
            assert enrolling.diagnoses()[0].bond is BondHealth.LOST
            await enrolling.repair("tensiometre", Technician())
        assert enrolling.diagnoses()[0].bond is BondHealth.BONDED
        await cuff.measure(READING)
        await at.listener.until(lambda: bool(at.listener.arrivals))


async def test_a_bond_lost_by_the_cart_is_said_and_repaired(tmp_path) -> None:
    async with workshop(tmp_path) as (at, enrolling):
        cuff = a_cuff(at)
        async with in_pairing_mode(cuff):
            await enrolling.enrol(FOUND, "and-ua-651ble", "tensiometre", Technician())
        await at.ble.adapter.forget(ADDRESS)
        await at.ble.read_records()
        unit = at.ble.registry.instruments[0]
        async with in_pairing_mode(cuff):
            assert (await at.listener.until_phase(unit, InstrumentPhase.FAULT)).code == "BLE-09"
            assert enrolling.diagnoses()[0].bond is BondHealth.MISSING
            await enrolling.repair("tensiometre", Technician())
        await cuff.measure(READING)
        await at.listener.until(lambda: bool(at.listener.arrivals))


async def test_another_unit_at_the_enrolled_address_is_not_repaired(tmp_path) -> None:
    async with workshop(tmp_path, CUFF) as (at, enrolling):
        other = a_cuff(at, serial="666")
        async with in_pairing_mode(other):
            with pytest.raises(InstrumentError) as caught:
                await enrolling.repair("tensiometre", Technician())
        assert caught.value.code == "BLE-06"
        assert not any(one.bonded for one in await at.ble.adapter.known())


async def test_a_unit_that_does_not_show_itself_is_an_error_and_changes_nothing(tmp_path) -> None:
    async with workshop(tmp_path, appear=0.2) as (at, enrolling):
        with pytest.raises(InstrumentError) as caught:
            await enrolling.enrol(FOUND, "profile-cuff", "tensiometre", Technician())
        assert caught.value.code == "BLE-11"
        assert at.ble.registry.instruments == ()


async def test_an_enrolment_given_up_in_its_middle_changes_nothing(tmp_path) -> None:
    async with workshop(tmp_path) as (at, enrolling):
        cuff = a_cuff(at, passkey=True)
        asked = asyncio.Event()

        class Absent(Technician):
            async def passkey(self) -> str:
                asked.set()
                await asyncio.Event().wait()
                return ""

        async with in_pairing_mode(cuff):
            enrolment = asyncio.ensure_future(enrolling.enrol(FOUND, "beurer-bm54", "tensiometre", Absent()))
            async with asyncio.timeout(PATIENCE):
                await asked.wait()
                enrolment.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await enrolment
        assert at.ble.registry.instruments == ()
        assert not any(one.bonded for one in await at.ble.adapter.known())


@pytest.mark.parametrize(
    ("model", "name"), [("no-such-model", "tensiometre"), ("and-ua-651ble", "oxymetre"), ("and-ua-651ble", "a b")]
)
async def test_what_cannot_be_kept_is_refused_before_anything_is_paired(tmp_path, model, name) -> None:
    async with workshop(tmp_path, OXIMETER) as (at, enrolling):
        with pytest.raises(ConfigurationError):
            await enrolling.enrol(FOUND, model, name, Technician())
        assert at.ble.registry.instruments == (OXIMETER,)


async def test_a_test_tells_its_steps_and_loses_no_measurement(tmp_path) -> None:
    async with workshop(tmp_path, CUFF) as (at, enrolling):
        cuff = VirtualCuff(at.radio, pace=PACE)
        await cuff.start()
        cuff.clock.reset()
        technician = Technician()
        measuring = asyncio.ensure_future(cuff.measure(READING))
        steps = await enrolling.test("tensiometre", technician)
        with suppress(Undelivered):
            await measuring
        assert [(step.name, step.passed) for step in steps] == [
            ("attente", True),
            ("signal", True),
            ("liaison", True),
            ("services", True),
            ("numéro de série", True),
            ("pile", True),
            ("horloge", True),
            ("mesure", True),
        ]
        assert technician.said("pile").line == "85 %"
        assert technician.said("horloge").line.startswith("décalage de ")
        assert tuple(technician.steps) == tuple(steps)
        assert len(at.listener.of(CUFF)) == 1
        await cuff.measure(READING)
        await at.listener.until(lambda: len(at.listener.of(CUFF)) == 2)


async def test_a_test_of_an_instrument_that_stays_off_fails_at_its_signal(tmp_path) -> None:
    async with workshop(tmp_path, CUFF, appear=0.2) as (_at, enrolling):
        steps = await enrolling.test("tensiometre", Technician())
        assert (steps[-1].name, steps[-1].passed, steps[-1].code) == ("signal", False, "BLE-11")


async def test_a_test_finds_another_unit_at_the_enrolled_address(tmp_path) -> None:
    async with workshop(tmp_path, CUFF) as (at, enrolling):
        other = VirtualCuff(at.radio, pace=PACE, identity=UA_651._replace(serial="666"))
        async with in_pairing_mode(other):
            steps = await enrolling.test("tensiometre", Technician())
        assert (steps[-1].name, steps[-1].passed, steps[-1].code) == ("numéro de série", False, "BLE-06")


async def test_a_retired_instrument_is_forgotten_with_its_bond_and_served_no_more(tmp_path) -> None:
    async with workshop(tmp_path, OXIMETER) as (at, enrolling):
        cuff = a_cuff(at)
        async with in_pairing_mode(cuff):
            await enrolling.enrol(FOUND, "and-ua-651ble", "tensiometre", Technician())
        await enrolling.retire("tensiometre")
        assert [one.state.id for one in enrolling.diagnoses()] == ["oxymetre"]
        assert not any(one.bonded for one in await at.ble.adapter.known())
        cuff.outbox.window = 0.5
        with pytest.raises(Undelivered):
            await cuff.measure(READING)
        assert at.listener.arrivals == []


async def test_an_instrument_in_use_goes_on_while_another_is_enrolled(tmp_path) -> None:
    async with workshop(tmp_path, OXIMETER) as (at, enrolling):
        oximeter, cuff = VirtualOximeter(at.radio, pace=PACE), a_cuff(at)
        await oximeter.start()
        await oximeter.insert(Finger(Decimal(96), Decimal(74)))
        before = len(at.listener.of(OXIMETER))
        async with in_pairing_mode(cuff):
            await enrolling.enrol(FOUND, "and-ua-651ble", "tensiometre", Technician())
        await at.listener.until(lambda: len(at.listener.of(OXIMETER)) > before)
        assert {arrival.connection for arrival in at.listener.of(OXIMETER)} == {1}
        await oximeter.stop()


@pytest.mark.parametrize("what", ["repair", "test"])
async def test_what_is_not_enrolled_cannot_be_tested_nor_repaired(tmp_path, what) -> None:
    async with workshop(tmp_path) as (_at, enrolling):
        with pytest.raises(InstrumentError) as caught:
            await getattr(enrolling, what)("nobody", Technician())
        assert caught.value.code == "BLE-13"


async def test_without_an_adapter_nothing_is_searched(tmp_path) -> None:
    async with workshop(tmp_path) as (at, enrolling):
        await at.radio.fail()
        with pytest.raises(InstrumentError) as caught:
            await enrolling.discover(0.1)
        assert caught.value.code == "BLE-07"


async def test_every_frame_is_overheard_before_it_is_decoded(tmp_path) -> None:
    async with workshop(tmp_path, CUFF) as (at, enrolling):
        heard: list[bytes] = []
        enrolling.overhear(lambda frame: heard.append(frame.data))
        cuff = VirtualCuff(at.radio, pace=PACE)
        await cuff.start()
        (frame,) = await cuff.measure(READING)
        await at.listener.until(lambda: bool(at.listener.arrivals))
        assert heard == [frame]
        enrolling.overhear(None)
        await at.listener.until_phase(CUFF, InstrumentPhase.READY)
        await cuff.measure(READING)
        await at.listener.until(lambda: len(at.listener.arrivals) == 2)
        assert heard == [frame]
