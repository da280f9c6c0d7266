# SPDX-License-Identifier: Apache-2.0
"""Stills: the sensor's own bytes where they are a JPEG, else its raw frame without loss, as a PNG.

A PNG holds RGB, from which the frame's YCbCr comes back within rounding (``docs/decisions/0005-camera-modes.md``).
"""

from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import av
import numpy as np
from av.codec.context import Flags
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from device.clock import Instant
from device.video.opencv import opencv
from device.video.pixels import Planes, frame_of
from device.video.source import Format, Raw, broken

JPEG, PNG = "image/jpeg", "image/png"
_QUALITY = 118  # one step of the encoder's quantiser scale (FF_QP2LAMBDA); 1 is the finest
_TABLES = b"\xff\xc4"
_SCAN = b"\xff\xda"


class Still(NamedTuple):
    """A still: the bytes of an image file, its media type, sides in pixels, and when it was taken."""

    data: bytes
    media_type: str
    width: int
    height: int
    taken: Instant


def still_of(raw: Raw, i420: Planes, taken: Instant) -> Still:
    """The still of a raw frame and of its I420 picture, which proves that it can be read. Raises CameraError."""
    width, height = i420.shape[1], i420.shape[0] * 2 // 3
    if raw.format is Format.MJPEG:
        return Still(_with_tables(raw.data), JPEG, width, height, taken)
    return Still(_png(raw, i420), PNG, width, height, taken)


def encode(frame: VideoFrame, quality: int = 1, huffman: str = "optimal") -> bytes:
    """A limited-range frame as one full-range JPEG (JFIF); ``quality`` 1 (finest) to 31, ``huffman`` as FFmpeg's."""
    full = "yuvj422p" if frame.format.name == "yuv422p" else "yuvj420p"
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, full
    encoder.time_base = Fraction(1, 25)
    encoder.thread_count = 1
    encoder.flags |= Flags.qscale
    encoder.global_quality = quality * _QUALITY
    encoder.qmin = encoder.qmax = quality
    encoder.options = {"huffman": huffman}
    picture = frame.reformat(format=full, src_color_range=ColorRange.MPEG, dst_color_range=ColorRange.JPEG)
    picture.pts = 0
    packets = [*encoder.encode(picture), *encoder.encode(None)]
    return b"".join(map(bytes, packets))


def _with_tables(data: bytes) -> bytes:
    """The JPEG itself; when its Huffman tables were left out (UVC allows it, no browser does), with the standard ones
    of ITU-T T.81 annex K in front of its scan, which is not touched."""
    scan = data.find(_SCAN)
    return data if _TABLES in data[:scan] else data[:scan] + _standard_tables() + data[scan:]


@lru_cache(maxsize=1)
def _standard_tables() -> bytes:
    """The segments of the standard tables, taken out of a small JPEG that FFmpeg makes with them."""
    jpeg = encode(frame_of(np.full((24, 16), 128, np.uint8)), huffman="default")
    tables, place = b"", len(b"\xff\xd8")
    while jpeg[place : place + 2] != _SCAN:
        end = place + 2 + int.from_bytes(jpeg[place + 2 : place + 4])
        tables += jpeg[place:end] if jpeg[place : place + 2] == _TABLES else b""
        place = end
    return tables


def _png(raw: Raw, i420: Planes) -> bytes:
    cv2 = opencv()
    if raw.format is Format.YUYV:
        colours = cv2.cvtColor(_packed(raw), cv2.COLOR_YUV2BGR_YUYV)
    else:
        colours = cv2.cvtColor(i420, cv2.COLOR_YUV2BGR_I420)
    coded, data = cv2.imencode(".png", colours)
    if not coded:
        raise broken(f"{raw.format} {raw.width}x{raw.height} that does not become a PNG")
    return bytes(data.tobytes())


def _packed(raw: Raw) -> Planes:
    """The pairs of a YUYV frame, without its padding and its last odd row and column."""
    width, height = raw.width & ~1, raw.height & ~1
    stride = raw.stride or (raw.width + 1) // 2 * 4
    lines = np.frombuffer(raw.data, np.uint8)[: stride * (raw.height - 1) + width * 2]
    packed = np.lib.stride_tricks.as_strided(lines, (height, width * 2), (stride, 1), writeable=False)
    return np.ascontiguousarray(packed).reshape(height, width, 2)
