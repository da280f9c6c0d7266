# SPDX-License-Identifier: Apache-2.0
"""A heart rate belt that follows the Heart Rate Profile 1.0: silent off the skin, a rate a second on it."""

import asyncio
import contextlib
from typing import NamedTuple

from virtual.ble.identity import Battery, Identity
from virtual.ble.pace import OwnClock, Pace
from virtual.ble.peripheral import NOTIFY, READ, Casing, LinkLost, Peripheral, Value
from virtual.ble.radio import Radio

SERVICE, MEASUREMENT, LOCATION = 0x180D, 0x2A37, 0x2A38
_WIDE, _CONTACT, _CONTACT_SUPPORTED, _INTERVALS = 0x01, 0x02, 0x04, 0x10
CHEST = 1
"""Body Sensor Location 0x2A38."""

ADDRESS = "C0:00:00:00:18:0D"
BELT = Identity("Chevet", "Belt", "B180D00001", "3.1", 77)


class Beat(NamedTuple):
    """What the electrodes see: beats a minute; ``touching``: they are on the skin."""

    rate: int
    touching: bool = True


def frame(beat: Beat) -> bytes:
    """Heart Rate Measurement 0x2A37, with the interval that makes its rate."""
    flags = _CONTACT_SUPPORTED | _INTERVALS | (_CONTACT if beat.touching else 0)
    wide = beat.rate > 0xFF  # noqa: PLR2004 - what one byte holds
    rate = beat.rate.to_bytes(2 if wide else 1, "little")
    interval = round(60 * 1024 / max(beat.rate, 1)).to_bytes(2, "little")
    return bytes([flags | (_WIDE if wide else 0)]) + rate + interval


class VirtualBelt:
    """``start`` puts the battery in; it streams while a heart is under it and somebody listens."""

    def __init__(
        self,
        radio: Radio,
        *,
        address: str = ADDRESS,
        identity: Identity = BELT,
        pace: Pace = Pace(),  # noqa: B008 - immutable
    ) -> None:
        self.clock = OwnClock(pace)
        self.battery = Battery(identity.charge)
        self.identity = identity
        self.beat: Beat | None = None
        self._pace = pace
        self._streaming: asyncio.Task[None] | None = None
        casing = Casing(address, f"Belt {identity.serial[-4:]}", (SERVICE,))
        values = (Value(SERVICE, MEASUREMENT, NOTIFY), Value(SERVICE, LOCATION, READ, lambda: bytes([CHEST])))
        self.peripheral = Peripheral(radio, casing, (*values, *identity.values(), *self.battery.values()))

    async def start(self) -> None:
        """Put the battery in."""
        await self.peripheral.power_on()

    async def stop(self) -> None:
        """Take the battery out."""
        await self.take_off()
        await self.peripheral.power_off()

    async def put_on(self, beat: Beat) -> None:
        """Moisten it and put it on; or what it sees has changed."""
        self.beat = beat
        if self._streaming is None:
            self._streaming = asyncio.ensure_future(self._stream())

    async def take_off(self) -> None:
        """Off the skin for good: it falls silent."""
        streaming, self._streaming = self._streaming, None
        if streaming is not None:
            streaming.cancel()
            await asyncio.gather(streaming, return_exceptions=True)
        self.beat = None
        await self.peripheral.hang_up()
        await self.peripheral.hush()

    async def _stream(self) -> None:
        while True:
            await self.peripheral.find_listener(MEASUREMENT)
            with contextlib.suppress(LinkLost):
                while self.beat is not None:
                    await self.peripheral.send(MEASUREMENT, frame(self.beat))
                    await self._pace.sleep(1.0)
            await self.peripheral.until(lambda: not self.peripheral.connected)
