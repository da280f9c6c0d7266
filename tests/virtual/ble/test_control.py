# SPDX-License-Identifier: Apache-2.0
"""The control socket, with a real cart's bus on the other side of the radio."""

import asyncio
import json
import stat
from contextlib import asynccontextmanager

import msgspec

from device.codes import Metric
from tests.device.ble.bench import CUFF, OXIMETER, THERMOMETER, bench, registry
from virtual.ble.control import Control, tell
from virtual.ble.pace import brisk
from virtual.ble.room import furnish

UNITS = (CUFF, OXIMETER, THERMOMETER)


@asynccontextmanager
async def controlled(tmp_path, at):
    folder = tmp_path / "puppets"
    folder.mkdir()
    instruments = furnish(at.radio, registry(UNITS, folder), brisk(200))
    control = Control(folder / "control", instruments)
    serving = asyncio.ensure_future(control.run())
    await asyncio.wait_for(control.ready.wait(), 5)
    try:
        yield folder / "control"
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        for instrument in instruments.values():
            await instrument.stop()
        assert not (folder / "control").exists()


async def test_a_script_can_assert_that_what_was_sent_is_what_arrived(tmp_path) -> None:
    async with bench(tmp_path, *UNITS) as at, controlled(tmp_path, at) as path:
        for name in ("tensiometre", "oxymetre", "thermometre"):
            assert (await tell(path, {"instrument": name, "do": "start"})).ok
        orders = [
            {"instrument": "tensiometre", "do": "measure-pressure", "systolic": 132, "diastolic": 81, "pulse": 72},
            {"instrument": "oxymetre", "do": "insert-finger", "saturation": 96, "pulse": 74},
            {"instrument": "thermometre", "do": "measure-temperature", "celsius": 37.6},
        ]
        answers = await asyncio.gather(*(tell(path, order) for order in orders))
        assert [(answer.ok, answer.error) for answer in answers] == [(True, "")] * 3
        for unit, answer in zip(UNITS, answers, strict=True):
            frame = answer.sent[-1]
            await at.listener.until(lambda: frame in {a.provenance.frame for a in at.listener.of(unit)})  # noqa: B023 - awaited here
        first = at.listener.of(CUFF)[0].measurements
        assert {one.metric: str(one.value) for one in first}[Metric.SYSTOLIC] == "132"


async def test_older_readings_a_movement_and_a_dying_battery_can_be_ordered(tmp_path) -> None:
    async with bench(tmp_path, *UNITS) as at, controlled(tmp_path, at) as path:
        await tell(path, {"instrument": "tensiometre", "do": "start"})
        older = {"systolic": 150, "diastolic": 95, "taken": "2026-01-02T08:00:00"}
        await tell(path, {"instrument": "tensiometre", "do": "remember-pressure", **older})
        answer = await tell(path, {"instrument": "tensiometre", "do": "move", "id": "7"})
        assert (answer.ok, len(answer.sent), answer.id) == (True, 2, "7")
        assert (await tell(path, {"instrument": "tensiometre", "do": "charge", "percent": 9})).sent == ("09",)
        assert (await tell(path, {"instrument": "tensiometre", "do": "reset-clock"})).ok
        assert (await tell(path, {"instrument": "tensiometre", "do": "die"})).ok


async def test_bad_orders_are_named_and_disturb_nothing(tmp_path) -> None:
    async with bench(tmp_path) as at, controlled(tmp_path, at) as path:
        wrong = [
            {"instrument": "balance", "do": "start"},
            {"instrument": "tensiometre", "do": "dance"},
            {"instrument": "tensiometre", "do": "insert-finger", "saturation": 1, "pulse": 1},
            {"instrument": "oxymetre", "do": "measure-temperature", "celsius": 37},
            {"instrument": "tensiometre", "do": "measure-pressure", "systolic": "high", "diastolic": 1},
            {"instrument": "tensiometre", "do": "start", "loud": True},
            {"do": "start"},
        ]
        answers = [await tell(path, order) for order in wrong]
        assert not any(answer.ok for answer in answers)
        needles = ["balance", "dance", "VirtualCuff", "oximeter", "systolic", "loud", "instrument"]
        for needle, answer in zip(needles, answers, strict=True):
            assert needle in answer.error
        assert (await tell(path, {"instrument": "tensiometre", "do": "start"})).ok


async def test_what_is_no_json_or_too_long_is_refused_and_the_socket_lives_on(tmp_path) -> None:
    async with bench(tmp_path) as at, controlled(tmp_path, at) as path:
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"hello\n")
        answer = json.loads(await asyncio.wait_for(reader.readline(), 5))
        assert answer["ok"] is False
        writer.write(b"x" * 200_000 + b"\n")
        assert await asyncio.wait_for(reader.read(), 5) == b""
        writer.close()
        assert (await tell(path, {"instrument": "tensiometre", "do": "start"})).ok


async def test_the_socket_is_for_this_user_alone(tmp_path) -> None:
    async with bench(tmp_path) as at, controlled(tmp_path, at) as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_only_simulated_units_are_furnished(tmp_path) -> None:
    real = msgspec.structs.replace(CUFF, id="vrai", address="C0:00:00:00:18:77", simulated=False)
    async with bench(tmp_path) as at:
        folder = tmp_path / "more"
        folder.mkdir()
        assert set(furnish(at.radio, registry((*UNITS, real), folder))) == {unit.id for unit in UNITS}
