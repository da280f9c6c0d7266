# SPDX-License-Identifier: Apache-2.0
"""What a serial oximeter has in its clip, as the frames of its protocol, one after the other."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Finger(NamedTuple):
    """A finger: percent and beats a minute."""

    saturation: int
    pulse: int


class Voice(Protocol):
    """A protocol as an instrument speaks it."""

    rate: int
    """Frames a second."""

    def frame(self, finger: Finger | None) -> bytes:
        """The next frame."""
        ...


WAVE = (12, 20, 38, 61, 74, 70, 58, 47, 42, 45, 41, 33, 25, 19, 15, 13)
"""A pulse wave, sixteen samples of it."""


class _Beating:
    def __init__(self) -> None:
        self._count = -1

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _wave(self) -> int:
        return WAVE[self._count // 4 % len(WAVE)]


class ContecFiveVoice(_Beating):
    """Contec, five bytes."""

    rate = 60

    def frame(self, finger: Finger | None) -> bytes:
        """The next sample."""
        self._next()
        if finger is None:
            return bytes((0x90, 0x00, 0x20, 0x00, 0x00))
        wave = self._wave()
        bar = wave // 6 & 0x0F
        return bytes((0x86, wave, bar | (finger.pulse & 0x80) >> 1, finger.pulse & 0x7F, finger.saturation))


class ContecSevenVoice(_Beating):
    """Contec, protocol 7."""

    rate = 60

    def frame(self, finger: Finger | None) -> bytes:
        """The next sample."""
        self._next()
        if finger is None:
            return bytes((0x01, 0xE9, 0x80, 0xC0, 0x80, 0xFF, 0xFF, 0xFF, 0xFF))
        wave, pulse = self._wave(), finger.pulse
        high = 0xE0 | (pulse & 0x80) >> 4
        return bytes(
            (0x01, high, 0x85, 0x80 | wave, 0x80 | wave // 6, 0x80 | pulse, 0x80 | finger.saturation, 255, 255)
        )


class NoninTwoVoice(_Beating):
    """Nonin, format 2: 25 frames give each number once."""

    rate = 75

    def frame(self, finger: Finger | None) -> bytes:
        """The next of a packet's frames."""
        place = self._next() % 25
        status = (0x80 if finger is not None else 0x88) | (place == 0)
        frame = bytes((0x01, status, 2 * self._wave(), _number(place, finger)))
        return frame + bytes((sum(frame) & 0xFF,))


def _number(place: int, finger: Finger | None) -> int:
    pulse = finger.pulse if finger is not None else 511
    saturation = finger.saturation if finger is not None else 127
    numbers: Sequence[int] = (pulse >> 7, pulse & 0x7F, saturation, 0x30)
    return numbers[place] if place < len(numbers) else 0
