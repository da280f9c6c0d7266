# SPDX-License-Identifier: Apache-2.0
"""An ear thermometer that follows the Health Thermometer Profile 1.0 and sends after each measurement."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from device.codes import Doubt
from device.wire import Reader, pack_date_time, pack_float
from virtual.ble.identity import Battery, Identity
from virtual.ble.outbox import Outbox
from virtual.ble.pace import OwnClock, Pace
from virtual.ble.peripheral import INDICATE, READ, WRITE, Casing, Peripheral, Value
from virtual.ble.radio import Radio

SERVICE, MEASUREMENT, TYPE, DATE_TIME = 0x1809, 0x2A1C, 0x2A1D, 0x2A08
_FAHRENHEIT, _TIME, _TYPE = 0x01, 0x02, 0x04
EAR = 3
"""Temperature Type 0x2A1D."""
LOW, HIGH, FAILED = Doubt.BELOW_RANGE, Doubt.ABOVE_RANGE, Doubt.NOT_A_NUMBER
"""What « Lo », « Hi » and an error on the display are on the air."""

ADDRESS = "C0:00:00:00:18:09"
EAR_THERMOMETER = Identity("Chevet", "Ear thermometer", "T180900001", "2.0", 74)


class Temperature(NamedTuple):
    """What the display shows, in °C or °F."""

    value: Decimal | Doubt
    fahrenheit: bool = False


def frame(temperature: Temperature, taken: datetime | None, place: int | None = EAR) -> bytes:
    """Temperature Measurement 0x2A1C."""
    flags, body = int(temperature.fahrenheit) * _FAHRENHEIT, pack_float(temperature.value)
    if taken is not None:
        flags, body = flags | _TIME, body + pack_date_time(taken)
    if place is not None:
        flags, body = flags | _TYPE, body + bytes([place])
    return bytes([flags]) + body


class VirtualThermometer:
    """``start`` puts the battery in; ``measure`` is the button, two seconds in the ear."""

    def __init__(
        self,
        radio: Radio,
        *,
        address: str = ADDRESS,
        identity: Identity = EAR_THERMOMETER,
        bond: bool = False,
        pace: Pace = Pace(),  # noqa: B008 - immutable
        fixed: bool = False,
    ) -> None:
        """``fixed``: its place never changes, so only Temperature Type 0x2A1D tells it and no frame does."""
        self._place = None if fixed else EAR
        self.clock = OwnClock(pace)
        self.battery = Battery(identity.charge)
        self.identity = identity
        self._radio = radio
        self._pace = pace
        casing = Casing(address, "Thermo-EAR", (SERVICE,), bond)
        self.peripheral = Peripheral(radio, casing, (*self._values(), *identity.values(), *self.battery.values()))
        self.outbox = Outbox(self.peripheral, MEASUREMENT)

    def clone(self, address: str) -> "VirtualThermometer":
        """Another thermometer with the same name, services and serial number at another address."""
        bond = self.peripheral.casing.bond
        return VirtualThermometer(self._radio, address=address, identity=self.identity, bond=bond, pace=self._pace)

    def remember(self, temperatures: Iterable[tuple[Temperature, datetime | None]]) -> tuple[bytes, ...]:
        """Put older, unsent temperatures in the memory; their frames."""
        frames = tuple(frame(temperature, taken) for temperature, taken in temperatures)
        self.outbox.kept.extend(frames)
        return frames

    async def start(self) -> None:
        """Put the battery in: ready to measure, silent."""
        await self.peripheral.power_on()

    async def stop(self) -> None:
        """Take the battery out."""
        await self.peripheral.power_off()

    async def measure(self, temperature: Temperature, *, seconds: float = 2.0) -> tuple[bytes, ...]:
        """Measure for ``seconds``, then deliver; every frame confirmed. Raises Undelivered (the memory keeps them)."""
        await self._pace.sleep(seconds)
        self.outbox.kept.append(frame(temperature, self.clock.now(), self._place))
        return await self.outbox.deliver()

    def _values(self) -> tuple[Value, ...]:
        return (
            Value(SERVICE, MEASUREMENT, INDICATE),
            Value(SERVICE, TYPE, READ, lambda: bytes([EAR])),
            Value(SERVICE, DATE_TIME, READ | WRITE, lambda: pack_date_time(self.clock.now()), self._set_clock),
        )

    def _set_clock(self, data: bytes) -> None:
        moment = Reader(data).date_time()
        if moment is not None:
            self.clock.show(moment)
