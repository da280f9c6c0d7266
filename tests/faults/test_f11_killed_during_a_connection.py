# SPDX-License-Identifier: Apache-2.0
"""f11: the cart is killed during a GATT connection. BlueZ keeps the link; the next start clears it and connects."""

import asyncio
from decimal import Decimal

import pytest

from device.ble import Ble
from device.ble.adapter import Known
from device.ble.bluez import BlueZ
from device.ble.records import Chore, Tidying, chores
from device.clock import SystemClock
from tests.device.ble.bench import BRISK, CUFF, OXIMETER, Listener, registry
from tests.device.ble.bluez.fake import HCI, Daemon, private_bus
from virtual.ble.cuff import Reading, VirtualCuff
from virtual.ble.pace import brisk
from virtual.ble.radio import Radio

READING = Reading(Decimal(132), Decimal(81), Decimal(98), Decimal(72))
STRANGER = "C0:00:00:00:00:99"


async def test_f11_a_stale_link_is_hung_up_its_bond_kept_and_the_instrument_connects(tmp_path) -> None:
    async with private_bus(tmp_path) as address, Radio(supervision=0.1) as radio:
        daemon = Daemon(address)
        await daemon.start()
        cuff_record = daemon.record(CUFF.address, bonded=True, connected=True)
        stranger = daemon.record(STRANGER, connected=True)
        daemon.record(OXIMETER.address, connected=True)
        listener = Listener()
        ble = Ble(
            registry([CUFF, OXIMETER], tmp_path),
            SystemClock(trusted=True),
            listener.arrive,
            listener.change,
            client=radio.client,
            scanner=radio.scanner,
            adapter=BlueZ(address),
            deadlines=BRISK,
        )
        running = asyncio.ensure_future(ble.run())
        cuff = VirtualCuff(radio, pace=brisk(200))
        await cuff.start()
        await cuff.measure(READING)
        await listener.until(lambda: bool(listener.arrivals))
        assert (cuff_record.connected, cuff_record.hang_ups) == (False, 1)
        assert daemon.removed == [f"{HCI}/dev_{OXIMETER.address.replace(':', '_')}"]
        assert (stranger.connected, stranger.hang_ups) == (True, 0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await daemon.kill()


OURS = {CUFF.address, OXIMETER.address}


@pytest.mark.parametrize(
    ("known", "linked", "done"),
    [
        (Known(CUFF.address, bonded=True, connected=True), (), [Chore(CUFF.address, Tidying.HANG_UP)]),
        (Known(CUFF.address, bonded=False, connected=True), (), [Chore(CUFF.address, Tidying.FORGET)]),
        (Known(CUFF.address, bonded=True, connected=True), (CUFF.address,), []),
        (Known(CUFF.address, bonded=True, connected=False), (), []),
        (Known(CUFF.address, bonded=False, connected=False), (), []),
        (Known(STRANGER, bonded=False, connected=True), (), []),
    ],
)
def test_f11_only_our_own_links_that_are_nobodys_are_cleared_and_no_bond_is_lost(known, linked, done) -> None:
    assert list(chores([known], OURS, linked)) == done
