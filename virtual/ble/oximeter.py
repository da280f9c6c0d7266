# SPDX-License-Identifier: Apache-2.0
"""A fingertip oximeter that follows the Pulse Oximeter Profile 1.0.1: a stream at 1 Hz, and a spot check on demand."""

import asyncio
import contextlib
from decimal import Decimal
from typing import NamedTuple

from device.codes import Doubt
from device.wire import Reader, pack_date_time, pack_sfloat
from virtual.ble.identity import Battery, Identity
from virtual.ble.pace import OwnClock, Pace
from virtual.ble.peripheral import INDICATE, NOTIFY, READ, WRITE, Casing, LinkLost, Peripheral, Value
from virtual.ble.radio import Radio

SERVICE, SPOT_CHECK, CONTINUOUS, FEATURES, DATE_TIME = 0x1822, 0x2A5E, 0x2A5F, 0x2A60, 0x2A08
_STATUS, _SENSOR, _AMPLITUDE = 0x04, 0x08, 0x10
_SPOT_TIME, _SPOT_STATUS, _SPOT_AMPLITUDE = 0x01, 0x02, 0x08
ONGOING, EARLY, VALID, UNAVAILABLE = 1 << 5, 1 << 6, 1 << 7, 1 << 13
"""Bits of the measurement status."""
WEAK, LOW_PERFUSION, NO_FINGER = 1 << 4, 1 << 5, 1 << 11
"""Bits of the device and sensor status."""
SETTLING = 3
"""Samples without a number after a finger went in."""
NONE = Doubt.NOT_A_NUMBER

ADDRESS = "C0:00:00:00:18:22"
NONIN = Identity("Nonin Medical, Inc.", "3230", "501218222", "1.35", 61)


class Finger(NamedTuple):
    """What the sensor sees: percent, beats a minute, perfusion in percent, and bits of the sensor's status."""

    saturation: Decimal
    pulse: Decimal
    perfusion: Decimal = Decimal("4.2")
    sensor: int = 0


def sample(finger: Finger | None, *, settled: bool = True) -> bytes:
    """PLX Continuous Measurement 0x2A5F: with a finger, while it settles, or without."""
    if finger is None:
        return _sample(NONE, NONE, NONE, UNAVAILABLE, NO_FINGER)
    if not settled:
        return _sample(NONE, NONE, NONE, ONGOING, finger.sensor)
    return _sample(finger.saturation, finger.pulse, finger.perfusion, VALID, finger.sensor)


def _sample(
    saturation: Decimal | Doubt, pulse: Decimal | Doubt, amplitude: Decimal | Doubt, status: int, sensor: int
) -> bytes:
    numbers = pack_sfloat(saturation) + pack_sfloat(pulse)
    tail = status.to_bytes(2, "little") + sensor.to_bytes(3, "little") + pack_sfloat(amplitude)
    return bytes([_STATUS | _SENSOR | _AMPLITUDE]) + numbers + tail


class VirtualOximeter:
    """``start`` switches it on: it advertises and streams until its finger, its battery or its link goes."""

    def __init__(
        self,
        radio: Radio,
        *,
        address: str = ADDRESS,
        identity: Identity = NONIN,
        pace: Pace = Pace(),  # noqa: B008 - immutable
    ) -> None:
        self.clock = OwnClock(pace)
        self.battery = Battery(identity.charge)
        self.finger: Finger | None = None
        self.stuck = False
        """Its link stands and it sends nothing: a firmware that hangs."""
        self._last = b""
        self._settling = 0
        self._radio = radio
        self._pace = pace
        self.identity = identity
        self._moved = asyncio.Event()
        self._streaming: asyncio.Task[None] | None = None
        casing = Casing(address, f"Nonin3230_{identity.serial}", (SERVICE,))
        self.peripheral = Peripheral(radio, casing, (*self._values(), *identity.values(), *self.battery.values()))

    def clone(self, address: str) -> "VirtualOximeter":
        """Another oximeter with the same name, services and serial number at another address."""
        return VirtualOximeter(self._radio, address=address, identity=self.identity, pace=self._pace)

    async def start(self) -> None:
        """Switch it on."""
        await self.peripheral.power_on()
        if self._streaming is None:
            self._streaming = asyncio.ensure_future(self._stream())

    async def stop(self) -> None:
        """Its battery dies, or it is switched off: no goodbye."""
        streaming, self._streaming = self._streaming, None
        if streaming is not None:
            streaming.cancel()
            await asyncio.gather(streaming, return_exceptions=True)
        self.finger = None
        await self.peripheral.power_off()

    async def switch_off(self) -> None:
        """Say goodbye, then go off, as it does ten seconds after the finger left."""
        await self.peripheral.hang_up()
        await self.stop()

    async def insert(self, finger: Finger) -> bytes:
        """Put a finger in; the first sample with its numbers, once a cart has been sent it."""
        if self.finger is None:
            self._settling = SETTLING
        self.finger = finger
        return await self._sent(sample(finger))

    async def remove(self) -> bytes:
        """Take the finger out; the first sample that says so, once a cart has been sent it."""
        self.finger = None
        return await self._sent(sample(None))

    async def spot_check(self) -> bytes:
        """Indicate PLX Spot-check 0x2A5E of the finger that is in; the frame, confirmed. Raises LinkLost."""
        finger = self.finger
        if finger is None:
            raise LinkLost("no finger")
        numbers = pack_sfloat(finger.saturation) + pack_sfloat(finger.pulse) + pack_date_time(self.clock.now())
        tail = VALID.to_bytes(2, "little") + pack_sfloat(finger.perfusion)
        frame = bytes([_SPOT_TIME | _SPOT_STATUS | _SPOT_AMPLITUDE]) + numbers + tail
        await self.peripheral.send(SPOT_CHECK, frame)
        return frame

    async def _stream(self) -> None:
        """Advertise, stream while somebody listens, advertise again."""
        while True:
            await self.peripheral.find_listener(CONTINUOUS)
            with contextlib.suppress(LinkLost):
                while True:
                    await self._tick()
                    await self._pace.sleep(1.0)
            await self.peripheral.until(lambda: not self.peripheral.connected)

    async def _tick(self) -> None:
        if self.stuck and self.peripheral.listens(CONTINUOUS):
            return
        settled = self._settling <= 0
        frame = sample(self.finger, settled=settled)
        await self.peripheral.send(CONTINUOUS, frame)
        if not settled:
            self._settling -= 1
        self._last = frame
        self._moved.set()

    async def _sent(self, frame: bytes) -> bytes:
        self._last = b""
        while self._last != frame:
            self._moved.clear()
            await self._moved.wait()
        return frame

    def _values(self) -> tuple[Value, ...]:
        return (
            Value(SERVICE, SPOT_CHECK, INDICATE),
            Value(SERVICE, CONTINUOUS, NOTIFY),
            Value(SERVICE, FEATURES, READ, lambda: bytes(2)),
            Value(SERVICE, DATE_TIME, READ | WRITE, lambda: pack_date_time(self.clock.now()), self._set_clock),
        )

    def _set_clock(self, data: bytes) -> None:
        moment = Reader(data).date_time()
        if moment is not None:
            self.clock.show(moment)
