# SPDX-License-Identifier: Apache-2.0
"""JPEG to limited-range I420 through libjpeg-turbo's own planes and OpenCV's vector loops: no colour conversion, no
chroma made larger to be made smaller again.

The C interface is TurboJPEG's (``turbojpeg.h`` of libjpeg-turbo 2.x, which 3.x keeps), the library Debian's
``libturbojpeg0``. Where it is missing, or for the rarer samplings, ``decode`` gives None and PyAV's decoder is used
instead, at about twice the cost.
"""

import ctypes
import logging
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from device.video.opencv import opencv
from device.video.source import broken

log = logging.getLogger(__name__)

LIBRARY = "libturbojpeg.so.0"
MOST_PIXELS = 40_000_000
"""Of a JPEG: more is a torn header, and memory for it is not to be had."""
_SAMPLINGS = {1: 1, 2: 2}
"""TJSAMP_422 and TJSAMP_420: luma lines for each chroma line."""
_WARNING = 0
_LUMA = 219 / 255, 16.0
_CHROMA = 224 / 255, 128 - 128 * 224 / 255
"""Full range to limited range (ITU-T T.871 to BT.601): a slope and an offset."""

Planes = npt.NDArray[np.uint8]


class Turbo:
    """A decoder: one for each thread. Keeps its work space while the size stays."""

    def __init__(self, library: str = LIBRARY) -> None:
        self._library = _load(library)
        self._handle = self._library.tjInitDecompress() if self._library is not None else None
        self._luma, self._chroma = np.empty((0, 0), np.uint8), np.empty((2, 0, 0), np.uint8)

    def __del__(self) -> None:
        """Give the decoder back."""
        if self._handle and self._library is not None:
            self._library.tjDestroy(self._handle)

    def decode(self, data: bytes) -> Planes | None:
        """The picture of a JPEG, its last odd row and column dropped; None where another decoder is needed.
        Raises CameraError (CAM-05)."""
        sides = self.unpack(data)
        return None if sides is None else self._limited(*sides)

    def unpack(self, data: bytes) -> tuple[int, int, int] | None:
        """libjpeg-turbo's part alone: the planes as the JPEG has them, full range, stay inside. The picture's even
        sides and its luma lines for each chroma line; None and CameraError as ``decode``."""
        if not self._handle:
            return None
        width, height, sampling = self._header(data)
        lines = _SAMPLINGS.get(sampling)
        if lines is None:
            return None
        self._room(width, height, lines)
        self._decompress(data, width, height)
        return width & ~1, height & ~1, lines

    def _header(self, data: bytes) -> tuple[int, int, int]:
        numbers = [ctypes.c_int() for _ in range(4)]
        self._call("tjDecompressHeader3", data, ctypes.c_ulong(len(data)), *map(ctypes.byref, numbers))
        width, height, sampling, _ = (number.value for number in numbers)
        if width * height > MOST_PIXELS:
            raise broken(f"JPEG that says it is {width}x{height}")
        return width, height, sampling

    def _room(self, width: int, height: int, lines: int) -> None:
        wide, high = (width + 1) & ~1, (height + 1) & ~1
        if self._luma.shape != (high, wide) or self._chroma.shape[1] != high // lines:
            self._luma = np.empty((high, wide), np.uint8)
            self._chroma = np.empty((2, high // lines, wide // 2), np.uint8)

    def _decompress(self, data: bytes, width: int, height: int) -> None:
        planes = self._luma, *self._chroma
        pointers = (ctypes.c_void_p * 3)(*(plane.ctypes.data for plane in planes))
        strides = (ctypes.c_int * 3)(*(plane.shape[1] for plane in planes))
        self._call("tjDecompressToYUVPlanes", data, ctypes.c_ulong(len(data)), pointers, width, strides, height, 0)

    def _call(self, name: str, *arguments: Any) -> None:  # noqa: ANN401 - a C function's
        assert self._library is not None  # noqa: S101 - there is a handle
        if getattr(self._library, name)(self._handle, *arguments) == 0:
            return
        if self._library.tjGetErrorCode(self._handle) != _WARNING:
            why = self._library.tjGetErrorStr2(self._handle).decode("ascii", "replace")
            self._renew()
            raise broken(f"JPEG that does not decode: {why}")

    def _renew(self) -> None:
        """A decoder keeps tables from one JPEG to the next, bad ones too: begin afresh."""
        assert self._library is not None  # noqa: S101 - there is a handle
        self._library.tjDestroy(self._handle)
        self._handle = self._library.tjInitDecompress()

    def _limited(self, width: int, height: int, lines: int) -> Planes:
        cv2 = opencv()
        i420 = np.empty((height * 3 // 2, width), np.uint8)
        cv2.convertScaleAbs(self._luma[:height, :width], i420[:height], *_LUMA)
        slope, offset = _CHROMA
        for plane, place in zip(self._chroma, i420[height:].reshape(2, height // 2, width // 2), strict=True):
            part = plane[: height // lines, : width // 2]
            if lines == 1:
                cv2.addWeighted(part[::2], slope / 2, part[1::2], slope / 2, offset, place)
            else:
                cv2.convertScaleAbs(part, place, slope, offset)
        return i420


@lru_cache(maxsize=2)
def _load(name: str) -> ctypes.CDLL | None:
    """The library with its functions declared; None, said once, when it is not on this machine."""
    try:
        library = ctypes.CDLL(name)
    except OSError as error:
        log.info("JPEGs are decoded by FFmpeg: %s", error)
        return None
    handle, size, number = ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int
    numbers = ctypes.POINTER(number)
    library.tjInitDecompress.restype = handle
    library.tjDestroy.argtypes = [handle]
    library.tjGetErrorCode.argtypes = library.tjGetErrorStr2.argtypes = [handle]
    library.tjGetErrorStr2.restype = ctypes.c_char_p
    library.tjDecompressHeader3.argtypes = [handle, ctypes.c_char_p, size, numbers, numbers, numbers, numbers]
    planes = ctypes.POINTER(handle)
    library.tjDecompressToYUVPlanes.argtypes = [handle, ctypes.c_char_p, size, planes, number, numbers, number, number]
    return library
