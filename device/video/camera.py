# SPDX-License-Identifier: Apache-2.0
"""One camera by its role: its newest picture, stills, a held picture, and how it is."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from queue import Full

from device.camera import CameraPhase, CameraState
from device.clock import Clock
from device.ring import Picture
from device.video import watch as health
from device.video.capture import STOPPING, Capture
from device.video.preview import Preview
from device.video.rows import CameraRow
from device.video.source import Source, absent, no_still, stuck
from device.video.stills import Still, still_of

log = logging.getLogger(__name__)

DEMAND = 1.0
"""Seconds that a call of ``next`` keeps the camera at its full rate."""
CHECK = 0.25
"""Seconds between two looks at the phase: it must change also when the thread waits for a device that hangs."""
HANGING = 15.0
"""Seconds without a sign of the thread after which its device is said to hang; opening one may take a few."""


class Camera:
    """A camera, used in the event loop; it captures from ``start`` to ``stop``, again and again.

    The still is the sensor's own frame at full resolution. Where the stream runs at that size it is the next frame of
    the stream; where the row has a larger ``still`` size, the stream pauses for it (about a second on a UVC camera):
    a stream always at the largest size would cost more CPU and USB bandwidth for the whole call than that pause does.
    """

    def __init__(
        self,
        row: CameraRow,
        source: Source,
        preview: Preview,
        clock: Clock,
        on_change: Callable[[CameraState], None],
    ) -> None:
        self.id, self.label, self.role, self.sites = row.id, row.label, row.role, row.sites
        self.match = row.match
        self._preview = preview
        self._clock = clock
        self._on_change = on_change
        screen = row.role == "ultrasound"
        self._capture = Capture(row.id, source, clock, preview.show, self._tell, screen=screen)
        self._chosen = False
        self._phase = CameraPhase.OPENING
        self._blurred = False
        self._hanging = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._fresh = asyncio.Event()

    @property
    def latest(self) -> Picture | None:
        """The newest picture, or the held one; None while the camera gives none."""
        shot = self._capture.held or self._capture.shot
        return None if shot is None else shot.picture

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the newest picture; zeros while there is none."""
        latest = self.latest
        return (0, 0) if latest is None else (latest.width, latest.height)

    @property
    def phase(self) -> CameraPhase:
        """How the camera is; OPENING too while it is stopped."""
        return self._phase

    @property
    def state(self) -> CameraState:
        """What the station shows."""
        ring = str(self._preview.path)
        return CameraState(self.id, self.label, self.role, self._phase, ring, self.sites, self._blurred)

    @property
    def chosen(self) -> bool:
        """Whether it runs at its full rate and its ring holds whole pictures."""
        return self._chosen

    @chosen.setter
    def chosen(self, chosen: bool) -> None:
        self._chosen = self._preview.whole = chosen
        self._capture.demanded = float("inf") if chosen else 0.0

    def start(self) -> None:
        """Start capturing. Called in the event loop, in which ``on_change`` is then called."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._capture.start()
            self._tick(self._loop)

    def halt(self) -> None:
        """Begin to stop, without waiting: several cameras then end at the same time."""
        self._capture.halt()

    def stop(self, patience: float = STOPPING) -> None:
        """Stop capturing and take the pictures away; blocks for a frame's time, a second while no frames come, and at
        most ``patience`` seconds for a device that does not answer."""
        if self._loop is None:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._loop = None
        self._capture.stop(patience)
        self._preview.close()
        self._phase, self._blurred = CameraPhase.OPENING, False

    def ease(self, on: bool) -> None:  # noqa: FBT001 - what it is
        """Make half as many pictures, or all of them again: decoding and encoding them is what heats the box most."""
        self._capture.eased = on

    def hold(self, frozen: bool) -> None:  # noqa: FBT001 - the station's command is a boolean
        """Keep the newest picture, whose still is then its own raw frame; or let it go. Raises CameraError (CAM-01)."""
        capture = self._capture
        if not frozen:
            capture.held = None
        elif capture.held is None:
            capture.held = capture.shot
            if capture.held is None:
                raise absent(f"camera {self.id} has no picture to hold")

    async def next(self, after: int, deadline: float) -> Picture:
        """The newest picture once its sequence is over ``after``, within ``deadline`` seconds.

        A held picture comes again and again, with new sequences and its own time. Raises CameraError (CAM-02).
        """
        if not self._chosen:
            self._capture.demanded = self._clock.now().monotonic + DEMAND
        try:
            async with asyncio.timeout(deadline):
                while (shot := self._capture.shot) is None or shot.picture.sequence <= after:
                    await self._fresh.wait()
        except TimeoutError as error:
            raise stuck(f"camera {self.id}: no picture after {after} within {deadline} s") from error
        return shot.picture

    async def still(self, deadline: float = 6.0) -> Still:
        """A still within ``deadline`` seconds: at full resolution, or of the held picture. Raises CameraError."""
        capture = self._capture
        if (held := capture.held) is not None:
            taken = capture.moment(held.picture.monotonic)
            return await asyncio.to_thread(still_of, held.raw, held.picture.i420, taken)
        if self._loop is None or capture.watch.missing:
            raise absent(f"camera {self.id}")
        try:
            async with asyncio.timeout(deadline):
                return await asyncio.wrap_future(capture.ask_still())
        except (TimeoutError, Full) as error:
            raise no_still(f"camera {self.id}, within {deadline} s") from error

    def _tell(self) -> None:
        """News, from the thread."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop closed a moment ago: nobody is left to tell
                loop.call_soon_threadsafe(self._announce)

    def _announce(self) -> None:
        fresh, self._fresh = self._fresh, asyncio.Event()
        fresh.set()
        self._check()

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._capture.running:
            log.error("CAM-07 camera %s: its thread ended, started again", self.id)
            self._capture.start()
        self._look_after(self._clock.now().monotonic - self._capture.beat)
        self._check()
        self._timer = loop.call_later(CHECK, self._tick, loop)

    def _look_after(self, silent: float) -> None:
        """Say once that the thread hangs, for the technician; the operator is told by the phase."""
        hanging = silent > HANGING
        if hanging and not self._hanging:
            log.error("CAM-07 camera %s: its device has not answered for %d s", self.id, silent)
        self._hanging = hanging

    def _check(self) -> None:
        if self._loop is None:
            return
        now = self._clock.now().monotonic
        phase = health.phase(self._capture.watch, now)
        blurred = phase is CameraPhase.LIVE and self._capture.focus.blurred
        if (phase, blurred) != (self._phase, self._blurred) and now >= self._capture.pausing:
            log.info("camera %s: %s%s", self.id, phase.value, ", blurred" if blurred else "")
            self._phase, self._blurred = phase, blurred
            self._on_change(self.state)
