# SPDX-License-Identifier: Apache-2.0
"""f02: two oximeters in the room, or next door."""

from decimal import Decimal

import msgspec

from device.instrument import InstrumentPhase
from tests.device.ble.bench import OXIMETER, bench
from virtual.ble.oximeter import NONIN, Finger, VirtualOximeter
from virtual.ble.pace import brisk

PACE = brisk(50)
SECOND = msgspec.structs.replace(OXIMETER, id="oxymetre-2", address="C0:00:00:00:18:23", serial="501218223")


async def test_f02_two_of_our_own_are_both_heard_and_told_apart(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER, SECOND) as at:
        first = VirtualOximeter(at.radio, pace=PACE)
        second = VirtualOximeter(
            at.radio, pace=PACE, address=SECOND.address, identity=NONIN._replace(serial=SECOND.serial)
        )
        await first.start()
        await second.start()
        await first.insert(Finger(Decimal(98), Decimal(60)))
        await second.insert(Finger(Decimal(88), Decimal(110)))
        for unit, saturation in ((OXIMETER, Decimal(98)), (SECOND, Decimal(88))):
            await at.listener.until(lambda: any(a.measurements[0].value for a in at.listener.of(unit)))  # noqa: B023 - awaited here
            values = {a.measurements[0].value for a in at.listener.of(unit)}
            assert values <= {None, saturation}
            assert {a.provenance.serial for a in at.listener.of(unit)} == {unit.serial}
        connections = {a.connection for a in at.listener.of(OXIMETER)}, {a.connection for a in at.listener.of(SECOND)}
        assert connections[0].isdisjoint(connections[1])
        await first.stop()
        await second.stop()


async def test_f02_the_one_next_door_is_never_connected_even_when_ours_is_off(tmp_path) -> None:
    async with bench(tmp_path, OXIMETER) as at:
        neighbour = VirtualOximeter(
            at.radio, pace=PACE, address="C0:00:00:00:18:99", identity=NONIN._replace(serial="7")
        )
        await neighbour.start()
        ours = VirtualOximeter(at.radio, pace=PACE)
        heard: list[str] = []
        scanner = at.radio.scanner(lambda device, _data: heard.append(device.address))
        await scanner.start()
        await ours.start()
        await at.listener.until_phase(OXIMETER, InstrumentPhase.CONNECTED)
        await ours.insert(Finger(Decimal(96), Decimal(74)))
        assert neighbour.peripheral.casing.address in heard
        assert not neighbour.peripheral.connected
        assert {a.provenance.instrument for a in at.listener.arrivals} == {OXIMETER.id}
        await scanner.stop()
        await ours.stop()
        await neighbour.stop()
