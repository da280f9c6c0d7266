# SPDX-License-Identifier: Apache-2.0
"""Microphone and loudspeaker through PortAudio (ALSA, PipeWire), by the ``sounddevice`` binding.

PortAudio lists devices once, when it starts: to see one that was plugged in later it is started again, which may only
be done while no stream is open. So when a device is missing and the machine's sound cards have changed since, every
stream is let go for a moment. It runs its callbacks in a thread of its own; blocks cross to the event loop and back
through bounded deques, which drop their oldest.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np

from device.audio.sound import (
    BLOCK,
    DEAF,
    RATE,
    Block,
    Hearing,
    Played,
    SoundPhase,
    heard,
    no_library,
    no_loudspeaker,
    no_microphone,
    phase,
    untold,
)
from device.errors import AudioError

log = logging.getLogger(__name__)

QUEUE = 10
"""Blocks that may wait: 200 ms."""
RETRY = 1.0
"""Seconds between two tries to open a device."""
CHECK = 0.25
"""Seconds between two looks at a stream."""
LET_GO = 1.0
"""Seconds that the others have to let go of their streams when PortAudio starts again."""
CARDS = Path("/proc/asound/cards")

OnChange = Callable[[SoundPhase], None]


def alsa_cards() -> str:
    """The kernel's list of sound cards; "" where there is none."""
    try:
        return CARDS.read_text("utf-8", "replace")
    except OSError:
        return ""


class PortAudio:
    """The library, and how many streams are open on it. ``library`` is ``sounddevice`` and ``cards`` the kernel's list
    unless a test gives its own."""

    def __init__(self, library: Any = None, cards: Callable[[], str] = alsa_cards) -> None:  # noqa: ANN401 - sounddevice has no types
        self._library = library
        self._cards = cards
        self._listed = ""
        self._open = 0
        self._turn = asyncio.Condition()
        self.stale = False
        """Whether streams should be let go, so that new cards can be seen."""

    @contextlib.asynccontextmanager
    async def open(self, kind: str, device: str | None, callback: Callable[..., None]) -> AsyncIterator[None]:
        """A running stream of ``kind`` "input" or "output". Raises AudioError."""
        async with self._turn:
            if self.stale:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._turn.wait_for(lambda: not self._open), LET_GO)
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
                self._turn.notify_all()

    def _start(self, kind: str, device: str | None, callback: Callable[..., None]) -> Any:  # noqa: ANN401 - see above
        library = self._loaded()
        absent = no_microphone if kind == "input" else no_loudspeaker
        try:
            if not self._open:
                self._listed, self.stale = self._cards(), False
                library._terminate()  # noqa: SLF001 - the binding's own way to look for devices again
                library._initialize()  # noqa: SLF001 - likewise
            make = library.RawInputStream if kind == "input" else library.RawOutputStream
            stream = make(samplerate=RATE, blocksize=BLOCK, channels=1, dtype="int16", device=device, callback=callback)
            stream.start()
        except (library.PortAudioError, ValueError, OSError) as error:
            self.stale = self._open > 0 and self._cards() != self._listed
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
    """A microphone (``device.audio.Microphone``). ``device`` is a part of PortAudio's name for it, None the default;
    ``kept`` blocks wait for a reader that is late. Samples are as the card gave them."""

    def __init__(self, portaudio: PortAudio, device: str | None, on_change: OnChange, kept: int = QUEUE) -> None:
        self.phase = SoundPhase.OPENING
        self.lost = 0
        self._portaudio = portaudio
        self._device = device
        self._on_change = on_change
        self._blocks: deque[Block] = deque(maxlen=kept)
        self._came = asyncio.Event()
        self._hearing = Hearing(0.0)

    async def run(self) -> None:
        """Capture until cancelled."""
        loop = asyncio.get_running_loop()
        self._hearing = Hearing(time.monotonic())

        def callback(data: Any, _frames: int, _time: object, status: Any) -> None:  # noqa: ANN401 - buffers of cffi's
            block = np.frombuffer(bytes(data), np.int16)
            overflow = bool(status) and bool(status.input_overflow)
            with contextlib.suppress(RuntimeError):  # the loop closed a moment ago
                loop.call_soon_threadsafe(self._take, block, overflow)

        while True:
            try:
                async with self._portaudio.open("input", self._device, callback):
                    self._hearing = Hearing(time.monotonic())
                    while self._listening():  # noqa: ASYNC110 - an absence has no event
                        await asyncio.sleep(CHECK)
                if self.phase is not SoundPhase.ABSENT:
                    continue
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

    def _take(self, block: Block, overflow: bool) -> None:  # noqa: FBT001 - comes from another thread, by position
        self._hearing = heard(self._hearing, block, time.monotonic())
        self.lost += overflow + (len(self._blocks) == self._blocks.maxlen)
        self._blocks.append(block)
        self._came.set()

    def _listening(self) -> bool:
        self._become(phase(self._hearing, time.monotonic()))
        return self.phase is not SoundPhase.ABSENT and not self._portaudio.stale

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
        self.played: Played = untold

    async def run(self) -> None:
        """Play until cancelled."""

        def callback(data: Any, *_: object) -> None:  # noqa: ANN401 - a buffer of cffi's
            self._asked = time.monotonic()
            try:
                block = self._blocks.popleft()
            except IndexError:
                block = bytes(len(data))
            data[:] = block
            self.played(np.frombuffer(block, np.int16))

        while True:
            try:
                async with self._portaudio.open("output", self._device, callback):
                    self._asked = time.monotonic()
                    self._become(SoundPhase.READY)
                    while self._playing() and not self._portaudio.stale:  # noqa: ASYNC110 - an absence has no event
                        await asyncio.sleep(CHECK)
                if self._playing():
                    continue
                raise no_loudspeaker("it takes no more blocks")
            except AudioError as error:
                self._become(SoundPhase.ABSENT, error)
            await asyncio.sleep(RETRY)

    def _playing(self) -> bool:
        return time.monotonic() - self._asked < DEAF

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
