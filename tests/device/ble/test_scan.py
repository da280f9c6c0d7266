# SPDX-License-Identifier: Apache-2.0
"""Silence: a cuff asleep is none, a room that was full of strangers and is dead quiet is one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from device.ble.adapter import Health, Unmanaged
from device.ble.ladder import Repair
from device.ble.recovery import Recovery
from device.ble.scan import Scan, Sighting
from device.ble.timing import Deadlines
from device.errors import InstrumentError

CUFF, STRANGER = "C0:00:00:00:18:10", "C0:00:00:00:00:99"
SERVICE = "00001810-0000-1000-8000-00805f9b34fb"
QUICK = Deadlines(silence=0.05, probe=0.05, first=0.01, settle=0.01, retry=0.05)


class Stack(Unmanaged):
    """Counts the repairs."""

    def __init__(self) -> None:
        super().__init__()
        self.state = Health.READY
        self.done: list[str] = []
        self.healed = lambda: None

    async def health(self) -> Health:
        return self.state

    async def power_cycle(self) -> None:
        self.done.append("power-cycle")
        self.healed()

    async def restart(self) -> None:
        self.done.append("restart")

    def renew(self) -> None:
        self.done.append("renew")


class Air:
    """A scanner's world: who advertises the moment a scan begins. ``scans`` are the filters of the scans so far."""

    def __init__(self) -> None:
        self.strangers = False
        self.cuff = False
        self.broken = False
        self.scans: list[list[str] | None] = []
        self.changed = asyncio.Event()

    def scanner(self, heard, services):
        return _Scanner(self, heard, services)

    async def until(self, true) -> None:
        async with asyncio.timeout(10):
            while not true():
                self.changed.clear()
                await self.changed.wait()


class _Scanner:
    def __init__(self, air: Air, heard, services) -> None:
        self._air, self._heard, self._services = air, heard, services

    async def start(self) -> None:
        self._air.scans.append(self._services)
        self._air.changed.set()
        if self._air.broken:
            raise BleakError("org.bluez.Error.NotReady")
        data = AdvertisementData("", {}, {}, [], None, -60, ())
        if self._air.cuff:
            self._heard(BLEDevice(CUFF, "cuff", None), data)
        if self._air.strangers and self._services is None:
            self._heard(BLEDevice(STRANGER, "phone", None), data)

    async def stop(self) -> None: ...


class Bench:
    def __init__(self) -> None:
        self.air, self.stack = Air(), Stack()
        self.told: list[InstrumentError | None] = []
        self.linked = False
        self.recovery = Recovery(self.stack, lambda: self.linked, self.tell, QUICK)
        self.sighting = Sighting()
        self.scan = Scan({CUFF: self.sighting}, self.air.scanner, self.recovery, QUICK)  # type: ignore[arg-type]  # a stand-in for bleak's

    def tell(self, error: InstrumentError | None) -> None:
        self.told.append(error)
        self.air.changed.set()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with running() as at:
        yield at


@asynccontextmanager
async def running() -> AsyncIterator[Bench]:
    at = Bench()
    at.scan.listen_for([SERVICE])
    task = asyncio.ensure_future(at.scan.run())
    try:
        yield at
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()


async def test_silence_widens_the_scan_and_is_nobodys_fault(bench) -> None:
    await bench.air.until(lambda: len(bench.air.scans) >= 8)
    assert bench.air.scans[:4] == [[SERVICE], None, [SERVICE], None]
    assert bench.told == []
    assert bench.stack.done == []


async def test_a_cuff_that_went_to_sleep_is_no_fault(bench) -> None:
    bench.air.cuff = True
    await bench.air.until(lambda: len(bench.air.scans) >= 3)
    bench.air.cuff = False
    seen = len(bench.air.scans)
    await bench.air.until(lambda: len(bench.air.scans) >= seen + 6)
    assert bench.told == []
    assert bench.stack.done == []


