# SPDX-License-Identifier: Apache-2.0
"""What the header of a JPEG says of it (ITU-T T.81 Annex B), as DICOM needs it. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

BASELINE, EXTENDED = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"
"""Transfer syntaxes of a baseline and of an extended sequential JPEG."""
_SYNTAXES = {0xC0: BASELINE, 0xC1: EXTENDED}
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _APP0, _APP14 = 0xDA, 0xE0, 0xEE
_ALONE = frozenset({0x01, *range(0xD0, 0xDA)})
_GREY, _COLOUR = 1, 3


class Jpeg(NamedTuple):
    """``colours`` is DICOM's photometric interpretation (PS3.3 C.7.6.3.1.2)."""

    rows: int
    columns: int
    components: int
    colours: str
    syntax: str


def read(data: bytes) -> Jpeg:
    """The header. Raises ValueError for what is no JPEG of 8 bits that a DICOM image may hold as it is."""
    frame: tuple[int, bytes] | None = None
    transform: int | None = None
    jfif = False
    for marker, body in _segments(data):
        if marker in _FRAMES and frame is None:
            frame = marker, body
        elif marker == _APP14 and body.startswith(b"Adobe") and len(body) >= 12:  # noqa: PLR2004 - its fixed length
            transform = body[11]
        elif marker == _APP0 and body.startswith(b"JFIF\0"):
            jfif = True
    if frame is None:
        raise ValueError("no frame header")
    return _frame(*frame, rgb=transform == 0 and not jfif)


def _frame(marker: int, body: bytes, *, rgb: bool) -> Jpeg:
    if marker not in _SYNTAXES:
        raise ValueError(f"frame type {marker - 0xC0}: neither baseline nor extended sequential")
    if len(body) < 6 or len(body) < 6 + 3 * body[5]:  # noqa: PLR2004 - precision, lines, samples, components
        raise ValueError("a frame header that is cut short")
    precision, rows, columns, count = body[0], *_shorts(body[1:5]), body[5]
    if precision != 8 or count not in (_GREY, _COLOUR) or not rows or not columns:  # noqa: PLR2004 - bits
        raise ValueError(f"{precision} bits, {count} components, {columns} x {rows}")
    whole = count == _COLOUR and len({body[6 + 3 * index + 1] for index in range(count)}) == 1
    colours = "RGB" if rgb else "YBR_FULL" if whole else "YBR_FULL_422"
    return Jpeg(rows, columns, count, "MONOCHROME2" if count == _GREY else colours, _SYNTAXES[marker])


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Markers and their segments, up to the first scan."""
    if data[:2] != b"\xff\xd8":
        raise ValueError("no start of image")
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:  # noqa: PLR2004 - each marker's first byte
            raise ValueError("a marker is missing")
        marker = data[position + 1]
        if marker == 0xFF:  # noqa: PLR2004 - fill
            position += 1
            continue
        if marker in _ALONE:
            position += 2
            continue
        (length,) = _shorts(data[position + 2 : position + 4])
        if length < 2:  # noqa: PLR2004 - a length counts itself
            raise ValueError("a segment of no length")
        yield marker, data[position + 4 : position + 2 + length]
        if marker == _SCAN:
            return
        position += 2 + length
    raise ValueError("no scan")


def _shorts(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2))
