# SPDX-License-Identifier: Apache-2.0
"""Numbers burned into the pictures of the room camera's film, and read off whatever became of them."""

import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from device.video import Format, Raw
from device.video.pixels import Unpacker
from virtual.cameras import films
from virtual.cameras.draw import film as room_film
from virtual.cameras.film import DONE, jpeg
from virtual.cameras.room import HEIGHT, WIDTH

SIZE, RATE = (WIDTH, HEIGHT), 30.0
BIT, BITS = 32, 8
DRAWN_SECONDS = 120.0
_LIGHT, _DARK, _BETWEEN = 235, 16, 128


def drawn() -> Path:
    """The folder of the room camera's film, whole. Raises TimeoutError."""
    film = room_film(films(), "room", SIZE, SIZE, RATE)
    film.open()
    until = time.monotonic() + DRAWN_SECONDS
    try:
        while not (film.folder / DONE).exists():
            if time.monotonic() > until:
                raise TimeoutError("the room was not drawn")
            time.sleep(0.2)
    finally:
        film.close()
    return film.folder


def stamped(picture: bytes, number: int) -> bytes:
    """The JPEG with a row of squares in its corner: the bits of ``number``, then each of them the other way."""
    planes = Unpacker().i420(Raw(Format.MJPEG, *SIZE, picture)).copy()
    for place in range(2 * BITS):
        bit = number >> (BITS - 1 - place % BITS) & 1 ^ place // BITS
        planes[:BIT, place * BIT : (place + 1) * BIT] = _LIGHT if bit else _DARK
    flat = planes[HEIGHT:].reshape(2, HEIGHT // 2, WIDTH // 2)
    flat[:, : BIT // 2, : 2 * BITS * BIT // 2] = _BETWEEN
    return jpeg(planes)


def number_in(luma: npt.NDArray[np.uint8]) -> int | None:
    """The number burned into a picture of the full size, by the middles of its squares; None where there is none."""
    squares = luma[:BIT, : 2 * BITS * BIT].reshape(BIT, 2 * BITS, BIT)
    inner = slice(BIT // 4, BIT * 3 // 4)
    bits = squares[inner, :, inner].mean(axis=(0, 2)) > _BETWEEN
    if (bits[:BITS] == bits[BITS:]).any():
        return None
    return int(np.packbits(bits[:BITS])[0])
