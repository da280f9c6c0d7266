# SPDX-License-Identifier: Apache-2.0
"""What virtual instruments put on the air, byte by byte, and how they behave."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from device.codes import Doubt
from virtual.ble import cuff, glucometer, oximeter, scale, thermometer
from virtual.ble.gatt import full
from virtual.ble.outbox import Undelivered
from virtual.ble.pace import OwnClock, Pace, brisk
from virtual.ble.radio import Radio

TAKEN = datetime(2026, 3, 1, 9, 30, 15)  # noqa: DTZ001 - an instrument knows no time zone
PACE = brisk(100)


@pytest.fixture
async def radio() -> AsyncIterator[Radio]:
    async with Radio(supervision=0.05) as room:
        yield room


class Cart:
    """The least that a cart does: connect on sight, subscribe, listen."""

    def __init__(self, radio: Radio, number: int, *, clock: bytes | None = None) -> None:
        self.got: list[bytes] = []
        self._radio, self._number, self._clock = radio, number, clock
        self._heard = asyncio.Event()

    def hear(self, _characteristic: object, data: bytearray) -> None:
        self.got.append(bytes(data))
        self._heard.set()

    async def until(self, true: Callable[[], bool]) -> None:
        while not true():
            self._heard.clear()
            await self._heard.wait()

    async def serve(self) -> None:
        seen: asyncio.Queue = asyncio.Queue()
        async with self._radio.scanner(lambda device, _data: seen.put_nowait(device)):
            device = await seen.get()
        gone = asyncio.Event()
        client = self._radio.client(device, lambda _client: gone.set())
        await client.connect()
        if self._clock is not None:
            await client.write_gatt_char(full(0x2A08), self._clock, response=True)
        await client.start_notify(full(self._number), self.hear)
        await gone.wait()


def test_a_reading_in_mmhg_is_the_profiles_frame() -> None:
    reading = cuff.Reading(Decimal(132), Decimal(81), Decimal(98), Decimal(72), cuff.IRREGULAR)
    assert cuff.frame(reading, TAKEN, user=1).hex() == "1e840051006200ea07030109 1e0f480001 0400".replace(" ", "")


def test_a_reading_in_kpa_has_its_unit_bit_and_exponents() -> None:
    reading = cuff.Reading(Decimal("17.6"), Decimal("10.8"), Decimal("13.1"), kpa=True)
    assert cuff.frame(reading, None).hex() == "11b0f06cf083f00000"


def test_a_failed_inflation_holds_no_number() -> None:
    reading = cuff.Reading(cuff.FAILED, cuff.FAILED, cuff.FAILED, cuff.FAILED, cuff.MOVED)
    assert cuff.frame(reading, None).hex() == "14ff07ff07ff07ff070100"


def test_a_sample_without_a_finger_says_so() -> None:
    assert oximeter.sample(None).hex() == "1cff07ff070020000800ff07"


def test_a_settling_sample_is_ongoing_and_a_settled_one_is_validated() -> None:
    finger = oximeter.Finger(Decimal(97), Decimal(70), Decimal("4.2"), oximeter.WEAK)
    assert oximeter.sample(finger, settled=False).hex() == "1cff07ff072000100000ff07"
    assert oximeter.sample(finger).hex() == "1c610046008000100000" + "2af0"


def test_a_temperature_is_a_decimal_float_in_the_ear() -> None:
    warm = thermometer.Temperature(Decimal("37.6"))
    assert thermometer.frame(warm, TAKEN).hex() == "06780100ffea070301091e0f03"
    assert thermometer.frame(thermometer.Temperature(Decimal("99.7"), fahrenheit=True), None).hex() == "05e50300ff03"


@pytest.mark.parametrize(("shown", "bits"), [(thermometer.HIGH, "feff7f00"), (thermometer.LOW, "02008000")])
def test_lo_and_hi_are_infinities(shown: Doubt, bits: str) -> None:
    assert thermometer.frame(thermometer.Temperature(shown), None, None).hex() == "00" + bits


async def test_the_cuff_sends_its_memory_first_then_the_new_reading_and_hangs_up(radio) -> None:
    device = cuff.VirtualCuff(radio, pace=PACE)
    await device.start()
    old = cuff.Reading(Decimal(150), Decimal(95), Decimal(113))
    kept = device.remember([(old, TAKEN), (old, TAKEN + timedelta(days=1))])
    cart = Cart(radio, cuff.MEASUREMENT)
    serving = asyncio.ensure_future(cart.serve())
    sent = await device.measure(cuff.Reading(Decimal(120), Decimal(80), Decimal(93)))
    await asyncio.wait_for(serving, 5)
    assert tuple(cart.got) == sent
    assert sent[:2] == kept
    assert len(sent) == 3
    assert not device.outbox.kept
    await device.stop()


async def test_the_cuff_nobody_listens_to_keeps_its_reading(radio) -> None:
    device = cuff.VirtualCuff(radio, pace=PACE)
    await device.start()
    device.outbox.window = 0.2
    with pytest.raises(Undelivered):
        await device.measure(cuff.Reading(Decimal(120), Decimal(80), Decimal(93)))
    assert len(device.outbox.kept) == 1
    await device.stop()


async def test_a_cart_that_vanishes_in_the_middle_leaves_the_rest_in_the_memory(radio) -> None:
    device = cuff.VirtualCuff(radio, pace=PACE)
    await device.start()
    device.remember([(cuff.Reading(Decimal(150), Decimal(95), Decimal(113)), TAKEN)] * 30)
    device.outbox.window = 2.0
    cart = Cart(radio, cuff.MEASUREMENT)
    serving = asyncio.ensure_future(cart.serve())
    delivering = asyncio.ensure_future(device.outbox.deliver())
    async with asyncio.timeout(5):
        await cart.until(lambda: bool(cart.got))
    await radio.fail()
    with pytest.raises(Undelivered):
        await delivering
    assert device.outbox.kept
    assert len(device.outbox.kept) + len(cart.got) in (30, 31)
    serving.cancel()
    await device.stop()


async def test_the_clock_is_set_over_the_air_and_a_new_battery_resets_it(radio) -> None:
    device = cuff.VirtualCuff(radio, pace=PACE)
    await device.start()
    cart = Cart(radio, cuff.MEASUREMENT, clock=bytes.fromhex("ea07030109 1e0f".replace(" ", "")))
    serving = asyncio.ensure_future(cart.serve())
    await device.measure(cuff.Reading(Decimal(120), Decimal(80), Decimal(93)))
    await asyncio.wait_for(serving, 5)
    assert timedelta() <= device.clock.now() - TAKEN < timedelta(seconds=5)
    device.clock.reset()
    assert device.clock.now().year == 2021
    await device.stop()


async def test_the_oximeter_settles_before_it_shows_a_number(radio) -> None:
    device = oximeter.VirtualOximeter(radio, pace=PACE)
    await device.start()
    cart = Cart(radio, oximeter.CONTINUOUS)
    serving = asyncio.ensure_future(cart.serve())
    async with asyncio.timeout(5):
        await device.insert(oximeter.Finger(Decimal(97), Decimal(70)))
        await cart.until(lambda: oximeter.sample(device.finger) in cart.got)
    start = next(n for n, one in enumerate(cart.got) if one == oximeter.sample(device.finger, settled=False))
    assert cart.got[start : start + 4] == [
        *[oximeter.sample(device.finger, settled=False)] * oximeter.SETTLING,
        oximeter.sample(device.finger),
    ]
    await device.switch_off()
    await asyncio.wait_for(serving, 5)


async def test_a_spot_check_is_indicated_with_its_time(radio) -> None:
    device = oximeter.VirtualOximeter(radio, pace=PACE)
    device.clock.show(TAKEN)
    await device.start()
    cart = Cart(radio, oximeter.SPOT_CHECK)
    serving = asyncio.ensure_future(cart.serve())
    device.finger = oximeter.Finger(Decimal(97), Decimal(70))
    async with asyncio.timeout(5):
        await device.peripheral.until(lambda: device.peripheral.listens(oximeter.SPOT_CHECK))
        frame = await device.spot_check()
    assert cart.got == [frame]
    assert frame.hex().startswith("0b61004600ea0703")
    await device.stop()
    await asyncio.wait_for(serving, 5)


async def test_the_thermometer_sends_and_hangs_up(radio) -> None:
    device = thermometer.VirtualThermometer(radio, pace=PACE)
    await device.start()
    cart = Cart(radio, thermometer.MEASUREMENT)
    serving = asyncio.ensure_future(cart.serve())
    sent = await device.measure(thermometer.Temperature(Decimal("38.4")))
    await asyncio.wait_for(serving, 5)
    assert tuple(cart.got) == sent
    await device.stop()


def test_a_clock_runs_on_from_where_it_was_set() -> None:
    moment = datetime(2026, 1, 1, 12)  # noqa: DTZ001 - likewise
    times = [moment]
    clock = OwnClock(Pace(lambda: times[-1], asyncio.sleep))
    clock.show(TAKEN)
    times.append(moment + timedelta(minutes=5))
    assert clock.now() == TAKEN + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("sample", "frame", "context"),
    [
        (glucometer.Sample(Decimal(126)), "030700ea07030109 1e0f0000 7eb0 11", None),
        (glucometer.Sample(Decimal("7.0"), moles=True, meal=1), "170700ea07030109 1e0f0000 46c0 11", "02070001"),
        (glucometer.Sample(Decimal(110), control=True), "030700ea07030109 1e0f0000 6eb0 4a", None),
        (glucometer.Sample(glucometer.FAILED, status=glucometer.HIGH), "0b0700ea07030109 1e0f0000ff0711 2000", None),
    ],
)
def test_a_glucose_record_is_the_profile_s_frame(sample, frame, context) -> None:
    record = glucometer.Record(7, sample, TAKEN)
    assert record.frame().hex() == frame.replace(" ", "")
    assert (None if context is None else bytes.fromhex(context)) == record.context()


@pytest.mark.parametrize(
    ("weighing", "frame"),
    [
        (scale.Weighing(Decimal(70)), "02b036"),
        (scale.Weighing(Decimal("154.32"), pounds=True), "03483c"),
        (scale.Weighing(None), "02ffff"),
    ],
)
def test_a_weighing_is_the_profile_s_frame(weighing, frame) -> None:
    assert scale.frame(weighing, TAKEN).hex() == frame + "ea070301091e0f"