async def test_strangers_show_that_the_air_is_heard(bench) -> None:
    bench.air.strangers = True
    await bench.air.until(lambda: len(bench.air.scans) >= 8)
    assert bench.stack.done == []


async def test_a_room_full_of_strangers_that_falls_silent_is_mended_and_then_believed(bench) -> None:
    bench.air.strangers = True
    await bench.air.until(lambda: len(bench.air.scans) >= 4)
    bench.air.strangers = False
    await bench.air.until(lambda: len(bench.stack.done) == 2)
    assert bench.stack.done == ["power-cycle", "restart"]
    await bench.air.until(lambda: bench.told[-1:] == [None])
    (error, _well) = bench.told
    assert error is not None
    assert error.code == "BLE-07"
    seen = len(bench.air.scans)
    await bench.air.until(lambda: len(bench.air.scans) >= seen + 6)
    assert bench.stack.done == ["power-cycle", "restart"]
    assert len(bench.told) == 2


async def test_an_adapter_that_hears_again_after_its_power_cycle_is_well_and_nothing_was_said(bench) -> None:
    bench.air.strangers = True
    await bench.air.until(lambda: len(bench.air.scans) >= 4)
    bench.air.strangers = False
    bench.stack.healed = lambda: setattr(bench.air, "strangers", True)
    await bench.air.until(lambda: bench.stack.done == ["power-cycle"])
    seen = len(bench.air.scans)
    await bench.air.until(lambda: len(bench.air.scans) >= seen + 4)
    assert bench.stack.done == ["power-cycle"]
    assert bench.told == []


async def test_silence_is_no_fault_while_a_link_works(bench) -> None:
    bench.linked = True
    bench.air.strangers = True
    await bench.air.until(lambda: len(bench.air.scans) >= 4)
    bench.air.strangers = False
    seen = len(bench.air.scans)
    await bench.air.until(lambda: len(bench.air.scans) >= seen + 6)
    assert bench.stack.done == []
    assert bench.told == []


async def test_one_failed_call_is_not_worth_a_word(bench) -> None:
    bench.air.broken = True
    seen = len(bench.air.scans)
    bench.scan.listen_for(["other"])
    await bench.air.until(lambda: len(bench.air.scans) > seen)
    bench.air.broken = False
    await bench.air.until(lambda: len(bench.air.scans) > seen + 1)
    assert bench.told == []


async def test_a_stack_that_died_is_forgotten_before_it_is_asked_again(bench) -> None:
    await bench.air.until(lambda: bool(bench.air.scans))
    bench.stack.state = Health.DEAD
    bench.air.broken = True
    bench.recovery.told(Health.DEAD)
    bench.scan.fail("the stack is dead")
    await bench.air.until(lambda: bool(bench.told))
    assert bench.stack.done[0] == "renew"
    bench.stack.state = Health.READY
    bench.air.broken = False
    bench.recovery.told(Health.READY)
    await bench.air.until(lambda: bench.told[-1] is None)
    assert Repair.RESCAN not in bench.recovery.steps


async def test_a_bluetoothd_that_came_back_within_a_blink_is_forgotten_too(bench) -> None:
    await bench.air.until(lambda: bool(bench.air.scans))
    bench.recovery.told(Health.DEAD)
    bench.scan.fail("the stack is dead")
    bench.recovery.told(Health.READY)
    seen = len(bench.air.scans)
    await bench.air.until(lambda: len(bench.air.scans) > seen)
    assert bench.stack.done == ["renew"]


async def test_with_nobody_to_listen_for_nothing_is_scanned() -> None:
    at = Bench()
    task = asyncio.ensure_future(at.scan.run())
    await asyncio.sleep(0)
    assert at.air.scans == []
    heard: list[str] = []
    at.air.strangers = True
    with at.scan.everything(lambda device, _data: heard.append(device.address)):
        await at.air.until(lambda: bool(at.air.scans))
    assert at.air.scans[0] is None
    assert heard == [STRANGER]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
