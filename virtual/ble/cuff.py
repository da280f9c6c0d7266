# SPDX-License-Identifier: Apache-2.0
"""A cuff that follows the Blood Pressure Profile 1.1 and behaves as the A&D UA-651BLE.

Silent until it has measured; then it advertises, indicates every unsent reading, oldest first, and hangs up.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from device.codes import Doubt
from device.wire import Reader, pack_date_time, pack_sfloat
from virtual.ble.identity import Battery, Identity
from virtual.ble.outbox import Outbox
from virtual.ble.pace import OwnClock, Pace
from virtual.ble.peripheral import INDICATE, READ, WRITE, Casing, Peripheral, Value
from virtual.ble.radio import Radio

SERVICE, MEASUREMENT, FEATURE, DATE_TIME = 0x1810, 0x2A35, 0x2A49, 0x2A08
_TIME, _PULSE, _USER, _STATUS, _KPA = 0x02, 0x04, 0x08, 0x10, 0x01
MOVED, LOOSE, IRREGULAR, POSITION = 0x01, 0x02, 0x04, 0x20
"""Bits of the measurement status."""
FAILED = Doubt.NOT_A_NUMBER

ADDRESS = "C0:00:00:00:18:10"
UA_651 = Identity("A&D Medical", "UA-651BLE", "5160700001", "BTM_V1.03", 85)


class Reading(NamedTuple):
    """What the display shows: mmHg (or kPa) and beats a minute; a doubt stands where there is no number."""

    systolic: Decimal | Doubt
    diastolic: Decimal | Doubt
    mean: Decimal | Doubt
    pulse: Decimal | Doubt | None = None
    status: int = 0
    kpa: bool = False


def frame(reading: Reading, taken: datetime | None, user: int | None = None) -> bytes:
    """Blood Pressure Measurement 0x2A35."""
    flags = _STATUS | (_KPA if reading.kpa else 0)
    body = b"".join(pack_sfloat(value) for value in (reading.systolic, reading.diastolic, reading.mean))
    if taken is not None:
        flags, body = flags | _TIME, body + pack_date_time(taken)
    if reading.pulse is not None:
        flags, body = flags | _PULSE, body + pack_sfloat(reading.pulse)
    if user is not None:
        flags, body = flags | _USER, body + bytes([user])
    return bytes([flags]) + body + reading.status.to_bytes(2, "little")


class VirtualCuff:
    """``start`` puts the battery in; ``measure`` is the nurse's thumb on the button."""

    def __init__(
        self,
        radio: Radio,
        *,
        address: str = ADDRESS,
        identity: Identity = UA_651,
        bond: bool = False,
        pace: Pace = Pace(),  # noqa: B008 - immutable
    ) -> None:
        self.clock = OwnClock(pace)
        self.clock_writes: list[datetime | None] = []
        self.clock_applies = True
        self.battery = Battery(identity.charge)
        self.identity = identity
        self._radio = radio
        self._pace = pace
        casing = Casing(address, f"A&D_{identity.model}_{identity.serial[-4:]}", (SERVICE,), bond)
        self.peripheral = Peripheral(radio, casing, (*self._values(), *identity.values(), *self.battery.values()))
        self.outbox = Outbox(self.peripheral, MEASUREMENT)

    def clone(self, address: str) -> "VirtualCuff":
        """Another cuff with the same name, services and serial number at another address."""
        bond = self.peripheral.casing.bond
        return VirtualCuff(self._radio, address=address, identity=self.identity, bond=bond, pace=self._pace)

    def remember(self, readings: Iterable[tuple[Reading, datetime | None]]) -> tuple[bytes, ...]:
        """Put older, unsent readings in the memory; their frames."""
        frames = tuple(frame(reading, taken) for reading, taken in readings)
        self.outbox.kept.extend(frames)
        return frames

    async def start(self) -> None:
        """Put the battery in: ready to measure, silent."""
        await self.peripheral.power_on()

    async def stop(self) -> None:
        """Take the battery out."""
        await self.peripheral.power_off()

    async def measure(self, reading: Reading, *, seconds: float = 20.0) -> tuple[bytes, ...]:
        """Inflate for ``seconds``, then deliver; every frame confirmed. Raises Undelivered (the memory keeps them)."""
        await self._pace.sleep(seconds)
        self.outbox.kept.append(frame(reading, self.clock.now()))
        return await self.outbox.deliver()

    async def move(self, *, seconds: float = 8.0, flagged: bool = True) -> tuple[bytes, ...]:
        """The patient moved: no number comes out. Not ``flagged``: without a status bit, as some cuffs do."""
        status = MOVED if flagged else 0
        return await self.measure(Reading(FAILED, FAILED, FAILED, FAILED, status), seconds=seconds)

    def _values(self) -> tuple[Value, ...]:
        return (
            Value(SERVICE, MEASUREMENT, INDICATE),
            Value(SERVICE, FEATURE, READ, lambda: (MOVED | LOOSE | IRREGULAR | POSITION).to_bytes(2, "little")),
            Value(SERVICE, DATE_TIME, READ | WRITE, lambda: pack_date_time(self.clock.now()), self._set_clock),
        )

    def _set_clock(self, data: bytes) -> None:
        moment = Reader(data).date_time()
        self.clock_writes.append(moment)
        if moment is not None and self.clock_applies:
            self.clock.show(moment)
