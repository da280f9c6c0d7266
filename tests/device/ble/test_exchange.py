# SPDX-License-Identifier: Apache-2.0
"""Requests that an instrument answers: records first, the answer last, over the virtual radio."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from device.ble.exchange import ROOM, Exchange, Flood, Lost
from device.ble.link import GattLink, connected
from device.ble.memory import Memory
from device.ble.timing import Deadlines
from device.clock import SystemClock
from device.codes import Metric
from device.driver import Frame
from device.errors import InstrumentError
from device.measurement import Measurement
from device.registry import Maturity, Model, StoredPolicy
from device.wire import sig_uuid
from virtual.ble.peripheral import INDICATE, NOTIFY, WRITE, Casing, Peripheral, Value
from virtual.ble.radio import Radio

RECORD, CONTROL = 0x2A18, 0x2A52
METER = Model(
    id="meter",
    label="Meter",
    kind="Lecteur de glycémie",
    driver="none",
    services=("1808",),
    characteristics=("2a18",),
    metrics=(Metric.SATURATION,),
    stored=StoredPolicy.ALL,
    maturity=Maturity.VIRTUAL,
)
DEADLINES = Deadlines(answer=0.2)


class Meter:
    """Answers each request with its records and then with what was asked, unless it is mute."""

    def __init__(self, radio: Radio, records: list[bytes], *, mute: bool = False) -> None:
        self.requests: list[bytes] = []
        self._records, self._mute = records, mute
        self._answering: set[asyncio.Task[None]] = set()
        values = (Value(0x1808, RECORD, NOTIFY), Value(0x1808, CONTROL, WRITE | INDICATE, write=self._asked))
        self.peripheral = Peripheral(radio, Casing("C0:00:00:00:18:08", "meter", (0x1808,)), values)

    def _asked(self, data: bytes) -> None:
        self.requests.append(data)
        if not self._mute:
            self._answering.add(asyncio.ensure_future(self._answer(data)))

    async def _answer(self, data: bytes) -> None:
        for record in self._records:
            await self.peripheral.send(RECORD, record)
        await self.peripheral.send(CONTROL, b"\x06" + data)


@asynccontextmanager
async def linked(radio: Radio, meter: Meter) -> AsyncIterator[GattLink]:
    await meter.peripheral.power_on()
    await meter.peripheral.advertise()
    device = await radio.scanner.func.find_device_by_address(
        meter.peripheral.casing.address, timeout=5.0, **radio.scanner.keywords
    )
    assert device is not None
    held: list[GattLink] = []

    def gone() -> None:
        for one in held:
            one.lose()

    opening = connected(device, METER, radio.client, gone, asyncio.Lock(), DEADLINES)
    async with opening as client:
        held.append(GattLink(client, METER, SystemClock(trusted=True), DEADLINES))
        yield held[0]
    await meter.peripheral.power_off()


async def test_the_records_come_in_order_and_the_answer_ends_them() -> None:
    async with Radio() as radio:
        meter = Meter(radio, [b"\x01", b"\x02", b"\x03"])
        async with linked(radio, meter) as link:
            heard: list[bytes] = []
            await link.subscribe(sig_uuid(RECORD), heard.append)
            answer = await link.ask(
                sig_uuid(CONTROL), b"\x01\x01", answer=sig_uuid(CONTROL), gather=(sig_uuid(RECORD),)
            )
            assert answer.data == b"\x06\x01\x01"
            assert answer.gathered == tuple(Frame(sig_uuid(RECORD), bytes([n])) for n in (1, 2, 3))
            assert heard == []
            await meter.peripheral.send(RECORD, b"\x09")
            again = await link.ask(sig_uuid(CONTROL), b"\x04\x01", answer=sig_uuid(CONTROL))
            assert again == (b"\x06\x04\x01", ())
            assert heard == [b"\x09", b"\x01", b"\x02", b"\x03"]
            assert meter.requests == [b"\x01\x01", b"\x04\x01"]


async def test_no_answer_is_an_error_within_its_deadline() -> None:
    async with Radio() as radio:
        meter = Meter(radio, [], mute=True)
        async with linked(radio, meter) as link:
            with pytest.raises(InstrumentError) as caught:
                await link.ask(sig_uuid(CONTROL), b"\x01", answer=sig_uuid(CONTROL))
            assert caught.value.code == "BLE-03"


async def test_a_hang_up_ends_the_request_before_its_deadline() -> None:
    exchange = Exchange("answer", ())
    waiting = asyncio.ensure_future(exchange.settled(60.0))
    await asyncio.sleep(0)
    exchange.lose()
    with pytest.raises(Lost):
        await asyncio.wait_for(waiting, 1.0)


async def test_what_is_asked_of_a_characteristic_that_is_not_there_is_an_error() -> None:
    async with Radio() as radio, linked(radio, Meter(radio, [])) as link:
        with pytest.raises(InstrumentError) as caught:
            await link.ask(sig_uuid(0x2A35), b"", answer=sig_uuid(CONTROL))
        assert caught.value.code == "BLE-02"


async def test_a_memory_without_end_is_cut_off() -> None:
    exchange = Exchange("answer", ("record",))
    for _ in range(ROOM + 5):
        assert exchange.take("record", b"")
    with pytest.raises(Flood):
        await exchange.settled(1.0)


async def test_what_belongs_to_nobody_s_request_is_left_to_others() -> None:
    exchange = Exchange("answer", ("record",))
    assert not exchange.take("other", b"")
    assert exchange.take("answer", b"1")
    assert not exchange.take("answer", b"2")
    assert not exchange.take("record", b"3")
    assert (await exchange.settled(1.0)).data == b"1"


def test_a_memory_keeps_the_highest_number() -> None:
    memory = Memory()
    one = Measurement(Metric.SATURATION, None)
    memory.saw([one])
    assert memory.after is None
    memory.saw([msgspec.structs.replace(one, sequence=7), msgspec.structs.replace(one, sequence=3)])
    assert memory.after == 7


async def test_an_echo_is_no_answer_and_is_left_to_others() -> None:
    exchange = Exchange("answer", (), lambda data: data.startswith(b"\xa5"))
    assert not exchange.take("answer", b"\xa3 the request itself")
    assert exchange.take("answer", b"\xa5 the answer")
    assert (await exchange.settled(1.0)).data == b"\xa5 the answer"


async def test_who_subscribes_after_a_request_hears_the_next_value() -> None:
    async with Radio() as radio:
        meter = Meter(radio, [])
        async with linked(radio, meter) as link:
            await link.ask(sig_uuid(CONTROL), b"\x01", answer=sig_uuid(CONTROL))
            heard: list[bytes] = []
            await link.subscribe(sig_uuid(CONTROL), heard.append)
            await meter.peripheral.send(CONTROL, b"\x54")
            await link.ask(sig_uuid(CONTROL), b"\x02", answer=sig_uuid(CONTROL))
            assert heard == [b"\x54"]
