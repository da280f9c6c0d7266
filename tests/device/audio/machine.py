# SPDX-License-Identifier: Apache-2.0
"""A sounddevice whose machine has the sound devices that it is told to have: the wire under the audio bus."""

from collections.abc import Callable
from typing import Any

from device.audio import BLOCK


class PortAudioError(Exception):
    pass


class Machine:
    """A sounddevice whose machine has the devices that it is told to have; they are listed when it starts."""

    PortAudioError = PortAudioError

    def __init__(self, *devices: str) -> None:
        self.plugged = set(devices)
        self.listed: set[str] = set()
        self.streams: list[Stream] = []

    def cards(self) -> str:
        """What the kernel lists."""
        return " ".join(sorted(self.plugged))

    def _terminate(self) -> None:
        assert not [stream for stream in self.streams if stream.running], "PortAudio ended under a running stream"

    def _initialize(self) -> None:
        self.listed = set(self.plugged)

    def RawInputStream(self, **options: Any) -> "Stream":  # noqa: N802 - sounddevice's name
        return self._stream("input", **options)

    def RawOutputStream(self, **options: Any) -> "Stream":  # noqa: N802 - sounddevice's name
        return self._stream("output", **options)

    def _stream(self, kind: str, **options: Any) -> "Stream":
        device = options["device"] or kind
        if device not in self.listed:
            raise PortAudioError(f"Error querying device -1 ({device})")
        assert (options["samplerate"], options["blocksize"], options["channels"]) == (48000, BLOCK, 1)
        self.streams.append(Stream(kind, device, options["callback"]))
        return self.streams[-1]

    def stream(self, device: str) -> "Stream":
        """The running stream of a device ("input" and "output" are the defaults); StopIteration."""
        return next(stream for stream in reversed(self.streams) if stream.device == device and stream.running)

    def give(self, device: str, data: bytes, status: object = None) -> bool:
        """A block from the card, as PortAudio's thread brings it; False when nobody has it open."""
        try:
            stream = self.stream(device)
        except StopIteration:
            return False
        stream.callback(data, BLOCK, None, status)
        return True


class Stream:
    def __init__(self, kind: str, device: str, callback: Callable[..., None]) -> None:
        self.kind, self.device, self.callback, self.running = kind, device, callback, False

    def start(self) -> None:
        self.running = True

    def close(self, ignore_errors: bool) -> None:
        assert ignore_errors
        self.running = False
