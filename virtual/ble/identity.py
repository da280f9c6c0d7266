# SPDX-License-Identifier: Apache-2.0
"""Device Information (0x180A) and Battery (0x180F) of a virtual instrument."""

from typing import NamedTuple

from virtual.ble.peripheral import NOTIFY, READ, Peripheral, Value

DEVICE_INFORMATION, BATTERY = 0x180A, 0x180F
MODEL, SERIAL, FIRMWARE, MAKER = 0x2A24, 0x2A25, 0x2A26, 0x2A29
BATTERY_LEVEL = 0x2A19


class Identity(NamedTuple):
    """What is printed on the back, and the charge of a new battery in percent."""

    maker: str
    model: str
    serial: str
    firmware: str
    charge: int

    def values(self) -> tuple[Value, ...]:
        """The characteristics that tell it."""
        texts = ((MAKER, self.maker), (MODEL, self.model), (SERIAL, self.serial), (FIRMWARE, self.firmware))
        return tuple(_text(number, text) for number, text in texts)


class Battery:
    """What is left in it, in percent."""

    def __init__(self, charge: int) -> None:
        self.charge = charge

    def values(self) -> tuple[Value, ...]:
        """The characteristic that tells it."""
        return (Value(BATTERY, BATTERY_LEVEL, READ | NOTIFY, self._level),)

    async def drain(self, peripheral: Peripheral, charge: int) -> bytes:
        """Be down to ``charge``; tell it at once if somebody listens."""
        self.charge = charge
        if peripheral.listens(BATTERY_LEVEL):
            await peripheral.send(BATTERY_LEVEL, self._level())
        return self._level()

    def _level(self) -> bytes:
        return bytes([self.charge])


def _text(number: int, text: str) -> Value:
    return Value(DEVICE_INFORMATION, number, READ, text.encode)
