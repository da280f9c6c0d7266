# SPDX-License-Identifier: Apache-2.0
"""f12: streams that hold no frame, or more frames than any oximeter sends."""

import random

from device.ble.guard import STREAM_FRAMES_PER_SECOND
from device.instrument import InstrumentPhase
from device.registry import Instrument
from tests.device.ble.bench import bench
from virtual.ble.fingertip import BM1000
from virtual.ble.hostile import babble, flood
from virtual.ble.peripheral import NOTIFY, Casing, Peripheral, Value

ADDRESS = "C0:00:00:00:77:02"
OXIMETER = Instrument("oxymetre", "berrymed-bm1000", ADDRESS, "7700000002", "BerryMed", simulated=True)
LONGEST = 244
"""Bytes of the longest notification of the virtual radio."""


def hostile(radio) -> Peripheral:
    """An oximeter's casing, and nothing in it."""
    casing = Casing(ADDRESS, BM1000.name, (BM1000.service,))
    return Peripheral(radio, casing, (Value(BM1000.service, BM1000.stream, NOTIFY),))


async def heard(peripheral: Peripheral) -> None:
    await peripheral.power_on()
    await peripheral.find_listener(BM1000.stream)


async def test_f12_a_stream_without_a_frame_is_dropped_by_its_bytes(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER) as at:
        peripheral = hostile(at.radio)
        await heard(peripheral)
        noise = random.Random(12)  # noqa: S311 - reproducible noise, no secret
        frames = [bytes(byte & 0x7F for byte in noise.randbytes(LONGEST)) for _ in range(60)]
        sent = await babble(peripheral, BM1000.stream, frames, per_second=150)
        assert sent < len(frames)
        await at.listener.until(lambda: InstrumentPhase.CONNECTED is not at.listener.state(OXIMETER).phase)
        assert at.listener.arrivals == []
        await peripheral.power_off()


async def test_f12_many_frames_in_few_notifications_are_a_flood(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER) as at:
        peripheral = hostile(at.radio)
        await heard(peripheral)
        full = bytes.fromhex("8640034861") * (LONGEST // 5)
        sent = await flood(peripheral, BM1000.stream, full, per_second=150, seconds=5.0)
        assert sent < 10 * STREAM_FRAMES_PER_SECOND // (LONGEST // 5)
        await at.listener.until(lambda: InstrumentPhase.CONNECTED is not at.listener.state(OXIMETER).phase)
        assert len(at.listener.arrivals) <= 3
        await peripheral.power_off()
