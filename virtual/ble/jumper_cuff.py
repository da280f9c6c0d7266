# SPDX-License-Identifier: Apache-2.0
"""A Jumper JPD-HA120: it greets, shows its pressure while it inflates, sends its result twice and hangs up."""

import asyncio
import contextlib

from device.codes import Doubt
from virtual.ble.cuff import Reading
from virtual.ble.identity import Battery
from virtual.ble.outbox import LINGER, WINDOW, Undelivered
from virtual.ble.pace import OwnClock, Pace
from virtual.ble.peripheral import NOTIFY, WRITE, Casing, LinkLost, Peripheral, Value
from virtual.ble.radio import Radio

SERVICE, MESSAGES, COMMANDS = 0xFFF0, 0xFFF1, 0xFFF2
ADDRESS = "C0:00:00:00:FF:F0"
GREETING = b"\xa5"
LOOSE_CUFF = 0x02
"""A code of a failure; what the codes say is in no source."""


def inflating(pressure: int) -> bytes:
    """The pressure in the cuff, in mmHg."""
    return b"\xfd\xfd\xfb" + pressure.to_bytes(2, "big") + b"\r\n"


def result(reading: Reading) -> bytes:
    """Systolic, diastolic and pulse."""
    numbers = (reading.systolic, reading.diastolic, reading.pulse)
    return b"\xfd\xfd\xfc" + bytes(0 if n is None or isinstance(n, Doubt) else int(n) for n in numbers) + b"\r\n"


def failure(code: int) -> bytes:
    """No number came out."""
    return b"\xfd\xfd\xfd" + bytes((code,)) + b"\r\n"


class VirtualJumperCuff:
    """``start`` puts the battery in; ``measure`` is the nurse's thumb on the button. It remembers nothing."""

    def __init__(
        self,
        radio: Radio,
        *,
        address: str = ADDRESS,
        pace: Pace = Pace(),  # noqa: B008 - immutable
    ) -> None:
        self.clock = OwnClock(pace)
        self.battery = Battery(100)
        self.commands: list[bytes] = []
        self.window = WINDOW
        self._pace = pace
        values = (Value(SERVICE, MESSAGES, NOTIFY), Value(SERVICE, COMMANDS, WRITE, write=self.commands.append))
        self.peripheral = Peripheral(radio, Casing(address, "JPD-HA120", (SERVICE,)), values)

    async def start(self) -> None:
        """Put the battery in: ready to measure, silent."""
        await self.peripheral.power_on()

    async def stop(self) -> None:
        """Take the battery out."""
        await self.peripheral.power_off()

    async def measure(self, reading: Reading, *, seconds: float = 20.0) -> tuple[bytes, ...]:
        """Inflate for ``seconds`` and tell the result. Raises Undelivered: then it is gone."""
        return await self._tell(result(reading), seconds)

    async def move(self, *, seconds: float = 8.0, flagged: bool = True) -> tuple[bytes, ...]:  # noqa: ARG002 - it has no flags
        """The patient moved: no number comes out."""
        return await self._tell(failure(LOOSE_CUFF), seconds)

    async def _tell(self, last: bytes, seconds: float) -> tuple[bytes, ...]:
        """Messages are joined and cut as they come: the result shares a notification with the last pressure."""
        try:
            async with asyncio.timeout(self.window):
                await self.peripheral.find_listener(MESSAGES)
                await self.peripheral.send(MESSAGES, GREETING)
                for pressure in range(20, 180, 20):
                    await self.peripheral.send(MESSAGES, inflating(pressure))
                    await self._pace.sleep(seconds / 8)
                joined = inflating(30) + last + last
                await self.peripheral.send(MESSAGES, joined[:12])
                await self.peripheral.send(MESSAGES, joined[12:])
                await asyncio.sleep(LINGER)
        except (TimeoutError, LinkLost) as error:
            raise Undelivered("nobody heard it") from error
        finally:
            with contextlib.suppress(LinkLost):
                await self.peripheral.hang_up()
            await self.peripheral.hush()
        return (last, last)
