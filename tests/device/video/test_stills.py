# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime

import cv2
import numpy as np
import pytest

from device.clock import Instant
from device.errors import CameraError
from device.video import Format, Raw, encode
from device.video.pixels import Unpacker, frame_of
from device.video.stills import still_of
from virtual.cameras.card import Card

NOW = Instant(datetime(2026, 1, 2, tzinfo=UTC), 12.0, trusted=True)


def smooth(height: int, width: int) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width]
    return (126 + 80 * np.sin(x / 15) * np.cos(y / 11)).astype(np.uint8)


def without_tables(data: bytes) -> bytes:
    """A JPEG without its DHT segments, as UVC allows."""
    kept, place = data[:2], 2
    while data[place + 1] != 0xDA:
        end = place + 2 + int.from_bytes(data[place + 2 : place + 4])
        kept += b"" if data[place + 1] == 0xC4 else data[place:end]
        place = end
    return kept + data[place:]


def test_jpeg_is_kept_byte_for_byte() -> None:
    data = encode(frame_of(Card().draw(0.3, (160, 120))), 4) + bytes(11)
    raw = Raw(Format.MJPEG, 160, 120, data)
    still = still_of(raw, Unpacker().i420(raw), NOW)
    assert still == (data, "image/jpeg", 160, 120, NOW)


def test_jpeg_without_huffman_tables_gets_the_standard_ones_and_the_same_pixels() -> None:
    bare = without_tables(encode(frame_of(Card().draw(0.3, (160, 120))), 2, huffman="default"))
    assert b"\xff\xc4" not in bare
    raw = Raw(Format.MJPEG, 160, 120, bare)
    picture = Unpacker().i420(raw)
    still = still_of(raw, picture, NOW)
    assert b"\xff\xc4" in still.data
    scan = bare[bare.index(b"\xff\xda") :]
    assert still.data.endswith(scan)
    assert np.array_equal(Unpacker().i420(Raw(Format.MJPEG, 160, 120, still.data)), picture)


def unpacked(png: bytes) -> np.ndarray:
    """YCbCr of a PNG, 4:4:4, limited range, BT.601, by its definition in floating point."""
    b, g, r = np.moveaxis(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR).astype(float), -1, 0)
    y = 16 + (65.481 * r + 128.553 * g + 24.966 * b) / 255
    u = 128 + (-37.797 * r - 74.203 * g + 112.0 * b) / 255
    v = 128 + (112.0 * r - 93.786 * g - 18.214 * b) / 255
    return np.stack([y, u, v])


@pytest.mark.parametrize(("width", "height", "padding"), [(128, 96, 0), (128, 96, 24), (127, 95, 0)])
def test_yuyv_is_kept_without_loss(width: int, height: int, padding: int) -> None:
    pairs = (width + 1) // 2 * 2
    data = np.zeros((height, pairs * 2 + padding), np.uint8)
    data[:, : pairs * 2 : 2] = 60 + smooth(height, pairs) // 2
    data[:, 1 : pairs * 2 : 2] = 110 + smooth(height, pairs) // 8
    raw = Raw(Format.YUYV, width, height, data.tobytes(), data.shape[1] if padding else 0)
    still = still_of(raw, Unpacker().i420(raw), NOW)
    even = width & ~1, height & ~1
    assert (still.media_type, still.width, still.height) == ("image/png", *even)
    y, u, v = unpacked(still.data)
    kept = data[: even[1], : even[0] * 2]
    assert np.abs(y - kept[:, ::2]).max() < 1.5
    for plane, offset in ((u, 1), (v, 3)):
        assert np.abs(plane[:, ::2] - kept[:, offset::4]).max() < 1.5
        assert np.abs(plane[:, 1::2] - kept[:, offset::4]).max() < 1.5


@pytest.mark.parametrize("layout", [Format.NV12, Format.I420])
def test_planar_frames_are_kept_without_loss(layout: Format) -> None:
    planar = np.concatenate([60 + smooth(96, 128) // 2, 110 + smooth(48, 128) // 8])
    raw = Raw(layout, 128, 96, planar.tobytes())
    picture = Unpacker().i420(raw)
    still = still_of(raw, picture, NOW)
    y, u, v = unpacked(still.data)
    assert np.abs(y - picture[:96]).max() < 1.5
    for plane, kept in zip((u, v), picture[96:].reshape(2, 48, 64), strict=True):
        assert np.abs(plane[::2, ::2] - kept).max() < 1.5


def test_frame_that_cannot_be_read_never_becomes_a_still() -> None:
    with pytest.raises(CameraError):
        Unpacker().i420(Raw(Format.MJPEG, 128, 96, b"\xff\xd8\xff"))
