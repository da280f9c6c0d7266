# SPDX-License-Identifier: Apache-2.0
"""Instruments that ask for no pairing, over the real bluetoothd."""

from datetime import timedelta
from decimal import Decimal

from device.codes import Metric
from device.instrument import InstrumentPhase
from tests.machine.kit.bluez import bluetooth
from tests.machine.kit.cart import OPEN_CUFF, OXIMETER, cart, values
from tests.machine.scenario import Times, scenario
from virtual.ble.cuff import Reading, VirtualCuff
from virtual.ble.oximeter import Finger, VirtualOximeter
from virtual.ble.pace import wall

READING = Reading(Decimal(132), Decimal(81), Decimal(98), Decimal(72))
OLDER = Reading(Decimal(150), Decimal(95), Decimal(113), Decimal(88))


@scenario()
async def a_cuff_measures_twice_and_hangs_up_each_time(times: Times) -> None:
    async with bluetooth() as (radio, _bluez), cart(OPEN_CUFF) as ear:
        cuff = VirtualCuff(radio)
        await cuff.start()
        cuff.clock.reset()
        for number, what in ((1, "first measurement"), (2, "second measurement")):
            with times.of(what):
                (frame,) = await cuff.measure(READING, seconds=0)
                arrival = await ear.arrived(number)
            assert values(arrival)[Metric.SYSTOLIC] == Decimal(132)
            assert arrival.provenance.frame == frame.hex()
            await ear.until(lambda: ear.phase(OPEN_CUFF) is InstrumentPhase.READY, "the cuff may rest")
        assert ear.arrivals[0].provenance.clock_set
        assert abs(cuff.clock.now() - wall()) < timedelta(seconds=30)


@scenario()
async def stored_readings_come_with_the_new_one_in_order(times: Times) -> None:
    async with bluetooth() as (radio, _bluez), cart(OPEN_CUFF) as ear:
        cuff = VirtualCuff(radio)
        await cuff.start()
        cuff.remember([(OLDER, wall() - timedelta(days=2)), (OLDER, wall() - timedelta(days=1))])
        with times.of("three readings"):
            sent = await cuff.measure(READING, seconds=0)
            await ear.arrived(3)
        assert [one.provenance.frame for one in ear.arrivals] == [frame.hex() for frame in sent]
        assert not any(one.live for one in ear.arrivals)
        assert {one.connection for one in ear.arrivals} == {ear.arrivals[0].connection}


@scenario()
async def an_oximeter_streams_until_its_battery_dies(times: Times) -> None:
    async with bluetooth() as (radio, _bluez), cart(OXIMETER) as ear:
        oximeter = VirtualOximeter(radio)
        with times.of("first value"):
            await oximeter.start()
            await oximeter.insert(Finger(Decimal(94), Decimal(77)))
            await ear.until(lambda: any(values(one)[Metric.SATURATION] == 94 for one in ear.arrivals), "a value")
        with times.of("noticed", within=3.0):
            await oximeter.stop()
            await ear.until(lambda: ear.phase(OXIMETER) is InstrumentPhase.ABSENT, "it has vanished")
