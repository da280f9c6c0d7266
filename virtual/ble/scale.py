# SPDX-License-Identifier: Apache-2.0
"""A floor scale that follows the Weight Scale Profile 1.0 and sends after each weighing, as the A&D UC-352BLE."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from device.wire import Reader, pack_date_time
from virtual.ble.identity import Battery, Identity
from virtual.ble.outbox import Outbox
from virtual.ble.pace import OwnClock, Pace
from virtual.ble.peripheral import INDICATE, READ, WRITE, Casing, Peripheral, Value
from virtual.ble.radio import Radio

SERVICE, MEASUREMENT, FEATURE, DATE_TIME = 0x181D, 0x2A9D, 0x2A9E, 0x2A08
BODY_SERVICE, BODY_MEASUREMENT, BODY_FEATURE = 0x181B, 0x2A9C, 0x2A9B
"""Body Composition, offered beside it as many scales do."""
_POUNDS, _TIME = 0x01, 0x02
UNSUCCESSFUL = b"\xff\xff"

ADDRESS = "C0:00:00:00:18:1D"
SCALE = Identity("Chevet", "Floor scale", "W181D00001", "1.1", 88)


class Weighing(NamedTuple):
    """What the display shows, in kg or lb; None: it could not weigh."""

    weight: Decimal | None
    pounds: bool = False


def frame(weighing: Weighing, taken: datetime | None) -> bytes:
    """Weight Measurement 0x2A9D. Raises OverflowError for a weight beyond what the field holds."""
    flags, tail = (_POUNDS if weighing.pounds else 0), b""
    if taken is not None:
        flags, tail = flags | _TIME, pack_date_time(taken)
    if weighing.weight is None:
        return bytes([flags]) + UNSUCCESSFUL + tail
    steps = weighing.weight * (100 if weighing.pounds else 200)
    return bytes([flags]) + int(steps.to_integral_value()).to_bytes(2, "little") + tail


class VirtualScale:
    """``start`` puts the battery in; ``measure`` is somebody stepping on it."""

    def __init__(
        self,
        radio: Radio,
        *,
        address: str = ADDRESS,
        identity: Identity = SCALE,
        bond: bool = False,
        pace: Pace = Pace(),  # noqa: B008 - immutable
    ) -> None:
        self.clock = OwnClock(pace)
        self.battery = Battery(identity.charge)
        self.identity = identity
        self._radio = radio
        self._pace = pace
        casing = Casing(address, f"Scale_{identity.serial[-4:]}", (SERVICE,), bond)
        self.peripheral = Peripheral(radio, casing, (*self._values(), *identity.values(), *self.battery.values()))
        self.outbox = Outbox(self.peripheral, MEASUREMENT)

    def clone(self, address: str) -> "VirtualScale":
        """Another scale with the same name, services and serial number at another address."""
        bond = self.peripheral.casing.bond
        return VirtualScale(self._radio, address=address, identity=self.identity, bond=bond, pace=self._pace)

    def remember(self, weighings: Iterable[tuple[Weighing, datetime | None]]) -> tuple[bytes, ...]:
        """Put older, unsent weighings in the memory; their frames."""
        frames = tuple(frame(weighing, taken) for weighing, taken in weighings)
        self.outbox.kept.extend(frames)
        return frames

    async def start(self) -> None:
        """Put the battery in: ready to weigh, silent."""
        await self.peripheral.power_on()

    async def stop(self) -> None:
        """Take the battery out."""
        await self.peripheral.power_off()

    async def measure(self, weighing: Weighing, *, seconds: float = 4.0) -> tuple[bytes, ...]:
        """Weigh for ``seconds``, then deliver; every frame confirmed. Raises Undelivered (the memory keeps them)."""
        await self._pace.sleep(seconds)
        self.outbox.kept.append(frame(weighing, self.clock.now()))
        return await self.outbox.deliver()

    def _values(self) -> tuple[Value, ...]:
        return (
            Value(SERVICE, MEASUREMENT, INDICATE),
            Value(SERVICE, FEATURE, READ, lambda: bytes(4)),
            Value(SERVICE, DATE_TIME, READ | WRITE, lambda: pack_date_time(self.clock.now()), self._set_clock),
            Value(BODY_SERVICE, BODY_MEASUREMENT, INDICATE),
            Value(BODY_SERVICE, BODY_FEATURE, READ, lambda: bytes(4)),
        )

    def _set_clock(self, data: bytes) -> None:
        moment = Reader(data).date_time()
        if moment is not None:
            self.clock.show(moment)
