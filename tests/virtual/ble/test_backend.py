# SPDX-License-Identifier: Apache-2.0
"""bleak's public API over the virtual radio."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from bleak.backends.device import BLEDevice
from bleak.exc import BleakBluetoothNotAvailableError, BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError

from virtual.ble.gatt import full
from virtual.ble.peripheral import INDICATE, NOTIFY, READ, WRITE, Casing, LinkLost, Peripheral, Value
from virtual.ble.radio import Radio

SERVICE, STREAM, ASKED, TOLD = 0x1810, 0x2A5F, 0x2A35, 0x2A08
CASING = Casing("C0:00:00:00:00:42", "Thing", (SERVICE,))


class Thing:
    def __init__(self, radio: Radio, casing: Casing = CASING) -> None:
        self.told = b"\x07"
        values = (
            Value(SERVICE, STREAM, NOTIFY),
            Value(SERVICE, ASKED, INDICATE),
            Value(SERVICE, TOLD, READ | WRITE, lambda: self.told, self._tell),
        )
        self.peripheral = Peripheral(radio, casing, values)

    def _tell(self, data: bytes) -> None:
        self.told = data


@pytest.fixture
async def radio() -> AsyncIterator[Radio]:
    async with Radio(supervision=0.05) as room:
        yield room


@pytest.fixture
async def thing(radio) -> AsyncIterator[Thing]:
    made = Thing(radio)
    await made.peripheral.power_on()
    await made.peripheral.advertise()
    yield made
    await made.peripheral.power_off()


async def found(radio: Radio) -> BLEDevice:
    seen: asyncio.Queue[BLEDevice] = asyncio.Queue()
    scanner = radio.scanner(lambda device, _data: seen.put_nowait(device), [full(SERVICE)])
    async with scanner, asyncio.timeout(5):
        return await seen.get()


@pytest.mark.usefixtures("thing")
async def test_a_scan_tells_name_address_and_services(radio) -> None:
    heard = asyncio.get_running_loop().create_future()
    scanner = radio.scanner(lambda device, data: heard.done() or heard.set_result((device, data)))
    async with scanner:
        device, data = await asyncio.wait_for(heard, 5)
    assert (device.address, device.name) == ("C0:00:00:00:00:42", "Thing")
    assert full(SERVICE) in data.service_uuids


@pytest.mark.usefixtures("thing")
async def test_a_scan_for_another_service_hears_nothing(radio) -> None:
    scanner = radio.scanner(lambda _device, _data: pytest.fail("heard"), [full(0x1822)])
    async with scanner:
        await found(radio)
    assert scanner.discovered_devices == []


async def test_values_are_discovered_read_and_written(radio, thing) -> None:
    async with radio.client(await found(radio)) as client:
        told = client.services.get_characteristic(full(TOLD))
        assert told is not None
        assert told.properties == ["read", "write"]
        assert await client.read_gatt_char(told) == b"\x07"
        await client.write_gatt_char(told, b"\x09\x08", response=True)
        assert thing.told == b"\x09\x08"
        assert client.mtu_size == 247


async def test_notifications_and_indications_arrive_in_order(radio, thing) -> None:
    async with radio.client(await found(radio)) as client:
        got: list[bytes] = []
        for number in (STREAM, ASKED):
            await client.start_notify(full(number), lambda _characteristic, data: got.append(bytes(data)))
        await thing.peripheral.send(ASKED, b"1")
        await thing.peripheral.send(STREAM, b"2")
        await thing.peripheral.send(ASKED, b"3")
        assert got == [b"1", b"2", b"3"]
        await client.stop_notify(full(ASKED))
        with pytest.raises(LinkLost):
            await thing.peripheral.send(ASKED, b"4")


async def test_a_peripheral_that_hangs_up_is_told_at_once(radio, thing) -> None:
    gone = asyncio.Event()
    client = radio.client(await found(radio), lambda _client: gone.set())
    await client.connect()
    await thing.peripheral.hang_up()
    await asyncio.wait_for(gone.wait(), 1)
    assert not client.is_connected
    with pytest.raises(BleakError):
        await client.read_gatt_char(full(TOLD))
    await client.disconnect()


async def test_a_peripheral_that_dies_is_noticed_after_the_supervision_timeout(radio, thing) -> None:
    gone = asyncio.Event()
    client = radio.client(await found(radio), lambda _client: gone.set())
    await client.connect()
    await thing.peripheral.power_off()
    assert client.is_connected
    await asyncio.wait_for(gone.wait(), 1)
    assert not client.is_connected


async def test_a_read_of_a_peripheral_that_dies_fails_with_the_link(radio, thing) -> None:
    client = radio.client(await found(radio))
    await client.connect()
    await thing.peripheral.power_off()
    with pytest.raises(BleakError):
        await asyncio.wait_for(client.read_gatt_char(full(TOLD)), 2)


@pytest.mark.usefixtures("thing")
async def test_a_handle_that_does_not_exist_is_a_protocol_error(radio) -> None:
    async with radio.client(await found(radio)) as client:
        told = client.services.get_characteristic(full(TOLD))
        assert told is not None
        told._handle = 0x0FFF
        with pytest.raises(BleakGATTProtocolError):
            await client.read_gatt_char(told)


async def test_nobody_there_is_a_timeout_and_the_next_attempt_works(radio, thing) -> None:
    device = await found(radio)
    await thing.peripheral.hush()
    with pytest.raises(TimeoutError):
        await radio.client(device, timeout=0.1).connect()
    await thing.peripheral.advertise()
    async with radio.client(device, timeout=5) as client:
        assert client.is_connected


async def test_a_cancelled_attempt_leaves_the_adapter_free(radio, thing) -> None:
    device = await found(radio)
    await thing.peripheral.hush()
    attempt = asyncio.ensure_future(radio.client(device, timeout=5).connect())
    await asyncio.sleep(0.02)
    with pytest.raises(BleakError, match="InProgress"):
        await radio.client(device, timeout=5).connect()
    attempt.cancel()
    with pytest.raises(asyncio.CancelledError):
        await attempt
    await thing.peripheral.advertise()
    async with radio.client(device, timeout=5) as client:
        assert client.is_connected


async def test_an_address_that_was_never_seen_is_not_found(radio) -> None:
    with pytest.raises(BleakDeviceNotFoundError):
        await radio.client("C0:00:00:00:00:43").connect()


async def test_without_an_adapter_nothing_starts(radio) -> None:
    await radio.fail()
    with pytest.raises(BleakBluetoothNotAvailableError):
        await radio.scanner().start()
    with pytest.raises(BleakError, match="NotReady"):
        await radio.client("C0:00:00:00:00:42").connect()
    await radio.recover()
    async with radio.scanner():
        pass


async def test_an_adapter_that_fails_drops_links_on_both_sides(radio, thing) -> None:
    gone = asyncio.Event()
    client = radio.client(await found(radio), lambda _client: gone.set())
    await client.connect()
    await radio.fail()
    await asyncio.wait_for(gone.wait(), 1)
    async with asyncio.timeout(1):
        await thing.peripheral.until(lambda: not thing.peripheral.connected)


async def test_a_locked_characteristic_pairs_and_the_bond_is_kept(radio) -> None:
    thing = Thing(radio, replace(CASING, bond=True))
    await thing.peripheral.power_on()
    for _ in range(2):
        await thing.peripheral.advertise()
        async with radio.client(await found(radio)) as client:
            await client.start_notify(full(ASKED), lambda _characteristic, _data: None)
            assert thing.peripheral.listens(ASKED)
        async with asyncio.timeout(1):
            await thing.peripheral.until(lambda: not thing.peripheral.connected)
    await thing.peripheral.power_off()


@pytest.mark.usefixtures("thing")
async def test_two_scans_share_the_adapter(radio) -> None:
    async with radio.scanner():
        await found(radio)
        await found(radio)
