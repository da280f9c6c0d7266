# SPDX-License-Identifier: Apache-2.0
"""Virtual instruments with a protocol of their own: made for each driver, moved by orders, speaking published bytes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from device.codes import Meal
from device.registry import Instrument, Maturity, Registry
from virtual.ble import fingertip, jumper_cuff, orders, taidoc
from virtual.ble.cuff import IRREGULAR, Reading
from virtual.ble.outbox import Undelivered
from virtual.ble.oximeter import Finger
from virtual.ble.pace import brisk
from virtual.ble.radio import Radio
from virtual.ble.room import furnish

CONFIG = Path(__file__).parents[3] / "config"
PACE = brisk(100)
FINGER = Finger(Decimal(97), Decimal(64), Decimal("8.1"))
READING = Reading(Decimal(99), Decimal(57), Decimal(71), Decimal(67))
VENDORS = (
    "berrymed-bm1000",
    "fora-d40",
    "fora-gd40",
    "fora-ir40",
    "fora-p30-plus",
    "jumper-jpd-500f",
    "jumper-jpd-ha120",
    "taidoc-td3128",
    "taidoc-td4277",
    "taidoc-td8255",
    "viatom-pc-60fw",
)


@pytest.fixture
async def radio() -> AsyncIterator[Radio]:
    async with Radio(supervision=0.05) as room:
        yield room


def test_the_bytes_are_the_published_ones():
    assert fingertip.jumper(Finger(Decimal(99), Decimal(56), Decimal("6.8"))).hex() == "81386344"
    assert fingertip.viatom_numbers(FINGER).hex() == "aa550f08016140005100c05b"
    assert fingertip.viatom(0xF0, 0x03, b"\x03").hex() == "aa55f0030303f6"
    assert jumper_cuff.result(READING).hex() == "fdfdfc6339430d0a"
    assert taidoc.answer(0x26, bytes((107, 0, 0, 0))) == bytes((81, 38, 107, 0, 0, 0, 165, 135))
    assert taidoc.stamp(datetime(2019, 8, 4, 13, 37)).hex() == "0427250d"  # noqa: DTZ001 - an instrument's own time
    assert taidoc.pressure(READING._replace(status=IRREGULAR), both=True).minute == 0xC0


def test_a_pulse_of_more_than_seven_bits_is_cut_in_two():
    assert fingertip.berrymed(FINGER._replace(pulse=Decimal(180)), 85).hex() == "8655433461"


async def test_every_row_whose_maturity_is_virtual_can_be_simulated(radio, tmp_path) -> None:
    registry = Registry.load(CONFIG / "models.toml", tmp_path / "instruments.toml")
    for number, model in enumerate(VENDORS):
        address = f"C0:00:00:00:77:{number:02X}"
        registry.enrol(Instrument(model, model, address, f"{number:010}", "Instrument", simulated=True))
    made = furnish(radio, registry, PACE)
    assert set(made) == set(VENDORS)
    assert all(registry.models[model].maturity in {Maturity.VIRTUAL, Maturity.DECODED} for model in made)
    for one in made.values():
        await one.start()
        await one.stop()


@pytest.mark.parametrize(
    ("instrument", "order"),
    [
        ("fingertip", orders.Charge(percent=12)),
        ("fingertip", orders.SpotCheck()),
        ("fingertip", orders.Pressure(systolic=Decimal(120), diastolic=Decimal(80))),
        ("cuff", orders.Weigh(kilograms=Decimal(70))),
        ("cuff", orders.Charge(percent=12)),
        ("meter", orders.Insert(saturation=Decimal(97), pulse=Decimal(70))),
        ("meter", orders.Warmth(shows="Lo")),
    ],
)
async def test_an_order_without_its_button_is_refused(radio, instrument, order) -> None:
    made = {
        "fingertip": fingertip.VirtualFingertip(radio, fingertip.JPD_500F, address="C0:00:00:00:77:01"),
        "cuff": jumper_cuff.VirtualJumperCuff(radio),
        "meter": taidoc.VirtualTaiDoc(radio),
    }
    with pytest.raises(orders.Impossible):
        await orders.obey(made[instrument], order)


async def test_a_meter_that_nobody_reads_keeps_its_record(radio) -> None:
    meter = taidoc.VirtualTaiDoc(radio, pace=PACE)
    meter.window = 0.05
    await meter.start()
    for order in (
        orders.Pressure(systolic=Decimal(131), diastolic=Decimal(80), pulse=Decimal(70)),
        orders.Warmth(celsius=Decimal("37.2")),
        orders.Drop(milligrams=Decimal(112), meal=Meal.AFTER),
        orders.Drop(milligrams=Decimal(112), control=True),
        orders.SpotCheck(saturation=Decimal(96), pulse=Decimal(72)),
    ):
        with pytest.raises(Undelivered):
            await orders.obey(meter, order)
    taken = datetime(2026, 1, 2)  # noqa: DTZ001 - an instrument's own time
    older = orders.Remember(systolic=Decimal(150), diastolic=Decimal(95), taken=taken)
    assert await orders.obey(meter, older) == ()
    assert [record.values.hex() for _, record in meter.memory[0]] == [
        "83005046",
        "7401d700",
        "70000080",
        "700000c0",
        "60000048",
        "96005f00",
    ]
    await meter.stop()


async def test_a_cuff_that_nobody_hears_says_so(radio) -> None:
    cuff = jumper_cuff.VirtualJumperCuff(radio, pace=PACE)
    cuff.window = 0.05
    await cuff.start()
    for order in (orders.Pressure(systolic=Decimal(131), diastolic=Decimal(80)), orders.Move()):
        with pytest.raises(Undelivered):
            await orders.obey(cuff, order)
    await cuff.stop()


async def test_an_oximeter_obeys_a_finger(radio) -> None:
    oximeter = fingertip.VirtualFingertip(radio, fingertip.PC_60FW, address="C0:00:00:00:77:01", pace=PACE)
    await oximeter.start()
    heard: list[bytes] = []
    async with asyncio.timeout(10):
        seen: asyncio.Queue = asyncio.Queue()
        async with radio.scanner(lambda device, _data: seen.put_nowait(device)):
            client = radio.client(await seen.get())
        await client.connect()
        await client.start_notify(fingertip.PC_60FW.stream, lambda _one, data: heard.append(bytes(data)))
        await orders.obey(oximeter, orders.Insert(saturation=Decimal(97), pulse=Decimal(64), perfusion=Decimal("8.1")))
        await orders.obey(oximeter, orders.Remove())
        await orders.obey(oximeter, orders.SwitchOff())
    stream = b"".join(heard)
    assert fingertip.viatom_numbers(FINGER) in stream
    assert fingertip.viatom_numbers(None) in stream
    assert all(len(one) == fingertip.NOTIFICATION for one in heard)
