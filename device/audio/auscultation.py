# SPDX-License-Identifier: Apache-2.0
"""The stethoscope: heard raw, shown as a waveform, recorded without loss; somebody keeps a recording or throws it away.

One recording at a time. It ends by ``stop``, by itself when it is as long as one may be, or when the instrument goes
away: then it waits, and nothing of it is lost, until ``stop`` says what to do with it.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from device.audio.flac import MEDIA_TYPE, not_written
from device.audio.metered import Metered, Tap
from device.audio.recording import Recording
from device.audio.sound import RATE, Microphone, SoundPhase, no_stethoscope
from device.clock import Clock
from device.codes import Position
from device.entry import SoundRecorded
from device.errors import AudioError
from device.levels import LevelWriter
from device.sound import ListeningPhase, ListeningState

log = logging.getLogger(__name__)

SECONDS = 120.0
"""Longest recording: a few breaths or beats at one place take ten to thirty seconds."""
HEARD = 50
"""Blocks (20 ms) that wait for one who listens beside the recording."""
CLOSING = 3.0
"""Seconds that the end of a recording may take to reach the disk."""
LEFT = 5
"""Most recordings kept that a restart interrupted."""
_PHASES = {
    SoundPhase.READY: ListeningPhase.READY,
    SoundPhase.OPENING: ListeningPhase.ABSENT,
    SoundPhase.ABSENT: ListeningPhase.ABSENT,
    SoundPhase.SILENT: ListeningPhase.SILENT,
}


class Keeps(Protocol):
    """Where sounds go."""

    def put(self, data: bytes) -> str:
        """Keep bytes for good; their SHA-256 in hex. Raises JournalError."""
        ...


class Auscultation:
    """The stethoscope (the station's ``Ears``). ``open_`` makes its microphone from what is told each new phase;
    recordings grow in ``folder``; ``ring`` is where its waveform is published; ``on_change`` is told each new state and
    ``on_full`` that a recording ended because it is as long as one may be (or, false, that this is over)."""

    def __init__(  # noqa: PLR0913 - the parts of a stethoscope
        self,
        open_: Callable[[Callable[[SoundPhase], None]], Microphone],
        *,
        label: str,
        clock: Clock,
        attachments: Keeps,
        folder: Path,
        ring: Path,
        on_change: Callable[[ListeningState], None],
        on_full: Callable[[bool], None] = lambda _: None,
        seconds: float = SECONDS,
    ) -> None:
        self._label = label
        self._clock = clock
        self._attachments = attachments
        self._folder = folder
        self._ring = str(ring)
        self._on_change = on_change
        self._on_full = on_full
        self._seconds = seconds
        self._recording: Recording | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._ear = Metered(open_(lambda _: self._changed()), LevelWriter(ring))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.swept = sweep(folder)
        self.state = self._state()

    async def run(self) -> None:
        """Hear until cancelled; a recording that goes on ends with it, and its file is whole."""
        try:
            await self._ear.run()
        finally:
            if self._recording is not None:
                self._recording.end()
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=CLOSING)

    @contextlib.asynccontextmanager
    async def heard(self) -> AsyncIterator[Tap]:
        """What it hears, as it comes: for whoever listens beside the recording."""
        with self._ear.tap(HEARD) as tap:
            yield tap

    async def start(self, position: Position) -> None:
        """Listen and record. Started again while it records, it changes nothing. Raises AudioError: AUD-04 when it is
        not there, AUD-06 while an older recording waits."""
        async with self._turn:
            if self._recording is not None:
                if self._going:
                    return
                line = "Un enregistrement attend : gardez-le ou jetez-le d’abord."
                raise AudioError(6, line, "a recording that ended by itself waits")
            if not self._present():
                raise no_stethoscope(f"the stethoscope is {self._ear.phase.value}")
            path = self._folder / f"{uuid4().hex}.flac"
            self._recording = Recording(path, position, self._clock.now(), self._seconds)
            task = asyncio.create_task(self._record(self._recording), name="recording")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            self._changed()

    async def stop(self, *, keep: bool) -> SoundRecorded | None:
        """Stop: what was recorded, its bytes safe in the attachments; None when it was thrown away, or nothing was
        heard. Raises AudioError (AUD-05), JournalError: the sound then stays in its folder and is nobody's any more,
        as it must not wait for the next patient."""
        async with self._turn:
            recording = self._recording
            if recording is None:
                return None
            done = False
            try:
                await self._finish(recording)
                kept = await self._keep(recording) if keep and recording.seconds > 0 else None
                if keep and kept is None and recording.error is not None:
                    raise recording.error
                done = True
            finally:
                self._forget(recording, remove=done)
            return kept

    @property
    def _going(self) -> bool:
        return self._recording is not None and not self._recording.over

    def _present(self) -> bool:
        return self._ear.phase in {SoundPhase.READY, SoundPhase.SILENT}

    async def _record(self, recording: Recording) -> None:
        await recording.record(self._ear, self._present)
        if self._recording is recording:
            if recording.full:
                self._on_full(True)  # noqa: FBT003 - see the constructor
            self._changed()

    async def _finish(self, recording: Recording) -> None:
        recording.end()
        try:
            await asyncio.wait_for(recording.written.wait(), CLOSING)
        except TimeoutError as error:
            raise not_written(error) from error

    async def _keep(self, recording: Recording) -> SoundRecorded:
        try:
            data = await asyncio.to_thread(recording.path.read_bytes)
        except OSError as error:
            raise not_written(error) from error
        digest = await asyncio.to_thread(self._attachments.put, data)
        return SoundRecorded(
            instrument="stethoscope",
            label=self._label,
            position=recording.position,
            sha256=digest,
            media_type=MEDIA_TYPE,
            size=len(data),
            rate=RATE,
            seconds=recording.seconds,
            taken=recording.since,
            gaps=recording.gaps,
        )

    def _forget(self, recording: Recording, *, remove: bool) -> None:
        if remove:
            recording.path.unlink(missing_ok=True)
        self._recording = None
        self._on_full(False)  # noqa: FBT003 - see the constructor
        self._changed()

    def _changed(self) -> None:
        state = self._state()
        if state != self.state:
            self.state = state
            self._on_change(state)

    def _state(self) -> ListeningState:
        phase = _PHASES[self._ear.phase]
        recording, going = self._recording, self._going
        if going and phase is ListeningPhase.READY:
            phase = ListeningPhase.LISTENING
        return ListeningState(
            phase=phase,
            label=self._label,
            ring=self._ring,
            position=recording.position if recording is not None else None,
            since=recording.since if recording is not None else None,
            recording=going,
        )


def sweep(folder: Path) -> int:
    """Keep only the newest recordings that a restart interrupted: whose they were is not known any more. Returns how
    many are there."""
    left = sorted(folder.glob("*.flac"), key=lambda path: path.stat().st_mtime)
    for path in left[:-LEFT]:
        path.unlink(missing_ok=True)
    if left:
        log.warning("%d recordings that a restart interrupted are in %s", len(left[-LEFT:]), folder)
    return len(left[-LEFT:])
