# SPDX-License-Identifier: Apache-2.0
"""Microphone and loudspeaker through PortAudio (ALSA, PipeWire), by the ``sounddevice`` binding.

PortAudio lists devices once, when it starts: to see one that was plugged in later it is started again, which may only
be done while no stream is open. It runs its callbacks in a thread of its own; blocks cross to the event loop and back
through deques of 200 ms, which drop their oldest.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np

from device.audio.sound import (
    BLOCK,
    DEAF,
    RATE,
    Block,
    Hearing,
    SoundPhase,
    heard,
    no_library,
    no_loudspeaker,
    no_microphone,
    phase,
)
from device.errors import AudioError

log = logging.getLogger(__name__)

QUEUE = 10
"""Blocks that may wait: 200 ms."""
RETRY = 1.0
"""Seconds between two tries to open a device."""
CHECK = 0.25
"""Seconds between two looks at a stream."""

OnChange = Callable[[SoundPhase], None]


class PortAudio:
    """The library, and how many streams are open on it. ``library`` is ``sounddevice`` unless a test gives its own."""

    def __init__(self, library: Any = None) -> None:  # noqa: ANN401 - sounddevice has no types
        self._library = library
        self._open = 0
        self._turn = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def open(self, kind: str, device: str | None, callback: Callable[..., None]) -> AsyncIterator[None]:
        """A running stream of ``kind`` "input" or "output". Raises AudioError."""
        async with self._turn:
            opening = asyncio.get_running_loop().run_in_executor(None, self._start, kind, device, callback)
            try:
                stream = await asyncio.shield(opening)
            except asyncio.CancelledError:
                with contextlib.suppress(AudioError):
                    await asyncio.to_thread(self._stop, await opening)
                raise
        try:
            yield
        finally:
            async with self._turn:
                await asyncio.to_thread(self._stop, stream)

    def _start(self, kind: str, device: str | None, callback: Callable[..., None]) -> Any:  # noqa: ANN401 - see above
        library = self._loaded()
        absent = no_microphone if kind == "input" else no_loudspeaker
        try:
            if not self._open:
                library._terminate()  # noqa: SLF001 - the binding's own way to look for devices again
                library._initialize()  # noqa: SLF001 - likewise
            make = library.RawInputStream if kind == "input" else library.RawOutputStream
            stream = make(samplerate=RATE, blocksize=BLOCK, channels=1, dtype="int16", device=device, callback=callback)
            stream.start()
        except (library.PortAudioError, ValueError, OSError) as error:
            raise absent(f"{kind} {device or 'default'}: {error}") from error
        self._open += 1
        return stream

    def _stop(self, stream: Any) -> None:  # noqa: ANN401 - see above
        self._open -= 1
        stream.close(ignore_errors=True)

    def _loaded(self) -> Any:  # noqa: ANN401 - sounddevice has no types
        if self._library is None:
            try:
                import sounddevice  # noqa: PLC0415 - needs libportaudio2, which a cart without sound may lack
            except OSError as error:
                raise no_library(f"PortAudio: {error}") from error
            self._library = sounddevice
        return self._library


class PortAudioMicrophone:
    """A microphone (``device.audio.Microphone``). ``device`` is a part of PortAudio's name for it, None the default."""

    def __init__(self, portaudio: PortAudio, device: str | None, on_change: OnChange) -> None:
        self.phase = SoundPhase.OPENING
        self._portaudio = portaudio
        self._device = device
        self._on_change = on_change
        self._blocks: deque[Block] = deque(maxlen=QUEUE)
        self._came = asyncio.Event()
        self._hearing = Hearing(0.0)

    async def run(self) -> None:
        """Capture until cancelled."""
        loop = asyncio.get_running_loop()
        self._hearing = Hearing(time.monotonic())

        def callback(data: Any, *_: object) -> None:  # noqa: ANN401 - a buffer of cffi's
            block = np.frombuffer(bytes(data), np.int16)
            with contextlib.suppress(RuntimeError):  # the loop closed a moment ago
                loop.call_soon_threadsafe(self._take, block)

        while True:
            try:
                async with self._portaudio.open("input", self._device, callback):
                    self._hearing = Hearing(time.monotonic())
                    while self._look() is not SoundPhase.ABSENT:  # noqa: ASYNC110 - an absence has no event
                        await asyncio.sleep(CHECK)
            except AudioError as error:
                self._become(SoundPhase.ABSENT, error)
            await asyncio.sleep(RETRY)

    async def read(self) -> Block:
        """The next block."""
        try:
            async with asyncio.timeout(DEAF):
                while not self._blocks:
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError as error:
            raise no_microphone(f"no block for {DEAF} s") from error
        return self._blocks.popleft()

    def _take(self, block: Block) -> None:
        self._hearing = heard(self._hearing, block, time.monotonic())
        self._blocks.append(block)
        self._came.set()

    def _look(self) -> SoundPhase:
        self._become(phase(self._hearing, time.monotonic()))
        return self.phase

    def _become(self, phase: SoundPhase, why: AudioError | None = None) -> None:
        if phase is not self.phase:
            log.info("microphone: %s %s %s", phase.value, why.code if why else "", why or "")
            self.phase = phase
            self._on_change(phase)


class PortAudioLoudspeaker:
    """A loudspeaker (``device.audio.Loudspeaker``). ``device`` as for the microphone."""

    def __init__(self, portaudio: PortAudio, device: str | None, on_change: OnChange) -> None:
        self.phase = SoundPhase.OPENING
        self._portaudio = portaudio
        self._device = device
        self._on_change = on_change
        self._blocks: deque[bytes] = deque(maxlen=QUEUE)
        self._asked = 0.0

    async def run(self) -> None:
        """Play until cancelled."""

        def callback(data: Any, *_: object) -> None:  # noqa: ANN401 - a buffer of cffi's
            self._asked = time.monotonic()
            try:
                data[:] = self._blocks.popleft()
            except IndexError:
                data[:] = bytes(len(data))

        while True:
            try:
                async with self._portaudio.open("output", self._device, callback):
                    self._asked = time.monotonic()
                    self._become(SoundPhase.READY)
                    while time.monotonic() - self._asked < DEAF:  # noqa: ASYNC110 - an absence has no event
                        await asyncio.sleep(CHECK)
                raise no_loudspeaker("it takes no more blocks")
            except AudioError as error:
                self._become(SoundPhase.ABSENT, error)
            await asyncio.sleep(RETRY)

    def write(self, block: Block) -> None:
        """Play a block after those that wait."""
        if block.shape != (BLOCK,) or block.dtype != np.int16:
            raise ValueError(f"a block is int16 of shape ({BLOCK},), not {block.dtype} of {block.shape}")
        self._blocks.append(block.tobytes())

    def _become(self, phase: SoundPhase, why: AudioError | None = None) -> None:
        if phase is not self.phase:
            log.info("loudspeaker: %s %s %s", phase.value, why.code if why else "", why or "")
            self.phase = phase
            self._on_change(phase)
