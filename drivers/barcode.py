# SPDX-License-Identifier: Apache-2.0
"""2D barcode scanners on a serial line (USB CDC-ACM or an adapter): each code is one line of text.

A code ends by CR, LF or both, as such scanners do from the factory or by a code of their manual. The group separator
0x1D (ISO/IEC 15434; INS datamatrix) is kept: keyboard scanners lose it. Printable ASCII, Latin-1 or UTF-8.
"""

from collections.abc import Iterable

from device.driver import Frame
from device.errors import FrameError
from device.measurement import Measurement

GROUP = "\x1d"
LONGEST = 1000
"""Bytes of a code; an INS datamatrix has at most some 300."""


class Barcode:
    """One code, one frame: its terminator is part of it."""

    def split(self, buffer: bytes) -> tuple[bytes | None, int]:
        """Up to the first terminator; terminators in front are passed over."""
        bare = buffer.lstrip(b"\r\n")
        skipped = len(buffer) - len(bare)
        ends = [end for end in (bare.find(b"\r"), bare.find(b"\n")) if end >= 0]
        if not ends:
            return None, skipped
        return bare[: min(ends) + 1], skipped + min(ends) + 1

    def decode(self, frame: Frame) -> Iterable[Measurement]:
        """No measurement. Raises FrameError for what is no code."""
        self.text(frame)
        return ()

    def text(self, frame: Frame) -> str:
        """What was read."""
        data = frame.data
        if not data or data[-1:] not in b"\r\n" or len(data) > LONGEST:
            raise FrameError(f"{len(data)} bytes that are no ended code: wanted at offset 0")
        try:
            text = data[:-1].decode("utf-8")
        except UnicodeDecodeError:
            text = data[:-1].decode("latin-1")
        if not text.strip() or not text.replace(GROUP, "").isprintable():
            raise FrameError("an empty code, or one with control characters")
        return text
