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

_EVEN = 30
_BUFFER = 0.25
"""Seconds of the bit rate that one picture may take (VBV): bounds a keyframe's burst."""
_LEAST_BUFFER = 16_000
"""Bits, however low the rate."""
_MOST, _MOST_EACH = 4, 7
"""Times the first bit rate, and bits per second for each pixel, up to which an encoder can go: a higher rate is another
size's. One thirtieth of it is the least that the buffer can be."""
_LEAST_MOST = 1_200_000
_WORTH = 0.25
"""Relative change of bit rate for which VP8 is opened again."""
_EVENNESS = 0.3
"""Of x264's adaptive quantisation, which takes bits from what has detail for what is flat: at its own 1.0 the room and
an otoscope's picture lost 0.3 to 2 dB of luma PSNR, and SSIM in their worst parts too (docs/decisions/0010)."""
_FEW_CORES = 2
_LARGE = 1280 * 720


class Encoder(Protocol):
    """One stream of pictures of one size."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        ...

    def rate(self, bits: int, fps: float = _EVEN) -> None:
        """Aim at ``bits`` per second from the next picture on, ``fps`` pictures a second."""
        ...

    def encode(self, frame: av.VideoFrame, *, keyframe: bool = False) -> EncodedPacket | None:
        """Encode an I420 frame whose ``pts`` is in ``CLOCK`` and grows; None when the encoder drops it."""
        ...


def make_encoder(kind: Kind, width: int, height: int, bitrate: int, fps: float = 30) -> Encoder:
    """An encoder at ``bitrate`` bits per second."""
    if kind == "H264":
        return H264(width, height, bitrate, fps)
    return Vp8(width, height, bitrate, fps)


class H264:
    """x264 superfast: VP8's quality at half its work (measured). Constrained baseline, level 3.1.

    Its bit rate changes while it runs, up and down, without a keyframe. For that it is opened at a constant bit rate
    (``maxrate`` is the bit rate) of ``_MOST`` times the first one, and set down before its first picture: x264 then has
    the bounds of its buffer follow the bit rate; it never goes over the bit rate that it was opened with; and opened
    otherwise, it makes up for minutes for what an earlier bit rate had it spend (x264, ratecontrol.c and encoder.c:
    x264_ratecontrol_init_reconfigurable, validate_parameters). It takes pictures to be evenly spaced, ``_EVEN`` a
    second; told that they are fewer, each is given more."""

    def __init__(self, width: int, height: int, bitrate: int, fps: float) -> None:
        most = max(min(_LEAST_MOST, width * height * _MOST_EACH), bitrate * _MOST)
        context = _context("libx264", width, height, most, _EVEN)
        context.profile = "Baseline"
        context.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "level": "31",
            "forced-idr": "1",
            "maxrate": str(most),
            "bufsize": str(max(_LEAST_BUFFER, int(bitrate * _BUFFER), int(most / _EVEN * 1.2))),
            "x264-params": f"keyint=infinite:scenecut=0:aq-strength={_EVENNESS}",
        }
        context.open()
        self._context = context
        self._most = most
        self.size = (width, height)
        self.rate(bitrate, fps)

    def rate(self, bits: int, fps: float = _EVEN) -> None:
        """Aim at ``bits`` per second, ``fps`` pictures a second; from the next picture on (libx264 reconfigures)."""
        self._context.bit_rate = min(self._most, int(bits * _EVEN / fps))

    def encode(self, frame: av.VideoFrame, *, keyframe: bool = False) -> EncodedPacket | None:
        """Encode a frame."""
        return _encode(self._context, frame, keyframe=keyframe)


class Vp8:
    """libvpx in real time, constant bit rate."""

    def __init__(self, width: int, height: int, bitrate: int, fps: float) -> None:
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

    def rate(self, bits: int, fps: float = _EVEN) -> None:
        """Aim at ``bits`` per second, if that is worth a keyframe; libvpx goes by the pictures' own instants."""
        del fps
        if abs(bits - self._bitrate) > self._bitrate * _WORTH:
            self._bitrate = bits
            self._context = self._open()

    def encode(self, frame: av.VideoFrame, *, keyframe: bool = False) -> EncodedPacket | None:
        """Encode a frame."""
        return _encode(self._context, frame, keyframe=keyframe)


def _context(codec: str, width: int, height: int, bitrate: int, fps: float) -> VideoCodecContext:
    context = cast("VideoCodecContext", av.CodecContext.create(codec, "w"))
    context.width, context.height = width, height
    context.pix_fmt = "yuv420p"
    context.bit_rate = bitrate
    context.framerate = fractions.Fraction(fps).limit_denominator(1000)
    context.time_base = CLOCK
    cores = os.cpu_count() or 1
    context.thread_count = 1 if cores <= _FEW_CORES or width * height < _LARGE else 2
    return context


def _encode(context: VideoCodecContext, frame: av.VideoFrame, *, keyframe: bool) -> EncodedPacket | None:
    frame.pict_type = PictureType.I if keyframe else PictureType.NONE
    packets = context.encode(frame)
    return packets[0] if packets else None
