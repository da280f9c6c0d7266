# SPDX-License-Identifier: Apache-2.0
"""Finger oximeters with a protocol of their own: they stream as long as somebody listens, and remember nothing."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from virtual.ble.identity import Battery
from virtual.ble.oximeter import Finger
from virtual.ble.pace import OwnClock, Pace
from virtual.ble.peripheral import NOTIFY, Casing, LinkLost, Peripheral, Value
from virtual.ble.radio import Radio

NOTIFICATION = 20
"""Bytes of a notification while nobody has asked for longer ones."""
WAVE = (12, 38, 71, 96, 88, 70, 58, 49, 41, 30)
"""A pulse wave, over and over."""

Words = Callable[[Finger | None], Sequence[bytes]]
"""The notifications of one tick."""


class Make(NamedTuple):
    """A product: what it advertises and how it talks, ``period`` seconds a tick; ``words`` begins a link anew."""

    name: str
    service: str
    stream: str
    period: float
    words: Callable[[], Words]


def _jumper() -> Words:
    wave = itertools.cycle(WAVE)

    def words(finger: Finger | None) -> Sequence[bytes]:
        pieces = [bytes((0x80, *itertools.islice(wave, 10))) for _ in range(5)]
        return [*pieces, jumper(finger)]

    return words


def jumper(finger: Finger | None) -> bytes:
    """Its frame of numbers."""
    if finger is None:
        return bytes((0x81, 255, 127, 0))
    return bytes((0x81, int(finger.pulse), int(finger.saturation), int(finger.perfusion * 10)))


def _berrymed() -> Words:
    wave, cut = itertools.cycle(WAVE), _Cut(b"\x22\x48\x61")

    def words(finger: Finger | None) -> Sequence[bytes]:
        return list(cut.pieces(b"".join(berrymed(finger, next(wave)) for _ in range(20))))

    return words


def berrymed(finger: Finger | None, wave: int) -> bytes:
    """A BCI packet."""
    if finger is None:
        return bytes((0x80, 0, 0x10, 127, 127))
    pulse = int(finger.pulse)
    return bytes((0x86, wave, (pulse & 0x80) >> 1 | 3, pulse & 0x7F, int(finger.saturation)))


def _viatom() -> Words:
    wave, cut = itertools.cycle(WAVE), _Cut(b"\x00\x28")

    def words(finger: Finger | None) -> Sequence[bytes]:
        waves = [viatom(0x0F, 0x02, bytes(itertools.islice(wave, 5))) for _ in range(10)]
        battery, state = viatom(0xF0, 0x03, b"\x03"), viatom(0x0F, 0x21, b"\x02\x00\x00\x00")
        return list(cut.pieces(b"".join((*waves, viatom_numbers(finger), battery, state))))

    return words


def viatom(token: int, kind: int, content: bytes) -> bytes:
    """A message."""
    whole = b"\xaa\x55" + bytes((token, len(content) + 2, kind)) + content
    return whole + bytes((_crc8(whole),))


def _crc8(data: bytes) -> int:
    """CRC-8/MAXIM, bit by bit as its definition."""
    crc = 0
    for bit in (byte >> place & 1 for byte in data for place in range(8)):
        crc = crc >> 1 ^ 0x8C * ((crc ^ bit) & 1)
    return crc


def viatom_numbers(finger: Finger | None) -> bytes:
    """Its message of numbers."""
    if finger is None:
        return viatom(0x0F, 0x01, bytes((0, 0, 0, 0, 0x02, 0xC0)))
    pulse = int(finger.pulse).to_bytes(2, "little")
    return viatom(0x0F, 0x01, bytes((int(finger.saturation), *pulse, int(finger.perfusion * 10), 0, 0xC0)))


class _Cut:
    """A stream as notifications: it was running before anybody listened, and they cut it anywhere."""

    def __init__(self, before: bytes) -> None:
        self._left = before

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """The whole notifications that ``data`` fills."""
        self._left += data
        while len(self._left) >= NOTIFICATION:
            yield self._left[:NOTIFICATION]
            self._left = self._left[NOTIFICATION:]


JPD_500F = Make(
    "My Oximeter",
    "cdeacb80-5235-4c07-8846-93a37ee6b86d",
    "cdeacb81-5235-4c07-8846-93a37ee6b86d",
    1.0,
    _jumper,
)
BM1000 = Make(
    "BerryMed",
    "49535343-fe7d-4ae5-8fa9-9fafd205e455",
    "49535343-1e4d-4bd9-ba61-23c647249616",
    0.2,
    _berrymed,
)
PC_60FW = Make(
    "PC-60FW",
    "6e400001-b5a3-f393-e0a9-e50e24dcca9e",
    "6e400003-b5a3-f393-e0a9-e50e24dcca9e",
    1.0,
    _viatom,
)


class VirtualFingertip:
    """``start`` switches it on: it advertises and streams until its battery or its link goes."""

    def __init__(
        self,
        radio: Radio,
        make: Make,
        *,
        address: str,
        pace: Pace = Pace(),  # noqa: B008 - immutable
    ) -> None:
        self.finger: Finger | None = None
        self.clock = OwnClock(pace)
        self.battery = Battery(100)
        self.peripheral = Peripheral(
            radio, Casing(address, make.name, (make.service,)), (Value(make.service, make.stream, NOTIFY),)
        )
        self._make = make
        self._pace = pace
        self._told: Finger | None = None
        self._spoke = asyncio.Event()
        self._streaming: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Switch it on."""
        await self.peripheral.power_on()
        if self._streaming is None:
            self._streaming = asyncio.ensure_future(self._stream())

    async def stop(self) -> None:
        """Its battery dies: no goodbye."""
        streaming, self._streaming = self._streaming, None
        if streaming is not None:
            streaming.cancel()
            await asyncio.gather(streaming, return_exceptions=True)
        self.finger = None
        await self.peripheral.power_off()

    async def switch_off(self) -> None:
        """Say goodbye, then go off."""
        await self.peripheral.hang_up()
        await self.stop()

    async def insert(self, finger: Finger) -> None:
        """Put a finger in; done once a cart has been told its numbers."""
        self.finger = finger
        await self._heard(finger)

    async def remove(self) -> None:
        """Take the finger out; done once a cart has been told so."""
        self.finger = None
        await self._heard(None)

    async def _heard(self, finger: Finger | None) -> None:
        self._spoke.clear()
        await self._spoke.wait()
        while self._told != finger:
            self._spoke.clear()
            await self._spoke.wait()

    async def _stream(self) -> None:
        """Advertise, stream while somebody listens, advertise again."""
        while True:
            await self.peripheral.find_listener(self._make.stream)
            words = self._make.words()
            with contextlib.suppress(LinkLost):
                while True:
                    finger = self.finger
                    for notification in words(finger):
                        await self.peripheral.send(self._make.stream, notification)
                    self._told = finger
                    self._spoke.set()
                    await self._pace.sleep(self._make.period)
            await self.peripheral.until(lambda: not self.peripheral.connected)
