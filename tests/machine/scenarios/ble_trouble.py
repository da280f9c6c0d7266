# SPDX-License-Identifier: Apache-2.0
"""What breaks under a running cart: bluetoothd, the adapter, the cart itself."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

from tests.machine.kit.adapter import KernelRadio
from tests.machine.kit.apart import apart
from tests.machine.kit.bluez import bluetooth
from tests.machine.kit.cart import OXIMETER, Ear, cart
from tests.machine.scenario import Times, scenario
from virtual.ble.oximeter import Finger, VirtualOximeter

FINGER = Finger(Decimal(94), Decimal(77))


@asynccontextmanager
async def worn(radio: KernelRadio) -> AsyncIterator[VirtualOximeter]:
    """An oximeter on a finger."""
    oximeter = VirtualOximeter(radio)
    await oximeter.start()
    oximeter.finger = FINGER
    yield oximeter


async def streaming(ear: Ear, seconds: float = 60.0) -> None:
    """Wait until new numbers come, whatever came before."""
    before = len(ear.arrivals)
    numbers = [one.value for arrival in ear.arrivals[before:] for one in arrival.measurements]
    await ear.until(lambda: len(ear.arrivals) > before + 4, f"numbers come ({len(numbers)})", seconds)


@scenario()
async def bluetoothd_killed_while_connected_recovers(times: Times) -> None:
    async with bluetooth() as (radio, bluez), worn(radio), cart(OXIMETER) as ear:
        await streaming(ear)
        await bluez.kill()
        with times.of("recovered", within=30.0):
            await streaming(ear)


@scenario()
async def an_adapter_pulled_out_and_back_recovers(times: Times) -> None:
    async with bluetooth() as (radio, _bluez), worn(radio), cart(OXIMETER) as ear:
        await streaming(ear)
        await radio.fail()
        with times.of("noticed", within=30.0):
            await ear.until(lambda: bool(ear.adapter) and ear.adapter[-1] is not None, "the adapter is said to be gone")
        await radio.recover()
        with times.of("recovered", within=30.0):
            await streaming(ear)
            await ear.until(lambda: ear.adapter[-1] is None, "the adapter is said to work")


@scenario()
async def a_cart_killed_while_connected_connects_again(times: Times) -> None:
    async def doomed(report: Callable[[Any], None]) -> None:
        async with cart(OXIMETER) as ear:
            await streaming(ear)
            report("streaming")
            await ear.until(lambda: False, "killed", 600)

    async with bluetooth() as (radio, _bluez), worn(radio):
        async with apart(doomed) as first:
            assert await first.report(90) == "streaming"
            await first.kill()
        with times.of("connected", within=20.0):
            async with cart(OXIMETER) as ear:
                await ear.arrived(1, 40)
