# SPDX-License-Identifier: Apache-2.0
"""Adapters that fail, instruments that break off, identities that do not fit."""

import asyncio
from decimal import Decimal

import msgspec
import pytest
from bleak.exc import BleakError

from device.ble import Ble
from device.clock import SystemClock
from device.instrument import InstrumentPhase
from tests.device.ble.bench import BRISK, CUFF, OXIMETER, Listener, bench, registry
from virtual.ble.cuff import UA_651, Reading, VirtualCuff
from virtual.ble.outbox import Undelivered
from virtual.ble.oximeter import CONTINUOUS, Finger, VirtualOximeter
from virtual.ble.pace import brisk
from virtual.ble.radio import Radio

PACE = brisk(200)
READING = Reading(Decimal(132), Decimal(81), Decimal(98), Decimal(72))


async def test_scanning_starts_again_when_the_adapter_comes_back(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        cuff = VirtualCuff(at.radio, pace=PACE)
        await cuff.start()
        await at.radio.fail()
        await at.listener.until(lambda: bool(at.listener.adapter))
        assert at.listener.adapter[0] is not None
        assert at.listener.adapter[0].code == "BLE-07"
        await at.radio.recover()
        await at.listener.until(lambda: at.listener.adapter[-1] is None)
        await cuff.measure(READING)
        await at.listener.until(lambda: bool(at.listener.arrivals))


async def test_a_stream_comes_back_after_the_adapter_did(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        await oximeter.start()
        await oximeter.insert(Finger(Decimal(96), Decimal(74)))
        await at.radio.fail()
        await at.listener.until_phase(OXIMETER, InstrumentPhase.ABSENT)
        await at.radio.recover()
        await at.listener.until_phase(OXIMETER, InstrumentPhase.CONNECTED)
        seen = len(at.listener.arrivals)
        await at.listener.until(lambda: len(at.listener.arrivals) > seen)
        assert at.listener.arrivals[-1].connection > 1
        await oximeter.stop()


async def test_an_adapter_that_never_works_is_said_once_and_tried_again_and_again(tmp_path) -> None:
    attempts: list[int] = []
    enough = asyncio.Event()

    class NoScanner:
        def __init__(self, *_arguments) -> None: ...

        async def start(self) -> None:
            attempts.append(len(attempts))
            if len(attempts) == 7:
                enough.set()
            raise BleakError("org.bluez.Error.NotReady")

        async def stop(self) -> None: ...

    listener = Listener()
    ble = Ble(
        registry([CUFF], tmp_path),
        SystemClock(trusted=True),
        listener.arrive,
        listener.change,
        scanner=NoScanner,  # type: ignore[arg-type]  # a stand-in for bleak's
        deadlines=BRISK,
        on_adapter=listener.adapt,
    )
    task = asyncio.ensure_future(ble.run())
    async with asyncio.timeout(10):
        await enough.wait()
    assert [error.code for error in listener.adapter if error is not None] == ["BLE-07"]
    assert len(listener.adapter) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_scan_that_hangs_is_given_up(tmp_path) -> None:
    class StuckScanner:
        def __init__(self, *_arguments) -> None: ...

        async def start(self) -> None:
            await asyncio.Event().wait()

        async def stop(self) -> None:
            await asyncio.Event().wait()

    listener = Listener()
    deadlines = BRISK.__class__(scan=0.05, first=0.01)
    ble = Ble(
        registry([CUFF], tmp_path),
        SystemClock(trusted=True),
        listener.arrive,
        listener.change,
        scanner=StuckScanner,  # type: ignore[arg-type]  # likewise
        deadlines=deadlines,
        on_adapter=listener.adapt,
    )
    task = asyncio.ensure_future(ble.run())
    await listener.until(lambda: bool(listener.adapter))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_instrument_with_another_serial_number_is_refused(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        cuff = VirtualCuff(at.radio, pace=PACE, identity=UA_651._replace(serial="666"))
        await cuff.start()
        cuff.outbox.window = 1.5
        with pytest.raises(Undelivered):
            await cuff.measure(READING)
        (refusal, *_) = [state for state in at.listener.states if state.phase is InstrumentPhase.FAULT]
        assert refusal.code == "BLE-06"
        assert at.listener.arrivals == []


async def test_a_bond_that_the_instrument_forgot_is_told_apart(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        cuff = VirtualCuff(at.radio, pace=PACE, bond=True)
        await cuff.start()
        await cuff.measure(READING)
        await at.listener.until_phase(CUFF, InstrumentPhase.READY)
        await cuff.stop()
        reset = VirtualCuff(at.radio, pace=PACE, bond=True)
        await reset.start()
        advertising = asyncio.ensure_future(advertise_again_and_again(reset))
        state = await at.listener.until_phase(CUFF, InstrumentPhase.FAULT)
        assert state.code == "BLE-09"
        assert state.line == "Le tensiomètre et le chariot ne se reconnaissent plus. Prévenez le technicien."
        advertising.cancel()
        await reset.stop()


async def advertise_again_and_again(cuff: VirtualCuff) -> None:
    while True:
        await cuff.peripheral.advertise()
        await cuff.peripheral.until(lambda: cuff.peripheral.connected)
        await cuff.peripheral.until(lambda: not cuff.peripheral.connected)


async def test_a_link_lost_during_the_connection_is_tried_again(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        cuff = VirtualCuff(at.radio, pace=PACE)
        await cuff.start()
        cuff.outbox.kept.append(b"\x16" + bytes(17))
        await cuff.peripheral.advertise()
        await cuff.peripheral.until(lambda: cuff.peripheral.connected)
        await cuff.stop()
        await at.listener.until(lambda: len(at.listener.phases(CUFF)) >= 3)
        assert at.listener.phases(CUFF)[:3] == [
            InstrumentPhase.READY,
            InstrumentPhase.CONNECTING,
            InstrumentPhase.READY,
        ]
        cuff.outbox.kept.clear()
        await cuff.start()
        await cuff.measure(READING)
        await at.listener.until(lambda: bool(at.listener.arrivals))


async def test_a_garbled_frame_is_said_and_the_next_good_one_clears_it(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        await oximeter.start()
        await oximeter.insert(Finger(Decimal(96), Decimal(74)))
        await oximeter.peripheral.send(CONTINUOUS, b"\x1c\x01")
        await at.listener.until(lambda: any(state.code == "FRM-01" for state in at.listener.states))
        await at.listener.until(lambda: at.listener.state(OXIMETER).code == "")
        assert at.listener.state(OXIMETER).phase is InstrumentPhase.CONNECTED
        await oximeter.stop()


async def test_a_bus_without_instruments_waits_and_ends(tmp_path) -> None:
    listener = Listener()
    async with Radio() as radio:
        ble = Ble(
            registry([], tmp_path),
            SystemClock(trusted=True),
            listener.arrive,
            listener.change,
            client=radio.client,
            scanner=radio.scanner,
        )
        task = asyncio.ensure_future(ble.run())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_stream_that_stops_while_its_link_stands_is_a_fault_and_comes_back(tmp_path) -> None:
    deadlines = msgspec.structs.replace(BRISK, mute=0.3)
    async with bench(tmp_path, OXIMETER, deadlines=deadlines) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        await oximeter.start()
        await oximeter.insert(Finger(Decimal(96), Decimal(74)))
        oximeter.stuck = True
        state = await at.listener.until_phase(OXIMETER, InstrumentPhase.FAULT)
        assert (state.code, state.line) == ("BLE-10", "L’oxymètre n’envoie plus rien. Éteignez-le et rallumez-le.")
        oximeter.stuck = False
        seen = len(at.listener.arrivals)
        await at.listener.until(lambda: len(at.listener.arrivals) > seen)
        assert at.listener.arrivals[-1].connection > 1
        await oximeter.stop()


async def test_an_oximeter_without_a_finger_may_fall_silent(tmp_path) -> None:
    deadlines = msgspec.structs.replace(BRISK, mute=0.1)
    async with bench(tmp_path, OXIMETER, deadlines=deadlines) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        await oximeter.start()
        await oximeter.insert(Finger(Decimal(96), Decimal(74)))
        await oximeter.remove()
        await at.listener.until(lambda: at.listener.arrivals[-1].measurements[0].value is None)
        oximeter.stuck = True
        with pytest.raises(TimeoutError):
            await at.listener.until_phase(OXIMETER, InstrumentPhase.FAULT, patience=0.4)
        assert at.listener.state(OXIMETER).phase is InstrumentPhase.CONNECTED
        await oximeter.stop()
