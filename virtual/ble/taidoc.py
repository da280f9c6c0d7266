# SPDX-License-Identifier: Apache-2.0
"""A TaiDoc (FORA) meter: it keeps its records, shows itself after a measurement and says nothing but answers."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from device.codes import Doubt, Meal
from virtual.ble.cuff import IRREGULAR, Reading
from virtual.ble.identity import Battery
from virtual.ble.outbox import WINDOW, Undelivered
from virtual.ble.oximeter import Finger
from virtual.ble.pace import OwnClock, Pace
from virtual.ble.peripheral import NOTIFY, WRITE, Casing, LinkLost, Peripheral, Value
from virtual.ble.radio import Radio

SERVICE = "00001523-1212-efde-1523-785feabcd123"
CHARACTERISTIC = "00001524-1212-efde-1523-785feabcd123"
ADDRESS = "C0:00:00:00:15:23"
READ_CLOCK, SET_CLOCK, COUNT, RECORD_TIME, RECORD_VALUES = 0x23, 0x33, 0x2B, 0x25, 0x26
SWITCH_OFF, GREETING = 0x50, 0x54
MEALS: dict[Meal | None, int] = {Meal.BEFORE: 1, Meal.AFTER: 2}
CONTROL = 3


class Record(NamedTuple):
    """The bits beside minute and hour, and the four bytes of its values."""

    minute: int
    hour: int
    values: bytes


def answer(command: int, data: bytes) -> bytes:
    """The eight bytes of an answer."""
    head = bytes((0x51, command, *data, 0xA5))
    return head + bytes((sum(head) % 256,))


def stamp(when: datetime) -> bytes:
    """The four bytes of a time."""
    day = (when.year - 2000) * 512 + when.month * 32 + when.day
    return bytes((day % 256, day // 256, when.minute, when.hour))


def pressure(reading: Reading, *, both: bool = False) -> Record:
    """Of a cuff; ``both``: it measures glucose too, and marks which of them."""
    systolic, diastolic, pulse = (_whole(n) for n in (reading.systolic, reading.diastolic, reading.pulse))
    irregular = 0x40 if reading.status & IRREGULAR else 0
    return Record(irregular | 0x80 * both, 0, systolic.to_bytes(2, "little") + bytes((diastolic, pulse)))


def temperature(celsius: Decimal, place: int = 0) -> Record:
    """Of a thermometer: 0 ear, 1 forehead, 2 rectum, 3 arm-pit."""
    return Record(place << 6, 0, int(celsius * 10).to_bytes(2, "little") + (215).to_bytes(2, "little"))


def glucose(milligrams: int, meal: int = 0) -> Record:
    """In mg/dL: 1 before a meal, 2 after it, 3 a control solution."""
    return Record(0, 0, milligrams.to_bytes(2, "little") + bytes((0, meal << 6)))


def saturation(finger: Finger) -> Record:
    """A spot check."""
    return Record(0, 0, int(finger.saturation).to_bytes(2, "little") + bytes((0, int(finger.pulse))))


def _whole(number: Decimal | Doubt | None) -> int:
    return int(number) if isinstance(number, Decimal) else 0


class Habits(NamedTuple):
    """What differs by product: its name, the memory in use, and that it measures pressure and glucose ``both``."""

    name: str
    user: int = 0
    both: bool = False


class VirtualTaiDoc:
    """``start`` puts the battery in; ``measure`` measures, then shows the meter until a cart has switched it off.

    ``echoes``: each request comes back before its answer; ``clock_applies``: it does not forget the time that it is
    given.
    """

    def __init__(
        self,
        radio: Radio,
        *,
        address: str = ADDRESS,
        habits: Habits = Habits("TAIDOC TD3128"),  # noqa: B008 - immutable
        bond: bool = False,
        pace: Pace = Pace(),  # noqa: B008 - immutable
    ) -> None:
        self.clock = OwnClock(pace)
        self.battery = Battery(100)
        self.user = habits.user
        self.both = habits.both
        self.echoes = False
        self.clock_applies = True
        self.window = WINDOW
        self.requests: list[int] = []
        self.memory: defaultdict[int, list[tuple[datetime, Record]]] = defaultdict(list)
        self._pace = pace
        self._off = False
        self._answering: set[asyncio.Task[None]] = set()
        values = (Value(SERVICE, CHARACTERISTIC, NOTIFY | WRITE, write=self._asked),)
        self.peripheral = Peripheral(radio, Casing(address, habits.name, (SERVICE,), bond), values)

    async def start(self) -> None:
        """Put the battery in: ready to measure, silent."""
        await self.peripheral.power_on()

    async def stop(self) -> None:
        """Take the battery out."""
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)
        await self.peripheral.power_off()

    def remember(self, records: Sequence[tuple[Record, datetime]], user: int = 0) -> None:
        """Put older records in a memory."""
        self.memory[user].extend((taken, record) for record, taken in records)

    async def measure(self, record: Record, *, seconds: float = 2.0) -> tuple[bytes, ...]:
        """Measure for ``seconds``, then wait to be read; the record's frame. Raises Undelivered."""
        await self._pace.sleep(seconds)
        self.memory[self.user].append((self.clock.now(), record))
        await self.show()
        return (self._answer(RECORD_TIME, self.user) + self._answer(RECORD_VALUES, self.user),)

    async def show(self) -> None:
        """Advertise until a cart has switched it off. Raises Undelivered."""
        self._off = False
        try:
            async with asyncio.timeout(self.window):
                while not self._off:
                    await self.peripheral.find_listener(CHARACTERISTIC)
                    with contextlib.suppress(LinkLost):
                        await self._say(answer(GREETING, bytes(4)))
                    await self.peripheral.until(lambda: not self.peripheral.connected)
        except TimeoutError as error:
            raise Undelivered("nobody read it") from error
        finally:
            await self.peripheral.hang_up()
            await self.peripheral.hush()

    def _asked(self, data: bytes) -> None:
        task = asyncio.ensure_future(self._respond(data))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _respond(self, data: bytes) -> None:
        command = data[1]
        self.requests.append(command)
        with contextlib.suppress(LinkLost):
            if self.echoes:
                await self._say(data)
            if command == SET_CLOCK:
                self._set_clock(data[2:6])
            user = data[2] if command == COUNT else data[5]
            await self._say(self._answer(command, user))
        if command == SWITCH_OFF:
            self._off = True
            await self.peripheral.hang_up()

    def _answer(self, command: int, user: int) -> bytes:
        records = self.memory[user]
        data = bytes(4)
        if command in (READ_CLOCK, SET_CLOCK):
            data = stamp(self.clock.now())
        elif command == COUNT:
            data = len(records).to_bytes(2, "little") + bytes(2)
        elif command == RECORD_TIME and records:
            taken, record = records[-1]
            beside = bytes((0, 0, record.minute, record.hour))
            data = bytes(a | b for a, b in zip(stamp(taken), beside, strict=True))
        elif command == RECORD_VALUES and records:
            data = records[-1][1].values
        return answer(command, data)

    def _set_clock(self, data: bytes) -> None:
        if not self.clock_applies:
            return
        years, rest = divmod(int.from_bytes(data[:2], "little"), 512)
        month, day = divmod(rest, 32)
        self.clock.show(datetime(2000 + years, month, day, data[3], data[2]))  # noqa: DTZ001 - an instrument knows no time zone

    async def _say(self, data: bytes) -> None:
        await self.peripheral.send(CHARACTERISTIC, data)
