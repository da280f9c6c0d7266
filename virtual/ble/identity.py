# SPDX-License-Identifier: Apache-2.0
"""Device Information (0x180A) and Battery (0x180F) of a virtual instrument."""

from dataclasses import dataclass

from virtual.ble.peripheral import NOTIFY, READ, Value

DEVICE_INFORMATION, BATTERY = 0x180A, 0x180F
MODEL, SERIAL, FIRMWARE, MAKER = 0x2A24, 0x2A25, 0x2A26, 0x2A29
BATTERY_LEVEL = 0x2A19


@dataclass
class Identity:
    """What is printed on the back, and what is left in the battery (percent; None: it does not tell)."""

    maker: str
    model: str
    serial: str
    firmware: str = "1.0.0"
    battery: int | None = 80

    def values(self) -> tuple[Value, ...]:
        """The characteristics that tell it."""
        texts = ((MAKER, self.maker), (MODEL, self.model), (SERIAL, self.serial), (FIRMWARE, self.firmware))
        told = tuple(_text(number, text) for number, text in texts)
        if self.battery is None:
            return told
        return (*told, Value(BATTERY, BATTERY_LEVEL, READ | NOTIFY, self._level))

    def _level(self) -> bytes:
        return bytes([self.battery or 0])


def _text(number: int, text: str) -> Value:
    return Value(DEVICE_INFORMATION, number, READ, text.encode)
