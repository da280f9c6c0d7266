# SPDX-License-Identifier: Apache-2.0
"""f20: connected with no services, or with a cache that lies about them."""

import asyncio
from decimal import Decimal

from bumble.keys import PairingKeys

from device.instrument import InstrumentPhase
from tests.device.ble.bench import CUFF, OXIMETER, bench
from virtual.ble.cuff import UA_651, Reading, VirtualCuff
from virtual.ble.hostile import lie
from virtual.ble.oximeter import Finger, VirtualOximeter
from virtual.ble.pace import brisk
from virtual.ble.peripheral import INDICATE, Peripheral, Value

PACE = brisk(200)
READING = Reading(Decimal(132), Decimal(81), Decimal(98), Decimal(72))


async def keep_advertising(peripheral: Peripheral) -> None:
    while True:
        await peripheral.advertise()
        await peripheral.until(lambda: peripheral.connected)
        await peripheral.until(lambda: not peripheral.connected)


async def test_f20_no_services_is_an_error_with_retries_and_then_it_works(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        cuff = VirtualCuff(at.radio, pace=PACE)
        real = cuff.peripheral.values
        await lie(cuff.peripheral, ())
        advertising = asyncio.ensure_future(keep_advertising(cuff.peripheral))
        state = await at.listener.until_phase(CUFF, InstrumentPhase.FAULT)
        assert (state.code, state.line) == (
            "BLE-02",
            "Le tensiomètre s’est mal connecté. Éteignez-le et rallumez-le, nouvel essai dans un instant.",
        )
        attempts = at.listener.phases(CUFF).count(InstrumentPhase.CONNECTING)
        await at.listener.until(lambda: at.listener.phases(CUFF).count(InstrumentPhase.CONNECTING) > attempts)
        advertising.cancel()
        await lie(cuff.peripheral, real)
        await cuff.measure(READING)
        await at.listener.until(lambda: bool(at.listener.arrivals))
        assert at.listener.state(CUFF).code == ""


async def test_f20_services_that_are_not_the_models_are_the_same_error(tmp_path) -> None:
    async with bench(tmp_path, CUFF) as at:
        peripheral = Peripheral(at.radio, VirtualCuff(at.radio).peripheral.casing, UA_651.values())
        await peripheral.power_on()
        advertising = asyncio.ensure_future(keep_advertising(peripheral))
        assert (await at.listener.until_phase(CUFF, InstrumentPhase.FAULT)).code == "BLE-02"
        advertising.cancel()
        await peripheral.power_off()


async def test_f20_a_cache_that_lies_is_dropped_by_the_cart_itself(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER, caching=True, managed=True) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        real = oximeter.peripheral.values
        await lie(oximeter.peripheral, (Value(0x1801, 0x2A05, INDICATE), *real))
        await oximeter.start()
        await at.listener.until_phase(OXIMETER, InstrumentPhase.CONNECTED)
        await oximeter.stop()
        await lie(oximeter.peripheral, real)
        await oximeter.start()
        await oximeter.insert(Finger(Decimal(96), Decimal(74)))
        await at.listener.until(lambda: any(one.measurements[0].value == Decimal(96) for one in at.listener.arrivals))
        assert at.listener.state(OXIMETER).code == ""
        await oximeter.stop()


async def test_f20_what_a_bond_hangs_on_is_not_dropped(tmp_path) -> None:
    async with bench(tmp_path, CUFF, managed=True) as at:
        cuff = VirtualCuff(at.radio, pace=PACE)
        await at.radio.adapter.keystore.update(CUFF.address, PairingKeys())
        await lie(cuff.peripheral, ())
        advertising = asyncio.ensure_future(keep_advertising(cuff.peripheral))
        assert (await at.listener.until_phase(CUFF, InstrumentPhase.FAULT)).code == "BLE-02"
        assert [one.bonded for one in await at.ble.adapter.known() if one.address == CUFF.address] == [True]
        advertising.cancel()
        await cuff.stop()


async def test_f20_a_cache_that_lies_is_an_error_and_works_once_it_is_dropped(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER, caching=True) as at:
        oximeter = VirtualOximeter(at.radio, pace=PACE)
        await oximeter.start()
        await at.listener.until_phase(OXIMETER, InstrumentPhase.CONNECTED)
        await oximeter.stop()
        real = oximeter.peripheral.values
        await lie(oximeter.peripheral, real[:1])
        await oximeter.start()
        state = await at.listener.until_phase(OXIMETER, InstrumentPhase.FAULT)
        assert state.code == "BLE-03"
        assert {arrival.connection for arrival in at.listener.arrivals} <= {1}
        await oximeter.stop()
        await lie(oximeter.peripheral, real)
        at.radio.cache.clear()
        await oximeter.start()
        await oximeter.insert(Finger(Decimal(96), Decimal(74)))
        await at.listener.until(lambda: any(one.measurements[0].value == Decimal(96) for one in at.listener.arrivals))
        await oximeter.stop()
