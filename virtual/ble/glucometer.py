# SPDX-License-Identifier: Apache-2.0
"""A glucose meter that follows the Glucose Profile 1.0.1: records in a memory, given when they are asked for.

Silent until it has measured; then it advertises, answers the control point 0x2A52, and hangs up once its newest record
was given.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from device.codes import Doubt
from device.registry import Bond
from device.wire import Reader, pack_current_time, pack_date_time, pack_sfloat
from virtual.ble.identity import Battery, Identity
from virtual.ble.outbox import LINGER, WINDOW, Undelivered
from virtual.ble.pace import OwnClock, Pace
from virtual.ble.peripheral import INDICATE, NOTIFY, READ, WRITE, Casing, LinkLost, Peripheral, Value
from virtual.ble.radio import Radio
from virtual.ble.records import Habits, Procedure

SERVICE, MEASUREMENT, CONTEXT, FEATURE, CONTROL = 0x1808, 0x2A18, 0x2A34, 0x2A51, 0x2A52
TIME_SERVICE, CURRENT_TIME = 0x1805, 0x2A2B
_OFFSET, _CONCENTRATION, _MOLES, _STATUS, _CONTEXT = 0x01, 0x02, 0x04, 0x08, 0x10
_MEAL = 0x02
BEFORE, AFTER, FASTING, CASUAL, BEDTIME = 1, 2, 3, 4, 5
"""Meal of the context."""
CAPILLARY, CONTROL_SOLUTION = 1, 10
"""Type of the sample, in the low four bits; its location in the high ones: a finger, or a control solution."""
_FINGER, _CONTROL_LOCATION = 0x10, 0x40
HIGH, LOW, SMALL, STRIP = 1 << 5, 1 << 6, 1 << 2, 1 << 4
"""Bits of the sensor's status: Hi, Lo, a drop too small, a strip of the wrong kind."""
FAILED = Doubt.NOT_A_NUMBER

ADDRESS = "C0:00:00:00:18:08"
METER = Identity("Chevet", "Glucometer", "G180800001", "1.4", 92)


class Sample(NamedTuple):
    """What the display shows: mg/dL, or mmol/L. A doubt where there is no number; ``status`` bits then say why."""

    value: Decimal | Doubt
    moles: bool = False
    meal: int | None = None
    control: bool = False
    status: int = 0


class Record(NamedTuple):
    """A sample in the memory."""

    number: int
    sample: Sample
    taken: datetime

    def frame(self) -> bytes:
        """Glucose Measurement 0x2A18."""
        sample = self.sample
        flags = _OFFSET | _CONCENTRATION | (_MOLES if sample.moles else 0) | (_STATUS if sample.status else 0)
        flags |= _CONTEXT if sample.meal is not None else 0
        head = bytes([flags]) + self.number.to_bytes(2, "little") + pack_date_time(self.taken) + bytes(2)
        kind = CONTROL_SOLUTION | _CONTROL_LOCATION if sample.control else CAPILLARY | _FINGER
        status = sample.status.to_bytes(2, "little") if sample.status else b""
        return head + pack_sfloat(_on_the_air(sample)) + bytes([kind]) + status

    def context(self) -> bytes | None:
        """Glucose Measurement Context 0x2A34, where there is one."""
        if self.sample.meal is None:
            return None
        return bytes([_MEAL]) + self.number.to_bytes(2, "little") + bytes([self.sample.meal])


def _on_the_air(sample: Sample) -> Decimal | Doubt:
    """In kg/L or mol/L."""
    if isinstance(sample.value, Doubt):
        return sample.value
    return sample.value.scaleb(-3 if sample.moles else -5)


