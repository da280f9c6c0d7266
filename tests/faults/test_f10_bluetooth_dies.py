# SPDX-License-Identifier: Apache-2.0
"""f10: the adapter or bluetoothd dies. Repair by itself, one calm line, nothing hangs, manual entry offered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from bleak.exc import BleakError

from device.ble import Ble
from device.ble.bluez import BlueZ
from device.clock import SystemClock
from device.instrument import InstrumentPhase
from tests.device.ble.bench import BRISK, OXIMETER, Bench, Listener, bench, registry
from tests.device.ble.bluez.fake import Daemon, private_bus, systemd
from virtual.ble.oximeter import Finger, VirtualOximeter
from virtual.ble.pace import brisk
from virtual.ble.radio import Radio

PACE = brisk(200)
FINGER = Finger(Decimal(96), Decimal(74))


@asynccontextmanager
async def worn(radio: Radio) -> AsyncIterator[VirtualOximeter]:
    oximeter = VirtualOximeter(radio, pace=PACE)
    await oximeter.start()
    oximeter.finger = FINGER
    try:
        yield oximeter
    finally:
        await oximeter.stop()


async def streaming(listener: Listener) -> None:
    seen = len(listener.arrivals)
    await listener.until(lambda: len(listener.arrivals) > seen)


async def test_f10_an_adapter_pulled_out_is_said_once_and_all_comes_back_with_it(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER, managed=True) as at, worn(at.radio):
        await streaming(at.listener)
        await at.radio.fail()
        await at.listener.until_phase(OXIMETER, InstrumentPhase.ABSENT)
        await at.listener.until(lambda: bool(at.listener.adapter))
        (error,) = at.listener.adapter
        assert error is not None
        assert (error.code, error.line) == (
            "BLE-07",
            "Le Bluetooth du chariot ne répond pas, il redémarre tout seul. Saisissez les mesures à la main.",
        )
        await at.radio.recover()
        await at.listener.until(lambda: at.listener.adapter[-1] is None)
        await streaming(at.listener)
        assert len(at.listener.adapter) == 2


class Cart:
    """The bus over a bluetoothd that can be killed; what it cannot do without it fails as bleak's would."""

    def __init__(self, radio: Radio, daemon: Daemon, address: str, folder: Path) -> None:
        self.listener = Listener()
        self._radio, self._daemon = radio, daemon
        self.ble = Ble(
            registry([OXIMETER], folder),
            SystemClock(trusted=True),
            self.listener.arrive,
            self.listener.change,
            client=radio.client,
            scanner=self._scanner,  # type: ignore[arg-type]  # a wrapper of it
            adapter=BlueZ(address),
            deadlines=BRISK,
            on_adapter=self.listener.adapt,
        )

    def _scanner(self, *arguments, **options):
        made = self._radio.scanner(*arguments, **options)
        if not self._daemon.bus.connected:
            made._backend.start = self._fail
        return made

    async def _fail(self) -> None:
        raise BleakError("org.freedesktop.DBus.Error.ServiceUnknown")


async def test_f10_a_bluetoothd_that_is_killed_is_restarted_through_systemd_and_no_link_hangs(tmp_path) -> None:
    async with private_bus(tmp_path) as address, Radio(supervision=0.1) as radio, worn(radio) as oximeter:
        daemon, restarted = Daemon(address), asyncio.Event()
        await daemon.start()
        async with systemd(address, restarted.set) as manager:
            cart = Cart(radio, daemon, address, tmp_path)
            running = asyncio.ensure_future(cart.ble.run())
            await cart.listener.until_phase(OXIMETER, InstrumentPhase.CONNECTED)
            await streaming(cart.listener)
            await daemon.kill()
            await cart.listener.until_phase(OXIMETER, InstrumentPhase.ABSENT)
            async with asyncio.timeout(10):
                await restarted.wait()
            assert manager.asked[0] == ("bluetooth.service", "replace")
            assert [error.code for error in cart.listener.adapter if error] == ["BLE-07"]
            await daemon.start()
            async with asyncio.timeout(10):
                await daemon.registered.wait()
            await cart.listener.until(lambda: cart.listener.adapter[-1] is None)
            await streaming(cart.listener)
            assert len(cart.listener.adapter) == 2
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            assert not oximeter.peripheral.connected
        await daemon.kill()


async def test_f10_cuffs_and_streams_of_a_dead_stack_end_with_the_cart(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER, managed=True) as at, worn(at.radio):
        await streaming(at.listener)
        await at.radio.fail()
        await ended(at)


async def ended(at: Bench) -> None:
    at.task.cancel()
    async with asyncio.timeout(5):
        await asyncio.gather(at.task, return_exceptions=True)
    assert at.task.cancelled()
