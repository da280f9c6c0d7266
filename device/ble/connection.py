# SPDX-License-Identifier: Apache-2.0
"""One connection of one instrument: connect, identify, prepare, subscribe, recall, turn its frames into arrivals."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

import msgspec
from bleak.backends.device import BLEDevice

from device.ble import faults
from device.ble.adapter import Adapter, Unmanaged
from device.ble.frames import Frames
from device.ble.guard import GARBAGE, STREAM_FRAMES_PER_SECOND, Inbox, RateCap, Received
from device.ble.identity import BATTERY, Identity, identify, percent
from device.ble.link import ClientFactory, GattLink, connected
from device.ble.memory import Memory
from device.ble.status import Status
from device.ble.tally import Tally
from device.ble.timing import Deadlines
from device.clock import Clock
from device.driver import Clockwork, Driver, Frame, Prepared, Recalled
from device.enrolment import Overheard
from device.errors import FrameError, InstrumentError
from device.framing import Thinning
from device.measurement import Arrival, Measurement, Provenance
from device.registry import Instrument, Model, is_live, located

log = logging.getLogger(__name__)

FRESH = 5.0
"""Seconds after its last number for which a stream counts as running."""


def unheard(_frame: Overheard) -> None:
    """Nobody records."""


@dataclass(frozen=True)
class Wiring:
    """One instrument and what its connections are made with."""

    instrument: Instrument
    model: Model
    driver: Driver
    clock: Clock
    deadlines: Deadlines
    client: ClientFactory
    gate: asyncio.Lock
    on_arrival: Callable[[Arrival], None]
    memory: Memory = field(default_factory=Memory)
    tally: Tally = field(default_factory=Tally)
    adapter: Adapter = field(default_factory=Unmanaged)
    overhear: Callable[[Overheard], None] = unheard


class Stage(Enum):
    """How far a connection has come."""

    LINKED = auto()
    IDENTIFIED = auto()
    PREPARED = auto()
    HEARD = auto()


def unwatched(_stage: Stage) -> None:
    """Nobody follows."""


class Connection:
    """Serves once. ``arrivals`` counts what it brought; ``interrupted`` tells that a running stream was cut off.

    ``reached`` is called in the loop at each stage.
    """

    def __init__(
        self, wiring: Wiring, status: Status, number: int, reached: Callable[[Stage], None] = unwatched
    ) -> None:
        self._reached = reached
        self.arrivals = 0
        self.interrupted = False
        self._wiring = wiring
        self._status = status
        self._number = number
        self._model = wiring.model
        self._inbox = Inbox()
        self._link: GattLink | None = None
        self._frames = Frames(wiring.driver)
        self._thinning = Thinning()
        self._rate = RateCap(STREAM_FRAMES_PER_SECOND)
        self._garbage = 0
        self._running_at: float | None = None
        self._provenance = Provenance(
            instrument=wiring.instrument.id,
            model=wiring.model.id,
            label=wiring.instrument.label,
            serial=wiring.instrument.serial,
            simulated=wiring.instrument.simulated,
            address=wiring.instrument.address,
        )

    async def serve(self, device: BLEDevice) -> None:
        """From connecting to the end of the link. Raises InstrumentError; the instrument's own hang-up is no error."""
        wiring = self._wiring
        opening = connected(device, wiring.model, wiring.client, self._gone, wiring.gate, wiring.deadlines)
        async with opening as client:
            link = self._link = GattLink(client, wiring.model, wiring.clock, wiring.deadlines)
            await self._introduce(link)
            await self._subscribe(link)
            self._status.connected(self._provenance.battery)
            wiring.tally.connected()
            await self._recall(link)
            await self._listen()
            self._part()

    def cut(self) -> None:
        """The stack died under the link: let nothing wait for it."""
        self._gone()

    def _gone(self) -> None:
        self._inbox.close()
        if self._link is not None:
            self._link.lose()

    async def _introduce(self, link: GattLink) -> None:
        """Who it is, and its clock set before anything it measured is heard."""
        self._reached(Stage.LINKED)
        identity = await identify(link, self._wiring.adapter, self._wiring.instrument.address)
        self._check(identity)
        self._wiring.tally.battery = identity.battery
        self._reached(Stage.IDENTIFIED)
        clockwork = await self._prepare(link)
        self._provenance = msgspec.structs.replace(
            self._provenance,
            firmware=identity.firmware,
            hardware=identity.hardware,
            software=identity.software,
            battery=identity.battery,
            clock_set=clockwork.clock_set,
            clock_offset=clockwork.offset,
        )
        if clockwork.site is not None and self._model.site is None:
            self._model = msgspec.structs.replace(self._model, site=clockwork.site)
        tally = self._wiring.tally
        tally.firmware = identity.firmware or tally.firmware
        tally.clock_offset, tally.clock_set = clockwork.offset, clockwork.clock_set
        self._reached(Stage.PREPARED)

    def _check(self, identity: Identity) -> None:
        if identity.serial is not None and identity.serial != self._wiring.instrument.serial:
            raise faults.impostor(self._wiring.model.kind)

    async def _prepare(self, link: GattLink) -> Clockwork:
        driver = self._wiring.driver
        if not isinstance(driver, Prepared):
            return Clockwork(clock_set=False, offset=None)
        try:
            async with asyncio.timeout(self._wiring.deadlines.prepare):
                return await driver.prepare(link)
        except TimeoutError as error:
            raise faults.broken(self._wiring.model.kind, "prepare took too long") from error

    async def _subscribe(self, link: GattLink) -> None:
        for characteristic in self._wiring.model.characteristics:
            if link.has(characteristic):
                await link.subscribe(characteristic, self._hearing(characteristic))
        if link.notifies(BATTERY):
            await self._watch_battery(link)

    async def _watch_battery(self, link: GattLink) -> None:
        try:
            await link.subscribe(BATTERY, self._hear_battery)
        except InstrumentError as error:
            log.info("%s: battery not watched: %s", self._wiring.instrument.id, error)

    def _hearing(self, characteristic: str) -> Callable[[bytes], None]:
        def hear(data: bytes) -> None:
            self._inbox.put(Received(Frame(characteristic, data), self._wiring.clock.now()))

        return hear

    def _hear_battery(self, data: bytes) -> None:
        level = percent(data)
        if level is not None:
            self._provenance = msgspec.structs.replace(self._provenance, battery=level)
            self._status.battery(level)

    async def _recall(self, link: GattLink) -> None:
        """The records that it gives only when it is asked; what it sends by itself meanwhile waits in the inbox."""
        driver = self._wiring.driver
        if not isinstance(driver, Recalled):
            return
        try:
            async with asyncio.timeout(self._wiring.deadlines.recall):
                frames = await driver.recall(link, self._wiring.memory.after)
        except TimeoutError as error:
            raise faults.broken(self._wiring.model.kind, "recall took too long") from error
        for frame in frames:
            self._receive(Received(frame, self._wiring.clock.now()))

    async def _listen(self) -> None:
        while (received := await self._next()) is not None:
            for frame in self._frames.of(received.frame):
                if not self._rate.admits(received.at.monotonic):
                    raise faults.flooding(self._wiring.model.kind)
                self._receive(Received(frame, received.at))
            if self._frames.astray:
                raise faults.babbling(self._wiring.model.kind)
        if self._inbox.overrun:
            raise faults.flooding(self._wiring.model.kind)

    async def _next(self) -> Received | None:
        """The next value; None at the end. A stream may not fall silent while its link stands; a cuff may."""
        patience = self._wiring.deadlines.mute if self._running_at is not None else None
        try:
            async with asyncio.timeout(patience):
                return await self._inbox.get()
        except TimeoutError as error:
            self.interrupted = True
            raise faults.silent(self._wiring.model.kind) from error

    def _receive(self, received: Received) -> None:
        wiring = self._wiring
        wiring.tally.frame()
        wiring.overhear(Overheard(wiring.instrument.id, *received.frame, received.at))
        try:
            measurements = tuple(self._wiring.driver.decode(received.frame))
        except FrameError as error:
            self._reject(received, error)
            return
        if self._garbage:
            self._garbage = 0
            self._status.readable()
        if measurements and self._passes(received, measurements):
            self._arrive(received, measurements)

    def _passes(self, received: Received, measurements: tuple[Measurement, ...]) -> bool:
        return not self._frames.streaming or self._thinning.passes(measurements, received.at.monotonic)

    def _reject(self, received: Received, error: FrameError) -> None:
        self._garbage += 1
        self._wiring.tally.failed(error)
        log.warning("%s: %s: %s (%d bytes)", self._wiring.instrument.id, error.code, error, len(received.frame.data))
        self._status.unreadable(error)
        if self._garbage >= GARBAGE:
            raise faults.babbling(self._wiring.model.kind)

    def _arrive(self, received: Received, measurements: tuple[Measurement, ...]) -> None:
        model = self._model
        self.arrivals += 1
        if any(one.continuous and one.value is not None for one in measurements):
            self._running_at = received.at.monotonic
        elif measurements[0].continuous:
            self._running_at = None
        self._wiring.on_arrival(
            Arrival(
                measurements=tuple(located(model, one) for one in measurements),
                provenance=msgspec.structs.replace(self._provenance, frame=received.frame.data.hex()),
                received=received.at,
                live=all(is_live(model, one) for one in measurements),
                connection=self._number,
            )
        )
        self._wiring.memory.saw(measurements)
        self._wiring.tally.arrived(received.at)
        self._reached(Stage.HEARD)

    def _part(self) -> None:
        """The link is gone: say so before anything else."""
        now = self._wiring.clock.now().monotonic
        self.interrupted = self._running_at is not None and now - self._running_at <= FRESH
        if self.interrupted:
            self._status.vanished()
        else:
            self._status.rest()
