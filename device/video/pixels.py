# SPDX-License-Identifier: Apache-2.0
"""Raw frames to I420 and back, without BGR: planes are moved, averaged or decoded, never turned into RGB."""

from typing import cast

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from device.video.source import Format, Raw, broken
from device.video.turbo import Turbo

Planes = npt.NDArray[np.uint8]
"""An I420 picture: uint8, shape (height * 3 // 2, width), even sides."""


class Unpacker:
    """Turns raw frames into I420, limited range, BT.601. Keeps JPEG decoders: one for each thread."""

    def __init__(self, turbo: Turbo | None = None) -> None:
        self._turbo = turbo or Turbo()
        self._decoder: av.VideoCodecContext | None = None
        self._reformatter = VideoReformatter()

    def i420(self, raw: Raw) -> Planes:
        """The picture of ``raw``, its last odd row and column dropped. Raises CameraError (CAM-05)."""
        if raw.format is Format.MJPEG:
            return self._from_jpeg(raw)
        return _UNPACKED[raw.format](raw)

    def _from_jpeg(self, raw: Raw) -> Planes:
        if not is_whole_jpeg(raw.data):
            raise broken(f"JPEG of {len(raw.data)} bytes without its start or its end")
        i420 = self._turbo.decode(raw.data)
        return i420 if i420 is not None else self._by_ffmpeg(raw)

    def _by_ffmpeg(self, raw: Raw) -> Planes:
        if self._decoder is None:
            self._decoder = av.CodecContext.create("mjpeg", "r")
            self._decoder.thread_count = 1
        try:
            frames = self._decoder.decode(av.Packet(raw.data))
        except av.error.FFmpegError as error:
            self._decoder = None
            raise broken(f"JPEG that does not decode: {error}") from error
        if not frames:
            raise broken("JPEG without a picture")
        limited = self._reformatter.reformat(
            frames[0], format="yuv420p", src_color_range=ColorRange.JPEG, dst_color_range=ColorRange.MPEG
        )
        return planes(limited)


def is_whole_jpeg(data: bytes) -> bool:
    """Whether ``data`` goes from SOI to EOI, padding apart: cameras cut frames short when the bus is full."""
    return data.startswith(b"\xff\xd8") and data.rstrip(b"\0")[-2:] == b"\xff\xd9"


def planes(frame: VideoFrame) -> Planes:
    """The planes of a yuv420p frame, packed."""
    width, height = frame.width & ~1, frame.height & ~1
    packed = np.empty((height * 3 // 2, width), np.uint8)
    packed[:height] = _plane(frame, 0)[:height, :width]
    chroma = packed[height:].reshape(2, height // 2, width // 2)
    for index in (1, 2):
        chroma[index - 1] = _plane(frame, index)[: height // 2, : width // 2]
    return packed


def frame_of(i420: Planes) -> VideoFrame:
    """An FFmpeg frame of an I420 picture, limited range."""
    frame = VideoFrame.from_ndarray(i420, "yuv420p")
    frame.color_range = ColorRange.MPEG
    return frame


class Scaler:
    """Makes pictures smaller; keeps a scaler: one for each thread."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def fit(self, i420: Planes, width: int, height: int) -> Planes:
        """The picture within ``width`` x ``height``, its proportions kept; itself when it fits already."""
        size = fitted(i420.shape[1], i420.shape[0] * 2 // 3, width, height)
        if size == (i420.shape[1], i420.shape[0] * 2 // 3):
            return i420
        scaled = self._reformatter.reformat(frame_of(i420), *size, interpolation=Interpolation.AREA)
        return planes(scaled)


def fitted(width: int, height: int, most_width: int, most_height: int) -> tuple[int, int]:
    """The even sides of a ``width`` x ``height`` picture made small enough, never larger."""
    scale = min(1.0, most_width / width, most_height / height)
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


def _plane(frame: VideoFrame, index: int) -> Planes:
    plane = frame.planes[index]
    memory = cast("bytes", plane)  # a plane is a buffer; PyAV's stubs do not say so
    return np.frombuffer(memory, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]


def _lines(raw: Raw, lines: int, width: int) -> Planes:
    """The first ``lines`` lines of a raw frame, padding left out."""
    stride = raw.stride or width
    if stride < width or len(raw.data) < stride * (lines - 1) + width:
        raise broken(f"{raw.format} {raw.width}x{raw.height}, lines of {stride}: {len(raw.data)} bytes")
    data = np.frombuffer(raw.data, np.uint8)
    if len(data) < stride * lines:
        data = np.concatenate((data, np.zeros(stride * lines - len(data), np.uint8)))
    return data[: stride * lines].reshape(lines, stride)[:, :width]


def _from_yuyv(raw: Raw) -> Planes:
    width, height = raw.width & ~1, raw.height & ~1
    packed = _lines(raw, raw.height, (raw.width + 1) // 2 * 4)[:height, : width * 2]
    i420 = np.empty((height * 3 // 2, width), np.uint8)
    i420[:height] = packed[:, ::2]
    chroma = i420[height:].reshape(2, height // 2, width // 2)
    for index, offset in enumerate((1, 3)):
        above = packed[::2, offset::4]
        below = packed[1::2, offset::4]
        # The mean of two bytes, rounded up, without leaving eight bits: (a | b) - ((a ^ b) >> 1).
        chroma[index] = (above | below) - ((above ^ below) >> 1)
    return i420


def _from_nv12(raw: Raw) -> Planes:
    width, height = raw.width & ~1, raw.height & ~1
    rows = _lines(raw, raw.height + (raw.height + 1) // 2, (raw.width + 1) // 2 * 2)
    i420 = np.empty((height * 3 // 2, width), np.uint8)
    i420[:height] = rows[:height, :width]
    chroma = i420[height:].reshape(2, height // 2, width // 2)
    pairs = rows[raw.height : raw.height + height // 2, :width]
    chroma[0], chroma[1] = pairs[:, ::2], pairs[:, 1::2]
    return i420


def _from_i420(raw: Raw) -> Planes:
    width, height = raw.width, raw.height
    if width % 2 or height % 2 or (raw.stride or width) != width or len(raw.data) < width * height * 3 // 2:
        raise broken(f"I420 {width}x{height}, lines of {raw.stride}: {len(raw.data)} bytes")
    return np.frombuffer(raw.data, np.uint8, width * height * 3 // 2).reshape(height * 3 // 2, width)


_UNPACKED = {Format.YUYV: _from_yuyv, Format.NV12: _from_nv12, Format.I420: _from_i420}
