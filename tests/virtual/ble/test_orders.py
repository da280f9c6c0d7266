# SPDX-License-Identifier: Apache-2.0
"""What the glucose meter and the scale of a demonstration can be told, as a script writes it."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from device.codes import Metric
from tests.device.ble.bench import bench, registry
from tests.device.ble.test_records_asked import BELT_UNIT, METER_UNIT, SCALE_UNIT
from virtual.ble.orders import Impossible, Order, obey
from virtual.ble.pace import brisk
from virtual.ble.room import furnish

UNITS = (METER_UNIT, SCALE_UNIT, BELT_UNIT)


def order(**fields):
    return msgspec.convert(fields, Order, strict=False)


@pytest.fixture
async def room(tmp_path: Path):
    (tmp_path / "bus").mkdir()
    async with bench(tmp_path / "bus", *UNITS) as at:
        instruments = furnish(at.radio, registry(UNITS, tmp_path), brisk(200))
        for one in instruments.values():
            await obey(one, order(do="start"))
        yield at.listener, instruments
        for one in instruments.values():
            await obey(one, order(do="die"))


async def test_a_meter_and_a_scale_do_what_a_script_says(room) -> None:
    listener, instruments = room
    await obey(
        instruments["glucometre"],
        order(do="remember-glucose", milligrams=91, taken="2026-11-20T07:00:00", control=True),
    )
    sent = await asyncio.gather(
        obey(instruments["glucometre"], order(do="measure-glucose", milligrams=126, meal="fasting")),
        obey(instruments["balance"], order(do="measure-weight", kilograms=62.5)),
    )
    await listener.until(lambda: len(listener.arrivals) == 2)
    assert {one.metric: str(one.value) for arrival in listener.arrivals for one in arrival.measurements} == {
        Metric.GLUCOSE: "126",
        Metric.WEIGHT: "62.500",
    }
    assert [len(frames) for frames in sent] == [1, 1]


@pytest.mark.parametrize("shows", ["Lo", "Hi", "Err"])
async def test_a_meter_that_finds_nothing_says_why(room, shows) -> None:
    listener, instruments = room
    await obey(instruments["glucometre"], order(do="measure-glucose", shows=shows))
    await listener.until(lambda: bool(listener.arrivals))
    (one,) = listener.arrivals[0].measurements
    assert one.value is None
    assert {doubt.value for doubt in one.doubts} == {
        {"Lo": "below-range", "Hi": "above-range", "Err": "sample-too-small"}[shows]
    }


async def test_a_meter_cannot_weigh_and_a_scale_cannot_prick(room) -> None:
    _, instruments = room
    with pytest.raises(Impossible):
        await obey(instruments["glucometre"], order(do="measure-weight", kilograms=62))
    with pytest.raises(Impossible):
        await obey(instruments["balance"], order(do="measure-glucose", milligrams=90))


async def test_a_belt_goes_on_and_comes_off(room) -> None:
    listener, instruments = room
    await obey(instruments["ceinture"], order(do="put-on-belt", rate=64))
    await listener.until(lambda: bool(listener.arrivals))
    assert listener.arrivals[0].measurements[0].value == 64
    await obey(instruments["ceinture"], order(do="take-off-belt"))
    assert not instruments["ceinture"].peripheral.connected
    with pytest.raises(Impossible):
        await obey(instruments["ceinture"], order(do="measure-weight", kilograms=62))
