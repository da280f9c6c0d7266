# SPDX-License-Identifier: Apache-2.0
"""The doctor's own voice, and noise, taken out of the room's microphone, by WebRTC's audio processing (AEC3, noise
suppression, a high-pass and adaptive gain), which the ``livekit`` wheel carries; no server of theirs is involved.

What the loudspeaker plays is told block by block from where the sound card takes it, silence too, so that both sides
keep step. The stethoscope never comes here. Why this one: docs/decisions/0009.
"""

import logging
from collections import deque
from typing import Any

import numpy as np

from call.opus import RATE, SAMPLES
from call.ports import Block

log = logging.getLogger(__name__)

WAITING = 10
"""Blocks played, of which the microphone has not told its own yet: 200 ms."""
HALF = SAMPLES // 2
"""Samples of 10 ms, which is what the processing takes."""
DELAY = 60
"""Milliseconds from the loudspeaker to the microphone, to begin with: it finds the right one by itself."""


class EchoCanceller:
    """A ``call.voice.Cleaner``. Where the library is missing the microphone is sent as it is, and CAL-22 is logged."""

    def __init__(self) -> None:
        self._played: deque[Block] = deque(maxlen=WAITING)
        self._processing: Any = None
        self._frame: Any = None
        self._failed = False

    def played(self, block: Block) -> None:
        """The loudspeaker plays ``block`` now. May be called from the sound card's own thread."""
        self._played.append(block)

    def clean(self, block: Block) -> Block:
        """A block of the microphone without echo. The first one takes a second, as it loads the library."""
        if self._failed or not self._ready():
            return block
        try:
            while self._played:
                self._halves(self._played.popleft(), self._processing.process_reverse_stream)
            self._processing.set_stream_delay_ms(DELAY)
            return self._halves(block, self._processing.process_stream)
        except RuntimeError as error:
            return self._fail(error, block)

    def _ready(self) -> bool:
        if self._processing is not None:
            return True
        try:
            from livekit.rtc import AudioFrame  # noqa: PLC0415 - 30 MB that only a call needs
            from livekit.rtc.apm import AudioProcessingModule  # noqa: PLC0415 - likewise

            self._processing = AudioProcessingModule(
                echo_cancellation=True, noise_suppression=True, high_pass_filter=True, auto_gain_control=True
            )
        except (ImportError, OSError, RuntimeError) as error:
            self._fail(error, np.zeros(0, np.int16))
            return False
        self._frame = AudioFrame
        return True

    def _halves(self, block: Block, work: Any) -> Block:  # noqa: ANN401 - a method of theirs
        cleaned = np.empty(SAMPLES, np.int16)
        for start in (0, HALF):
            data = bytearray(block[start : start + HALF].tobytes())
            work(self._frame(data, RATE, 1, HALF))
            cleaned[start : start + HALF] = np.frombuffer(data, np.int16)
        return cleaned

    def _fail(self, error: Exception, block: Block) -> Block:
        self._failed = True
        log.warning("CAL-22 echo and noise are not taken out: %r", error)
        return block
