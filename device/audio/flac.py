# SPDX-License-Identifier: Apache-2.0
"""A sound kept without loss: FLAC (RFC 9639), one channel of 16 bits at 48 kHz, written as it comes.

FFmpeg's encoder, through PyAV. Each frame goes to the file at once: what a process that dies leaves behind can be
decoded up to its last tenth of a second. The only comment is POSITION: nothing of the patient is in the file.
"""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from device.audio.sound import RATE, Block
from device.codes import Position
from device.errors import AudioError

MEDIA_TYPE = "audio/flac"


class FlacWriter:
    """One recording. Every method raises AudioError (AUD-05) when the file cannot be written."""

    def __init__(self, path: Path, position: Position) -> None:
        self.samples = 0
        try:
            self._file = path.open("xb", buffering=0)
            self._container = av.open(self._file, "w", format="flac", options={"fflags": "+bitexact"})
        except (OSError, av.FFmpegError) as error:
            raise not_written(error) from error
        self._container.metadata["POSITION"] = position.value
        self._stream = self._container.add_stream("flac", rate=RATE, layout="mono", format="s16")

    def write(self, blocks: Sequence[Block]) -> None:
        """Append blocks."""
        if not blocks:
            return
        samples = np.concatenate(blocks)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = RATE, Fraction(1, RATE), self.samples
        self._mux(frame)
        self.samples += len(samples)

    def close(self) -> None:
        """Write what is left and the length."""
        try:
            self._mux(None)
            self._container.close()
        except (OSError, av.FFmpegError) as error:
            raise not_written(error) from error
        finally:
            self._file.close()

    def _mux(self, frame: av.AudioFrame | None) -> None:
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except (OSError, av.FFmpegError) as error:
            raise not_written(error) from error


def not_written(error: Exception) -> AudioError:
    """AUD-05."""
    line = "Le son n’a pas pu être enregistré. Vérifiez la place, puis recommencez."
    return AudioError(5, line, f"{type(error).__name__}: {error}", retry=True)
