# SPDX-License-Identifier: Apache-2.0
"""One opening of one instrument's port: ask it if it must be asked, and turn its frames into arrivals or scans."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from device.clock import Clock, Instant
from device.driver import Frame, Framed, Polled, Scanning
from device.enrolment import Overheard
from device.errors import FrameError
from device.framing import Thinning
from device.measurement import Arrival, Measurement, Provenance
from device.registry import Instrument, Model, is_live, located
from device.scan import Scan
from device.serial import faults
from device.serial.health import Health
from device.serial.line import Line
from device.serial.port import Port, opened
from device.serial.status import Status
from device.serial.timing import Deadlines

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wiring:
    """One instrument and what its openings are made with. ``overheard`` is given each frame as it came."""

    instrument: Instrument
    model: Model
    driver: Framed
    clock: Clock
    deadlines: Deadlines
    on_arrival: Callable[[Arrival], None]
    on_scan: Callable[[Scan], None]
    overheard: Callable[[Overheard], None]
    health: Health = field(default_factory=Health)


class Connection:
    """Serves once. ``heard`` tells that a frame was read and believed."""

    def __init__(self, wiring: Wiring, status: Status, number: int) -> None:
        self.heard = False
        self._wiring = wiring
        self._status = status
        self._number = number
        self._scanner = wiring.driver if isinstance(wiring.driver, Scanning) else None
        self._polled = wiring.driver if isinstance(wiring.driver, Polled) else None
        self._line = Line(wiring.driver, wiring.model)
        self._thinning = Thinning()
        self._opened_at = 0.0
        self._frame_at: float | None = None
        self._byte_at = 0.0
        self._asked_at = 0.0
        self._running = False
        self._provenance = Provenance(
            instrument=wiring.instrument.id,
            model=wiring.model.id,
            label=wiring.instrument.label,
            serial=wiring.instrument.serial,
            simulated=wiring.instrument.simulated,
        )

    async def serve(self, path: Path) -> None:
        """From opening the port to its end, which is always a SerialError."""
        deadlines = self._wiring.deadlines
        async with opened(path, self._wiring.model, deadlines) as port:
            self._wiring.health.counters["connections"] += 1
            self._opened_at = self._now().monotonic
            await self._greet(port)
            if self._scanner is not None:
                self._status.linked()
            else:
                self._status.opened()
            while True:
                data = await port.read(deadlines.tick)
                now = self._now()
                if data:
                    self._take(data, now)
                await self._mind(port, now.monotonic)

    def _now(self) -> Instant:
        return self._wiring.clock.now()

    async def _greet(self, port: Port) -> None:
        now = self._now()
        self._asked_at = now.monotonic
        if self._polled is not None:
            await port.write(self._polled.greeting(now.wall.astimezone().replace(tzinfo=None)))

    async def _mind(self, port: Port, at: float) -> None:
        """What time asks for: a code without an end is given up, a stream is kept alive, a silence is noticed."""
        deadlines = self._wiring.deadlines
        if self._scanner is not None:
            if self._line.pending and at - self._byte_at >= deadlines.partial:
                self._line.give_up()
                self._status.unreadable(faults.endless(self._wiring.model.kind))
            return
        quiet = self._notice_silence(at)
        if self._polled is None:
            return
        frame, every = self._polled.keep_alive
        if quiet and (frame or not self.heard) and at - self._asked_at >= deadlines.greet:
            await self._greet(port)
        elif frame and not quiet and at - self._asked_at >= every:
            self._asked_at = at
            await port.write(frame)

    def _notice_silence(self, at: float) -> bool:
        """Whether it says nothing; the screen is told what to do about it."""
        since = self._opened_at if self._frame_at is None else self._frame_at
        quiet = at - since >= self._wiring.deadlines.silence
        if quiet and self._running and at - since < self._wiring.deadlines.worry:
            self._status.silent()
        elif quiet:
            self._running = False
            self._status.off()
        return quiet

    def _take(self, data: bytes, at: Instant) -> None:
        self._byte_at = at.monotonic
        if not self._line.admits(data, at.monotonic):
            raise faults.flooding(self._wiring.model.kind)
        before = self._line.dropped
        for frame in self._line.frames_of(data):
            self._receive(Frame("", frame), at)
        self._wiring.health.counters["dropped-bytes"] += self._line.dropped - before
        if self._line.babbling:
            kind = self._wiring.model.kind
            raise faults.babbling(kind) if self._scanner is None else faults.endless(kind)

    def _receive(self, frame: Frame, at: Instant) -> None:
        wiring = self._wiring
        wiring.health.counters["frames"] += 1
        if self._scanner is None:  # what a scanner reads may be a person's identity
            wiring.overheard(Overheard(wiring.instrument.id, frame.source, frame.data, at))
        try:
            measurements = tuple(wiring.driver.decode(frame))
        except FrameError as error:
            self._reject(frame, error)
            return
        if self._scanner is not None:
            self._understand(at)
            wiring.health.arrived(at)
            wiring.on_scan(Scan(self._scanner.text(frame), at))
        elif self._line.believed or not all(one.continuous for one in measurements):
            self._understand(at)
            if measurements and self._thinning.passes(measurements, at.monotonic):
                self._arrive(frame, measurements, at)

    def _understand(self, at: Instant) -> None:
        self.heard = True
        self._frame_at = at.monotonic
        self._status.linked()
        self._wiring.health.understood()

    def _reject(self, frame: Frame, error: FrameError) -> None:
        self._line.reject(frame.data)
        self._wiring.health.counters[error.code] += 1
        log.warning("%s: %s: %s (%d bytes)", self._wiring.instrument.id, error.code, error, len(frame.data))
        self._status.unreadable(error)

    def _arrive(self, frame: Frame, measurements: tuple[Measurement, ...], at: Instant) -> None:
        model = self._wiring.model
        if measurements[0].continuous:
            self._running = any(one.value is not None for one in measurements)
        self._wiring.health.arrived(at)
        self._wiring.on_arrival(
            Arrival(
                measurements=tuple(located(model, one) for one in measurements),
                provenance=msgspec.structs.replace(self._provenance, frame=frame.data.hex()),
                received=at,
                live=all(is_live(model, one) for one in measurements),
                connection=self._number,
            )
        )
