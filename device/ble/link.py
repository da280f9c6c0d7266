# SPDX-License-Identifier: Apache-2.0
"""An open connection: bleak's client with deadlines, our errors, and the model's characteristics by UUID."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.exc import BleakError, BleakGATTProtocolError

from device.ble import faults
from device.ble.exchange import Exchange, Flood, Lost
from device.ble.timing import Deadlines
from device.clock import Clock
from device.driver import Answer, anything
from device.registry import Model

log = logging.getLogger(__name__)
T = TypeVar("T")

TRANSPORT = (BleakError, OSError, EOFError)
"""What a Bluetooth stack throws: bleak's own, deadlines and sockets (OSError), a D-Bus that hung up (EOFError)."""

ClientFactory = Callable[..., BleakClient]


async def within(seconds: float, operation: Awaitable[T]) -> T:
    """The operation's result, or one of TRANSPORT.

    A stack that cancels its own operation (a future of a link that went) must not pass for somebody cancelling us:
    the task of the instrument would end in silence. Nor may it swallow a cancellation that was meant for us
    (``asyncio.wait_for`` of Python 3.11 does when both come together): the task would never end.
    """
    cancelled = _since_now()
    try:
        async with asyncio.timeout(seconds):
            result = await operation
            if not cancelled():
                return result
    except asyncio.CancelledError as error:
        if not cancelled():
            raise BleakError("cancelled by the Bluetooth stack") from error
        raise
    raise asyncio.CancelledError


def _since_now() -> Callable[[], bool]:
    """Whether somebody has asked this task to end from now on."""
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    return lambda: task is not None and task.cancelling() > before


def unheard(_data: bytes) -> None:
    """Outside of a request nobody wants this value."""