class VirtualGlucometer:
    """``start`` puts the battery in; ``measure`` is a drop of blood on a strip."""

    def __init__(
        self,
        radio: Radio,
        *,
        address: str = ADDRESS,
        identity: Identity = METER,
        bond: Bond = Bond.NONE,
        habits: Habits = Habits(),  # noqa: B008 - immutable
        pace: Pace = Pace(),  # noqa: B008 - immutable
    ) -> None:
        self.clock = OwnClock(pace)
        self.battery = Battery(identity.charge)
        self.identity = identity
        self.window = WINDOW
        self.memory: list[Record] = []
        self._bond = bond
        self._next = 1
        self._given: list[bytes] = []
        self._radio = radio
        self._pace = pace
        self.procedure = Procedure(lambda: self.memory, self._send, habits)
        casing = Casing(
            address, f"meter+{identity.serial[-8:]}", (SERVICE,), bond is not Bond.NONE, passkey=bond is Bond.PASSKEY
        )
        self.peripheral = Peripheral(radio, casing, (*self._values(), *identity.values(), *self.battery.values()))

    def clone(self, address: str) -> "VirtualGlucometer":
        """Another meter with the same name, services and serial number at another address."""
        return VirtualGlucometer(self._radio, address=address, identity=self.identity, bond=self._bond, pace=self._pace)

    def remember(self, samples: Iterable[tuple[Sample, datetime]]) -> tuple[bytes, ...]:
        """Put older records in the memory; their frames."""
        return tuple(self._keep(sample, taken).frame() for sample, taken in samples)

    def empty(self) -> None:
        """Its memory is emptied, and counts from its beginning again."""
        self.memory.clear()
        self._next = 1

    async def start(self) -> None:
        """Put the battery in: ready to measure, silent."""
        await self.peripheral.power_on()

    async def stop(self) -> None:
        """Take the battery out."""
        await self.procedure.stop()
        await self.peripheral.power_off()

    async def measure(self, sample: Sample, *, seconds: float = 5.0) -> tuple[bytes, ...]:
        """Measure for ``seconds``, then be asked; every frame given. Raises Undelivered (the memory keeps it)."""
        await self._pace.sleep(seconds)
        self._keep(sample, self.clock.now())
        return await self.deliver()

    async def deliver(self) -> tuple[bytes, ...]:
        """Advertise until a cart has asked for the records and had the newest. Raises Undelivered."""
        self._given.clear()
        self.procedure.done.clear()
        try:
            async with asyncio.timeout(self.window):
                while not self.procedure.done.is_set():
                    await self.peripheral.find_listener(CONTROL)
                    await self._asked()
                await asyncio.sleep(LINGER)
        except TimeoutError as error:
            raise Undelivered(f"{len(self.memory)} kept, {len(self._given)} sent") from error
        finally:
            await self.peripheral.hang_up()
            await self.peripheral.hush()
        return tuple(self._given)

    async def _asked(self) -> None:
        """Until the newest record was given, or the link is gone."""
        done = asyncio.ensure_future(self.procedure.done.wait())
        gone = asyncio.ensure_future(self.peripheral.until(lambda: not self.peripheral.listens(CONTROL)))
        try:
            await asyncio.wait((done, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            done.cancel()
            gone.cancel()

    def _keep(self, sample: Sample, taken: datetime) -> Record:
        record = Record(self._next, sample, taken)
        self._next += 1
        self.memory.append(record)
        return record

    async def _send(self, number: int, data: bytes) -> None:
        if not self.peripheral.listens(number):
            raise LinkLost
        await self.peripheral.send(number, data)
        if number == MEASUREMENT:
            self._given.append(data)

    def _values(self) -> tuple[Value, ...]:
        return (
            Value(SERVICE, MEASUREMENT, NOTIFY),
            Value(SERVICE, CONTEXT, NOTIFY),
            Value(SERVICE, FEATURE, READ, lambda: (0x03FF).to_bytes(2, "little")),
            Value(SERVICE, CONTROL, WRITE | INDICATE, write=self.procedure.ask),
            Value(
                TIME_SERVICE, CURRENT_TIME, READ | WRITE, lambda: pack_current_time(self.clock.now()), self._set_clock
            ),
        )

    def _set_clock(self, data: bytes) -> None:
        moment = Reader(data).date_time()
        if moment is not None:
            self.clock.show(moment)
