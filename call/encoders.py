# SPDX-License-Identifier: Apache-2.0
"""Video encoders for a call: I420 in, one packet out, no look-ahead, a keyframe only when asked.

Stock aiortc opens x264 without a preset ("medium": eight to twelve times the work of ours) and opens an encoder again
at each change of 10 % in the bit rate, a keyframe each time. Here the bit rate of H.264 changes while the encoder runs;
libvpx offers no such thing through libavcodec, so VP8 is opened again, and only for a change worth a keyframe.
"""

import fractions
import os
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

CLOCK = fractions.Fraction(1, 90_000)
"""RTP clock of video (RFC 6184 §8.2.1, RFC 7741 §6.2.1)."""

Kind = Literal["H264", "VP8"]
if TYPE_CHECKING:
    EncodedPacket = av.Packet[Any]
else:
    EncodedPacket = av.Packet  # generic in its stub alone

_BUFFER = 0.4
"""Seconds of the highest bit rate that one picture may take (VBV): bounds a keyframe's burst."""
_WORTH = 0.25
"""Relative change of bit rate for which VP8 is opened again."""
_FEW_CORES = 2
_LARGE = 1280 * 720


class Encoder(Protocol):
    """One stream of pictures of one size."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        ...

    def rate(self, bits: int) -> None:
        """Aim at ``bits`` per second from the next picture on."""
        ...

    def encode(self, frame: av.VideoFrame, *, keyframe: bool = False) -> EncodedPacket | None:
        """Encode an I420 frame whose ``pts`` is in ``CLOCK`` and grows; None when the encoder drops it."""
        ...


def make_encoder(kind: Kind, width: int, height: int, bitrate: int, fps: int = 30, most: int | None = None) -> Encoder:
    """An encoder at ``bitrate`` bits per second, never above ``most`` (default: ``bitrate``)."""
    if kind == "H264":
        return H264(width, height, bitrate, fps, most or bitrate)
    return Vp8(width, height, bitrate, fps)


class H264:
    """x264 superfast: VP8's quality at half its work (measured). Constrained baseline, level 3.1."""

    def __init__(self, width: int, height: int, bitrate: int, fps: int, most: int) -> None:
        context = _context("libx264", width, height, bitrate, fps)
        context.profile = "Baseline"
        context.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "level": "31",
            "forced-idr": "1",
            "maxrate": str(max(most, bitrate)),
            "bufsize": str(int(max(most, bitrate) * _BUFFER)),
            "x264-params": "keyint=infinite:scenecut=0",
        }
        self._context = context
        self.size = (width, height)

    def rate(self, bits: int) -> None:
        """Aim at ``bits`` per second; libx264 reconfigures itself before its next picture."""
        self._context.bit_rate = bits

    def encode(self, frame: av.VideoFrame, *, keyframe: bool = False) -> EncodedPacket | None:
        """Encode a frame."""
        return _encode(self._context, frame, keyframe=keyframe)


class Vp8:
    """libvpx in real time, constant bit rate."""

    def __init__(self, width: int, height: int, bitrate: int, fps: int) -> None:
        self.size = (width, height)
        self._fps = fps
        self._bitrate = bitrate
        self._context = self._open()

    def _open(self) -> VideoCodecContext:
        width, height = self.size
        context = _context("libvpx", width, height, self._bitrate, self._fps)
        context.gop_size = 1 << 20
        context.qmin, context.qmax = 2, 56
        context.options = {
            "deadline": "realtime",
            "cpu-used": "-6",
            "lag-in-frames": "0",
            "minrate": str(self._bitrate),
            "maxrate": str(self._bitrate),
            "bufsize": str(self._bitrate),
            "undershoot-pct": "100",
            "overshoot-pct": "15",
            "noise-sensitivity": "4",
            "static-thresh": "1",
            "partitions": "0",
        }
        return context

    def rate(self, bits: int) -> None:
        """Aim at ``bits`` per second, if that is worth a keyframe."""
        if abs(bits - self._bitrate) > self._bitrate * _WORTH:
            self._bitrate = bits
            self._context = self._open()

    def encode(self, frame: av.VideoFrame, *, keyframe: bool = False) -> EncodedPacket | None:
        """Encode a frame."""
        return _encode(self._context, frame, keyframe=keyframe)


def _context(codec: str, width: int, height: int, bitrate: int, fps: int) -> VideoCodecContext:
    context = cast("VideoCodecContext", av.CodecContext.create(codec, "w"))
    context.width, context.height = width, height
    context.pix_fmt = "yuv420p"
    context.bit_rate = bitrate
    context.framerate = fractions.Fraction(fps, 1)
    context.time_base = CLOCK
    cores = os.cpu_count() or 1
    context.thread_count = 1 if cores <= _FEW_CORES or width * height < _LARGE else 2
    return context


def _encode(context: VideoCodecContext, frame: av.VideoFrame, *, keyframe: bool) -> EncodedPacket | None:
    frame.pict_type = PictureType.I if keyframe else PictureType.NONE
    packets = context.encode(frame)
    return packets[0] if packets else None