class GattLink:
    """``device.driver.Conversation`` over a connected client. Every call raises InstrumentError."""

    def __init__(self, client: BleakClient, model: Model, clock: Clock, deadlines: Deadlines) -> None:
        self._client = client
        self._kind = model.kind
        self._clock = clock
        self._deadlines = deadlines
        self._found = _characteristics(client, model)
        self._hearing: dict[str, Callable[[bytes], None]] = {}
        self._exchange: Exchange | None = None
        self._asking = asyncio.Lock()

    def has(self, characteristic: str) -> bool:
        """Whether the instrument offers the characteristic."""
        return characteristic in self._found

    def notifies(self, characteristic: str) -> bool:
        """Whether the characteristic can be subscribed to."""
        found = self._found.get(characteristic)
        return found is not None and bool({"notify", "indicate"} & set(found.properties))

    async def read(self, characteristic: str) -> bytes:
        """Read a characteristic."""
        reading = self._client.read_gatt_char(self._wanted(characteristic))
        return bytes(await self._within(self._deadlines.read, reading))

    async def write(self, characteristic: str, data: bytes) -> None:
        """Write a characteristic, with response where it gives one."""
        found = self._wanted(characteristic)
        writing = self._client.write_gatt_char(found, data, response="write" in found.properties)
        await self._within(self._deadlines.write, writing)

    async def subscribe(self, characteristic: str, hear: Callable[[bytes], None]) -> None:
        """Have ``hear`` called in the loop with each value from now on, in the place of who heard it before."""

        def callback(_characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
            value = bytes(data)
            if self._exchange is None or not self._exchange.take(characteristic, value):
                self._hearing.get(characteristic, hear)(value)

        if characteristic not in self._hearing:
            subscribing = self._client.start_notify(self._wanted(characteristic), callback)
            await self._within(self._deadlines.subscribe, subscribing)
        self._hearing[characteristic] = hear

    async def ask(
        self,
        characteristic: str,
        data: bytes,
        *,
        answer: str,
        gather: Collection[str] = (),
        fits: Callable[[bytes], bool] = anything,
    ) -> Answer:
        """Write a request and await its answer, gathering what comes before it; subscribes to what it must hear.

        Values of ``answer`` and ``gather`` that come meanwhile are heard by nobody else.
        """
        async with self._asking:
            for source in (answer, *gather):
                if source not in self._hearing:
                    await self.subscribe(source, unheard)
            exchange = self._exchange = Exchange(answer, gather, fits)
            try:
                await self.write(characteristic, data)
                return await exchange.settled(self._deadlines.answer)
            except Flood as error:
                raise faults.flooding(self._kind) from error
            except (Lost, TimeoutError) as error:
                raise faults.broken(self._kind, f"no answer to a request: {error}") from error
            finally:
                self._exchange = None

    def lose(self) -> None:
        """The link is gone: a request under way ends at once."""
        if self._exchange is not None:
            self._exchange.lose()

    def local_time(self) -> datetime:
        """The cart's local time, naive."""
        return self._clock.now().wall.astimezone().replace(tzinfo=None)

    def _wanted(self, characteristic: str) -> BleakGATTCharacteristic:
        found = self._found.get(characteristic)
        if found is None:
            raise faults.hollow(self._kind, f"no characteristic {characteristic}")
        return found

    async def _within(self, seconds: float, operation: Awaitable[T]) -> T:
        try:
            return await within(seconds, operation)
        except TRANSPORT as error:
            make = faults.unbonded if _unbonded(error) else faults.broken
            raise make(self._kind, f"{type(error).__name__}: {error}") from error


def _characteristics(client: BleakClient, model: Model) -> dict[str, BleakGATTCharacteristic]:
    """By UUID; the model's own services win where one stands twice. Raises InstrumentError without any it needs."""
    try:
        services = list(client.services)
    except BleakError as error:
        raise faults.hollow(model.kind, str(error)) from error
    ranked = sorted(services, key=lambda service: service.uuid in model.services)
    found = {one.uuid: one for service in ranked for one in service.characteristics}
    if not any(uuid in found for uuid in model.characteristics):
        offered = ", ".join(service.uuid for service in services) or "no service"
        raise faults.hollow(model.kind, f"none of the model's characteristics in {offered}")
    return found


@asynccontextmanager
async def connected(  # noqa: PLR0913 - what a connection is made of, in the words of its three users
    device: BLEDevice,
    model: Model,
    make: ClientFactory,
    gone: Callable[[], None],
    gate: asyncio.Lock,
    deadlines: Deadlines,
    *,
    pair: bool = False,
) -> AsyncIterator[BleakClient]:
    """A connection and its end. ``gate`` lets one connect at a time (BlueZ answers InProgress otherwise).

    ``gone`` is called when the link ends, whoever ended it. ``pair`` in an enrolment only: everywhere else a bond is
    there, and the stack encrypts by itself, or the instrument is to be enrolled again. Raises InstrumentError.
    """
    options: dict[str, Any] = {"pair": True} if pair else {}
    client = make(device, lambda _client: gone(), timeout=deadlines.connect, **options)
    try:
        async with gate:
            await _connect(client, model, deadlines)
        yield client
    finally:
        await _disconnect(client, deadlines)


async def _connect(client: BleakClient, model: Model, deadlines: Deadlines) -> None:
    try:
        await within(deadlines.connect, client.connect())
    except TRANSPORT as error:
        make = faults.unbonded if _unbonded(error) else faults.unreachable
        raise make(model.kind, f"{type(error).__name__}: {error}") from error


def _unbonded(error: Exception) -> bool:
    """Whether the two ends do not know each other any more: BlueZ's words, or ATT 0x05, 0x08, 0x0F (Core 3.F.3.4)."""
    if isinstance(error, BleakGATTProtocolError):
        return int(error.code) in (0x05, 0x08, 0x0F)
    return isinstance(error, BleakError) and "Authentication" in str(error)


async def _disconnect(client: BleakClient, deadlines: Deadlines) -> None:
    try:
        await within(deadlines.disconnect, client.disconnect())
    except TRANSPORT as error:
        log.warning("disconnect: %s", type(error).__name__)
