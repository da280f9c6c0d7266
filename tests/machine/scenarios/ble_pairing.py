# SPDX-License-Identifier: Apache-2.0
"""Bonds over the real bluetoothd: made by a technician and by nobody else, kept, lost on one side, made again."""

import asyncio
import dataclasses
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from device.ble import Ble
from device.ble.bluez import BlueZ
from device.ble.enrol import BleEnrolling
from device.clock import SystemClock
from device.enrolment import BondHealth, Candidate, Step
from device.errors import InstrumentError
from device.instrument import InstrumentPhase
from device.registry import Instrument
from tests.machine.kit.bluez import Bluez, bluetooth
from tests.machine.kit.cart import BONDED_CUFF, Ear, cart, registry
from tests.machine.kit.tools import tool, until
from tests.machine.scenario import Times, scenario
from virtual.ble.cuff import ADDRESS, Reading, VirtualCuff

READING = Reading(Decimal(132), Decimal(81), Decimal(98), Decimal(72))
FOUND = Candidate(ADDRESS, "A&D_UA-651BLE_0001", ("and-ua-651ble",))


class Technician:
    """Reads the six digits off the display of the cuff, if there are any to read."""

    def __init__(self, cuff: VirtualCuff | None = None, digits: str = "") -> None:
        self.steps: list[Step] = []
        self._cuff, self._digits = cuff, digits

    async def passkey(self) -> str:
        if self._cuff is None:
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


@asynccontextmanager
async def workshop(*units: Instrument) -> AsyncIterator[tuple[Ear, Ble, BleEnrolling]]:
    """A cart with a technician before it."""
    ear = Ear()
    with tempfile.TemporaryDirectory() as folder:
        enrolled = await asyncio.to_thread(registry, Path(folder), *units)  # the adapter's chip lives in this loop
        bus = Ble(
            enrolled,
            SystemClock(trusted=True),
            ear.arrive,
            ear.change,
            adapter=BlueZ(),
            on_adapter=ear.adapt,
        )
        task = asyncio.ensure_future(bus.run())
        try:
            yield ear, bus, BleEnrolling(bus)
        finally:
            task.cancel()
            async with asyncio.timeout(30):
                await asyncio.gather(task, return_exceptions=True)


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


async def measured(cuff: VirtualCuff, ear: Ear, number: int) -> None:
    """The cuff measures, and its reading arrives as that number."""
    await cuff.measure(READING, seconds=0)
    await ear.arrived(number)


async def refused(enrolling: BleEnrolling, model: str, technician: Technician, code: str) -> None:
    """The enrolment fails with that code."""
    try:
        await enrolling.enrol(FOUND, model, "tensiometre", technician)
    except InstrumentError as error:
        if error.code == code:
            return
        raise
    raise AssertionError("it was enrolled")


async def tells_why() -> bool:
    """Whether BlueZ tells why a link ended (5.82). With 5.66 on Linux 6.1 refused keys make the kernel oops."""
    major, minor = (await tool("bluetoothctl", "--version")).split()[-1].split(".")
    return (int(major), int(minor)) >= (5, 82)


async def bluez_forgot(bluez: Bluez) -> bool:
    """Whether the bond is gone on the cart's side."""
    return not await bluez.bonded(ADDRESS)


@scenario()
async def a_cuff_without_digits_is_bonded_and_stays_so(times: Times) -> None:
    async with bluetooth() as (radio, bluez), workshop() as (ear, _bus, enrolling):
        cuff = VirtualCuff(radio, bond=True)
        async with in_pairing_mode(cuff):
            with times.of("found"):
                found = {one.address: one for one in await enrolling.discover(8)}
            assert found[ADDRESS].models[0] == "and-ua-651ble"
            with times.of("enrolled"):
                await enrolling.enrol(found[ADDRESS], "and-ua-651ble", "tensiometre", Technician())
        assert await bluez.bonded(ADDRESS)
        (diagnosis,) = enrolling.diagnoses()
        assert diagnosis.bond is BondHealth.BONDED
        assert diagnosis.state.serial == cuff.identity.serial
        with times.of("first measurement"):
            await measured(cuff, ear, 1)
        await ear.until(lambda: ear.phase(BONDED_CUFF) is InstrumentPhase.READY, "the cuff may rest")
        with times.of("second measurement"):
            await measured(cuff, ear, 2)


