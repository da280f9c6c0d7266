# SPDX-License-Identifier: Apache-2.0
"""Screen captures as files, PNG (ISO 15948) and JPEG (ITU-T T.81): the frame is checked, the size is bounded first.

A PNG is unpacked, no further than its size allows, and must be just that long. A JPEG is walked from marker to marker
to its end. Text chunks and comments are not read; what comes after the picture is refused.
"""

import struct
import zlib
from collections.abc import Iterator

from device.documents.kinds import MAX_PIXELS, MAX_SIDE, Checked, Kind, damaged, excessive, unsupported

MAX_CHUNKS = 20_000
MAX_SCANS = 32
"""Scans of a progressive JPEG: real ones have up to a dozen; thousands are a bomb for whoever decodes it."""
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""PNG colour types."""
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Interlace passes: first column and row, steps."""
_FRAMES = {0xC0, 0xC1, 0xC2}
"""Baseline, extended and progressive, Huffman."""
_OTHER_FRAMES = {0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_SOI, _EOI, _SOS, _DNL = 0xD8, 0xD9, 0xDA, 0xDC


def check_png(data: bytes) -> Checked:
    """Raises DocumentError."""
    chunks = list(_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != 13 or chunks[-1][0] != b"IEND":  # noqa: PLR2004
        raise damaged("no header, or no end")
    width, height, depth, colour, packing, filters, interlace = struct.unpack(">IIBBBBB", chunks[0][1])
    _bounded(width, height)
    if depth not in _DEPTHS.get(colour, ()) or packing or filters or interlace > 1:
        raise damaged(f"depth {depth}, colour {colour}")
    bits = depth * _CHANNELS[colour]
    expected = sum(rows * (1 + (columns * bits + 7) // 8) for columns, rows in _passes(width, height, interlace))
    _unpacked(b"".join(body for name, body in chunks if name == b"IDAT"), expected)
    return Checked(Kind.PNG, 1)


def check_jpeg(data: bytes) -> Checked:
    """Raises DocumentError."""
    scans, framed = 0, False
    for marker, body in _segments(data):
        if marker in _OTHER_FRAMES:
            raise unsupported(f"JPEG frame {marker:#x}")
        if marker in _FRAMES:
            if framed or len(body) < 6:  # noqa: PLR2004 - precision, height, width, components
                raise damaged("two frames, or half of one")
            framed = True
            height, width = struct.unpack(">HH", body[1:5])
            _bounded(width, height)
        if marker == _SOS:
            scans += 1
            if scans > MAX_SCANS:
                raise excessive(f"over {MAX_SCANS} scans")
    if not framed or not scans:
        raise damaged("no frame, or no scan")
    return Checked(Kind.JPEG, 1)


def _bounded(width: int, height: int) -> None:
    if not width or not height:
        raise damaged(f"{width}x{height}")
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise excessive(f"{width}x{height}")


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and body of each chunk, up to the end of the file, which must be that of IEND."""
    place = 8
    for _ in range(MAX_CHUNKS):
        head = data[place : place + 8]
        length = int.from_bytes(head[:4], "big")
        end = place + 8 + length
        if len(head) < 8 or end + 4 > len(data):  # noqa: PLR2004 - length and name, then a CRC of four
            raise damaged("a chunk that is cut")
        name, body = head[4:], data[place + 8 : end]
        if zlib.crc32(data[place + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            raise damaged(f"the CRC of chunk {name!r}")
        yield name, body
        place = end + 4
        if name == b"IEND":
            if place != len(data):
                raise damaged(f"{len(data) - place} bytes after the end")
            return
    raise excessive(f"over {MAX_CHUNKS} chunks")


def _passes(width: int, height: int, interlace: int) -> Iterator[tuple[int, int]]:
    if not interlace:
        yield width, height
        return
    for left, top, across, down in _ADAM7:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            yield columns, rows


def _unpacked(packed: bytes, expected: int) -> None:
    """Unpack piece by piece, and no byte further than expected."""
    inflate, length = zlib.decompressobj(), 0
    try:
        while packed and not inflate.eof:
            length += len(inflate.decompress(packed, 1 << 20))
            packed = inflate.unconsumed_tail
            if length > expected:
                raise excessive(f"over {expected} bytes of pixels")
        length += len(inflate.flush())
    except zlib.error as error:
        raise damaged(f"pixels: {error}") from error
    if length != expected:
        raise damaged(f"{length} bytes of pixels instead of {expected}")


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and body of each segment, up to the end of the image."""
    place = 2
    for _ in range(MAX_CHUNKS):
        if data[place : place + 1] != b"\xff":
            raise damaged(f"no marker at {place}")
        while data[place + 1 : place + 2] == b"\xff":
            place += 1
        if place + 1 >= len(data):
            break
        marker = data[place + 1]
        if marker == _EOI:
            if data[place + 2 :].strip(b"\0"):
                raise damaged(f"{len(data) - place - 2} bytes after the end")
            return
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if length < 2 or place + 2 + length > len(data) or marker in {0, 1, _SOI, _DNL}:  # noqa: PLR2004 - its own two
            raise damaged(f"segment {marker:#x} of {length} bytes at {place}")
        yield marker, data[place + 4 : place + 2 + length]
        place += 2 + length
        if marker == _SOS:
            place = _after_scan(data, place)
    raise damaged("no end of image")


def _after_scan(data: bytes, place: int) -> int:
    """Where the next marker after a scan's data stands: neither a stuffed byte nor a restart."""
    while (place := data.find(b"\xff", place)) >= 0:
        following = data[place + 1] if place + 1 < len(data) else 0
        if following and not 0xD0 <= following <= 0xD7:  # noqa: PLR2004 - RST0 to RST7
            return place
        place += 2
    raise damaged("a scan without an end")
