# SPDX-License-Identifier: Apache-2.0
"""The thread of one camera: opens its source, reads it, opens it again when it is lost, stuck or black.

Every frame is read, so that nothing old waits in the driver, but only those that somebody uses are decoded: all of them
while the camera is demanded, else ``IDLE_RATE`` a second. Only the newest picture is kept.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from queue import Empty, Queue
from typing import NamedTuple

from device.camera import CameraPhase
from device.clock import Clock, Instant
from device.errors import CameraError
from device.ring import Picture
from device.video import sharpness
from device.video import watch as health
from device.video.pixels import Planes, Unpacker
from device.video.source import Raw, Source, is_absent, no_still
from device.video.stills import Still, still_of

log = logging.getLogger(__name__)

IDLE_RATE = 10.0
"""Pictures a second of a camera that only the screen looks at."""
LOOK = 1.0
"""Seconds between two looks at how sharp the picture is."""
ABSENT_PAUSE = 0.25
"""Seconds between two looks for a device that is not there."""
PAUSES = (2.0, 4.0, 8.0, 16.0, 30.0)
"""Seconds between two openings of a device that is there and gives nothing good, the first, the second…"""
STILL_PAUSE = 5.0
"""Seconds that the stream may pause for a still before the camera counts as stuck."""
STOPPING = 3.0
"""Seconds that the end of the thread is waited for."""
STILL_TRIES = 3
"""Frames read for a still before giving up, as a cut JPEG must not be kept."""


class Shot(NamedTuple):
    """A picture and the raw frame that it comes from."""

    picture: Picture
    raw: Raw


class Capture:
    """Captures from ``start`` to ``stop``. ``show`` gets every picture and ``tell`` is called at every news, both in
    the thread; ``watch``, ``focus``, ``beat``, ``shot`` and ``held`` may be read from any, ``held``, ``demanded`` and
    ``eased`` set from any. There is never a second thread: a device is one thread's.

    ``screen`` says that it captures a screen, whose picture may stand still and has no focus: such are not accused.
    """

    def __init__(
        self,
        name: str,
        source: Source,
        clock: Clock,
        show: Callable[[Picture], None],
        tell: Callable[[], None],
        *,
        screen: bool = False,
    ) -> None:
        self.shot: Shot | None = None
        self.held: Shot | None = None
        self.demanded = 0.0
        """Until when (monotonic) every frame is wanted."""
        self.pausing = 0.0
        """Until when (monotonic) the stream may pause for a still: no trouble of the camera."""
        self.eased = False
        """Whether only every second picture is made, to spare the processor."""
        self.watch = health.Watch(clock.now().monotonic)
        self.focus = sharpness.Focus()
        self.beat = clock.now().monotonic
        """When (monotonic) the thread was last seen to get on; a device that does not answer holds it."""
        self._name = name
        self._screen = screen
        self._source = source
        self._clock = clock
        self._show = show
        self._tell = tell
        self._sequence = 0
        self._due = 0.0
        self._look = 0.0
        self._passed = 0
        self._unpacker = Unpacker()
        self._stills: Queue[Future[Still]] = Queue(maxsize=4)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the thread lives."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Start the thread; one that its device still holds from before goes on instead, once it is let go."""
        self._stopping.clear()
        self.watch = health.Watch(self._now())
        self.focus = sharpness.Focus()
        if not self.running:
            self._thread = threading.Thread(target=self._run, name=f"camera-{self._name}", daemon=True)
            self._thread.start()

    def halt(self) -> None:
        """Ask the thread to end, without waiting for it."""
        self._stopping.set()

    def stop(self, patience: float = STOPPING) -> None:
        """End the thread: within a frame's time, a second while no frames come, and never longer than ``patience``
        seconds, after which it is left behind. Forget the pictures."""
        self.halt()
        if self._thread is not None:
            self._thread.join(patience)
            if self._thread.is_alive():
                log.error("CAM-07 camera %s: its device does not answer, its thread is left behind", self._name)
            else:
                self._thread = None
        self.shot = self.held = None

    def ask_still(self) -> Future[Still]:
        """Ask the thread for a still. Raises ``queue.Full`` when four are waiting."""
        answer: Future[Still] = Future()
        self._stills.put_nowait(answer)
        return answer

    def moment(self, monotonic: float) -> Instant:
        """The instant of a monotonic time of this run."""
        now = self._clock.now()
        return Instant(now.wall - timedelta(seconds=now.monotonic - monotonic), monotonic, now.trusted)

    def _now(self) -> float:
        return self._clock.now().monotonic

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self.beat = self._now()
            try:
                self._source.open()
                self.watch = health.found(self.watch, self._now(), opened=True)
                was_live = self._stream(self._now() + PAUSES[failures])
                failures = 0 if was_live else min(failures + 1, len(PAUSES) - 1)
            except CameraError as error:
                self._troubled(error)
                self._stopping.wait(ABSENT_PAUSE if is_absent(error) else PAUSES[0])
            finally:
                self._source.close()
        self._refuse_stills(no_still(f"camera {self._name} stopped"))

    def _stream(self, patient_until: float) -> bool:
        """Read until stopped, or until the camera has been ill for too long; whether it was ever well."""
        was_live = False
        while not self._stopping.is_set():
            self._take_stills()
            raw = self._source.read()
            now = self.beat = self._now()
            if raw is not None and self._wanted(now) and not self._stopping.is_set():
                self._take(raw, now)
            phase = health.phase(self.watch, now)
            was_live = was_live or phase is CameraPhase.LIVE
            if phase in (CameraPhase.STUCK, CameraPhase.BLACK) and now >= patient_until:
                log.info("camera %s is %s: opened again", self._name, phase.value)
                break
        return was_live

    def _wanted(self, now: float) -> bool:
        """Whether a frame that came now is for somebody."""
        if now < self._due:
            return False
        self._passed += 1
        return not (self.eased and now < self.demanded and self._passed % 2)

    def _take(self, raw: Raw, now: float) -> None:
        """Make a picture of a frame and publish it, or the held one in its place."""
        try:
            i420 = self._unpacker.i420(raw)
        except CameraError as error:
            log.debug("camera %s: %s %s", self._name, error.code, error)
            return
        self._due = now if now < self.demanded else max(now, self._due + (2 if self.eased else 1) / IDLE_RATE)
        self.watch = health.saw(self.watch, health.glance(i420), now, still=self._screen)
        if now >= self._look and not self._screen:
            self._look = now + LOOK
            self.focus = sharpness.looked(self.focus, sharpness.detail(i420), now)
        self._publish(raw, i420, now)

    def _publish(self, raw: Raw, i420: Planes, now: float) -> None:
        i420.flags.writeable = False
        self._sequence += 1
        held = self.held
        if held is not None:
            self.shot = Shot(held.picture._replace(sequence=self._sequence), held.raw)
        else:
            self.shot = Shot(Picture(self._sequence, now, i420.shape[1], i420.shape[0] * 2 // 3, i420), raw)
        self._show(self.shot.picture)
        self._tell()

    def _troubled(self, error: CameraError) -> None:
        """The device is lost, or refuses."""
        if is_absent(error):
            if not self.watch.missing:
                log.info("camera %s: %s %s", self._name, error.code, error)
            self.watch = health.lost(self.watch, self._now())
            self.focus = sharpness.Focus()
        else:
            log.info("camera %s: %s %s", self._name, error.code, error)
            self.watch = health.found(self.watch, self._now(), opened=False)
        self.shot = None
        self._refuse_stills(error)
        self._tell()

    def _take_stills(self) -> None:
        while (answer := self._waiting()) is not None:
            self.pausing = self._now() + STILL_PAUSE
            try:
                answer.set_result(self._still())
            except CameraError as error:
                answer.set_exception(error)
                raise
            finally:
                self.pausing = 0.0

    def _still(self) -> Still:
        """A still that can be read; its pixels also prove that the camera is well after the pause that it makes."""
        tries = STILL_TRIES
        while True:
            raw = self._source.still()
            now = self._now()
            try:
                i420 = self._unpacker.i420(raw)
            except CameraError as error:
                tries -= 1
                if not tries:
                    raise no_still(str(error)) from error
            else:
                self.watch = health.saw(self.watch, health.glance(i420), now, still=self._screen)
                return still_of(raw, i420, self.moment(now))

    def _refuse_stills(self, error: CameraError) -> None:
        while (answer := self._waiting()) is not None:
            answer.set_exception(error)

    def _waiting(self) -> Future[Still] | None:
        """The next still asked for and not given up since."""
        while True:
            try:
                answer = self._stills.get_nowait()
            except Empty:
                return None
            if answer.set_running_or_notify_cancel():
                return answer