@scenario()
async def six_digits_are_read_and_typed(times: Times) -> None:
    async with bluetooth() as (radio, bluez), workshop() as (ear, _bus, enrolling):
        cuff = VirtualCuff(radio, bond=True)
        cuff.peripheral.casing = dataclasses.replace(cuff.peripheral.casing, passkey=True)
        async with in_pairing_mode(cuff):
            with times.of("wrong digits refused"):
                await refused(enrolling, "beurer-bm54", Technician(digits="000000"), "BLE-12")
            assert not await bluez.bonded(ADDRESS)
            cuff.peripheral.shown = ""
            with times.of("enrolled"):
                await enrolling.enrol(FOUND, "beurer-bm54", "tensiometre", Technician(cuff))
        assert await bluez.bonded(ADDRESS)
        with times.of("first measurement"):
            await measured(cuff, ear, 1)


@scenario()
async def nobody_pairs_outside_an_enrolment(times: Times) -> None:
    async with bluetooth() as (radio, bluez), cart(BONDED_CUFF) as ear:
        cuff = VirtualCuff(radio, bond=True)
        async with in_pairing_mode(cuff):
            with times.of("refused and said"):
                await ear.until(lambda: ear.phase(BONDED_CUFF) is InstrumentPhase.FAULT, "the fault is said", 120)
        assert ear.states[-1].code == "BLE-09", ear.states[-1]
        assert not await bluez.bonded(ADDRESS)
        assert ear.arrivals == []


@scenario()
async def a_bond_lost_by_the_instrument_is_repaired(times: Times) -> None:
    async with bluetooth() as (radio, bluez), workshop() as (ear, _bus, enrolling):
        cuff = VirtualCuff(radio, bond=True)
        async with in_pairing_mode(cuff):
            await enrolling.enrol(FOUND, "and-ua-651ble", "tensiometre", Technician())
        await cuff.peripheral.forget_bonds()
        if await tells_why():
            async with in_pairing_mode(cuff):
                with times.of("said"):
                    await ear.until(lambda: ear.phase(BONDED_CUFF) is InstrumentPhase.FAULT, "the fault is said", 120)
            assert ear.states[-1].code == "BLE-09", ear.states[-1]
            assert enrolling.diagnoses()[0].bond is BondHealth.LOST
        repairing = asyncio.ensure_future(enrolling.repair("tensiometre", Technician()))
        await until(lambda: bluez_forgot(bluez), "the old bond is removed")
        async with in_pairing_mode(cuff):
            with times.of("repaired"):
                await repairing
        assert await bluez.bonded(ADDRESS)
        with times.of("measurement"):
            await measured(cuff, ear, 1)


@scenario()
async def a_bond_lost_by_the_cart_is_repaired(times: Times) -> None:
    async with bluetooth() as (radio, bluez), workshop() as (ear, bus, enrolling):
        cuff = VirtualCuff(radio, bond=True)
        async with in_pairing_mode(cuff):
            await enrolling.enrol(FOUND, "and-ua-651ble", "tensiometre", Technician())
        await bluez.stop()
        bluez.forget(ADDRESS)
        await bluez.start()
        async with in_pairing_mode(cuff):
            with times.of("said"):
                await ear.until(lambda: ear.phase(BONDED_CUFF) is InstrumentPhase.FAULT, "the fault is said", 120)
            assert ear.states[-1].code == "BLE-09", ear.states[-1]
            await bus.read_records()
            assert enrolling.diagnoses()[0].bond is BondHealth.MISSING
            with times.of("repaired"):
                await enrolling.repair("tensiometre", Technician())
        with times.of("measurement"):
            await measured(cuff, ear, 1)


@scenario()
async def a_retired_instrument_leaves_no_bond(times: Times) -> None:
    async with bluetooth() as (radio, bluez), workshop() as (_ear, _bus, enrolling):
        cuff = VirtualCuff(radio, bond=True)
        async with in_pairing_mode(cuff):
            await enrolling.enrol(FOUND, "and-ua-651ble", "tensiometre", Technician())
            assert await bluez.bonded(ADDRESS)
            with times.of("retired"):
                await enrolling.retire("tensiometre")
        assert not await bluez.bonded(ADDRESS)
        assert enrolling.diagnoses() == ()
