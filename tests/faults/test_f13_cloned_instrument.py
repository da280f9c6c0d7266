# SPDX-License-Identifier: Apache-2.0
"""f13: an instrument of the same name, services and serial number that was never enrolled."""

from decimal import Decimal

import pytest

from device.instrument import InstrumentPhase
from tests.device.ble.bench import CUFF, OXIMETER, bench
from virtual.ble.cuff import Reading, VirtualCuff
from virtual.ble.outbox import Undelivered
from virtual.ble.oximeter import VirtualOximeter
from virtual.ble.pace import brisk

PACE = brisk(200)
CLONE = "DE:AD:BE:EF:00:01"
READING = Reading(Decimal(132), Decimal(81), Decimal(98), Decimal(72))
EVIL = Reading(Decimal(222), Decimal(111), Decimal(148), Decimal(180))


async def test_f13_the_clone_is_never_connected_and_ours_still_is(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        cuff = VirtualCuff(at.radio, pace=PACE)
        clone = cuff.clone(CLONE)
        assert clone.peripheral.casing.name == cuff.peripheral.casing.name
        assert clone.peripheral.casing.announced == cuff.peripheral.casing.announced
        await cuff.start()
        await clone.start()
        clone.outbox.window = 1.0
        with pytest.raises(Undelivered):
            await clone.measure(EVIL)
        await cuff.measure(READING)
        await at.listener.until(lambda: bool(at.listener.arrivals))
        assert [a.measurements[0].value for a in at.listener.arrivals] == [Decimal(132)]


async def test_f13_a_cloned_stream_beside_ours_is_not_heard(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        clone = oximeter.clone(CLONE)
        await clone.start()
        await oximeter.start()
        await at.listener.until_phase(OXIMETER, InstrumentPhase.CONNECTED)
        assert oximeter.peripheral.connected
        assert not clone.peripheral.connected
        await oximeter.stop()
        await clone.stop()


async def test_f13_a_clone_that_takes_our_address_but_not_our_serial_number_is_refused(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        cuff = VirtualCuff(at.radio, pace=PACE, identity=VirtualCuff(at.radio).identity._replace(serial="666"))
        await cuff.start()
        cuff.outbox.window = 1.0
        with pytest.raises(Undelivered):
            await cuff.measure(EVIL)
        assert at.listener.arrivals == []
        (refusal, *_) = [state for state in at.listener.states if state.phase is InstrumentPhase.FAULT]
        assert refusal.code == "BLE-06"
        assert refusal.line == (
            "Ce n’est pas le tensiomètre enregistré sur ce chariot : il est refusé. Prévenez le technicien."
        )
