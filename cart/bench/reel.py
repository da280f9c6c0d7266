# SPDX-License-Identifier: Apache-2.0
"""The film that the senders are given, a number burned into each picture: one file of JPEGs, round and round.

The cart takes a camera's JPEG for what it is, full-range. Chromium hands its samples on as they are, as limited-range
ones: its film is squeezed beforehand (``virtual.cameras.draw.write_film``), so that both encoders get the same samples,
but for what a second JPEG compression does to them. Each is judged against what it was itself given.
"""

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from cart.bench.stamps import RATE, SIZE, drawn, stamped
from device.video import Format, Raw
from device.video.pixels import Unpacker, planes
from virtual.cameras.draw import write_film

Luma = npt.NDArray[np.uint8]
_END, _START = b"\xff\xd9", b"\xff\xd8"
_SQUEEZED = "squeezed"


class _Played:
    """A scene whose pictures are those of a reel."""

    def __init__(self, pictures: list[bytes]) -> None:
        self.seconds = len(pictures) / RATE
        self._pictures = pictures
        self._unpacker = Unpacker()

    def draw(self, time: float, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
        """The picture of a moment."""
        return self._unpacker.i420(Raw(Format.MJPEG, *size, self._pictures[round(time * RATE)]))


class Reel:
    """A file of JPEGs. ``squeezed``: its samples are limited-range ones."""

    def __init__(self, path: Path, *, squeezed: bool) -> None:
        self.path = path
        self.pictures = split(path.read_bytes())
        self._squeezed = squeezed
        self._unpacker = Unpacker()
        self._decoder = av.CodecContext.create("mjpeg", "r")

    @classmethod
    def at(cls, path: Path) -> "Reel":
        """That of a file by ``reels``."""
        return cls(path, squeezed=path.stem == _SQUEEZED)

    def luma(self, number: int) -> Luma:
        """What an encoder is given of a picture: uint8, a row for each line."""
        data = self.pictures[number]
        if self._squeezed:
            return planes(self._decoder.decode(av.Packet(data))[0])[: SIZE[1]]
        return self._unpacker.i420(Raw(Format.MJPEG, *SIZE, data))[: SIZE[1]]


def reels(folder: Path) -> tuple[Path, Path]:
    """The room's film as a camera's, and squeezed for Chromium; written into ``folder``."""
    pictures = [stamped(path.read_bytes(), number) for number, path in enumerate(sorted(drawn().glob("[0-9]*.jpg")))]
    camera, squeezed = folder / "camera.mjpeg", folder / f"{_SQUEEZED}.mjpeg"
    camera.write_bytes(b"".join(pictures))
    write_film(squeezed, _Played(pictures), SIZE, RATE)
    return camera, squeezed


def split(film: bytes) -> list[bytes]:
    """The JPEGs of a film: none holds another (ITU-T T.81 §B.1.1.5: a marker cannot be within coded data)."""
    parts = film.split(_END + _START)
    last = len(parts) - 1
    return [_START * (place > 0) + part + _END * (place < last) for place, part in enumerate(parts)]
