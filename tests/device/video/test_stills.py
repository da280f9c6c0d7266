# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime

import numpy as np
import pytest

from device.clock import Instant
from device.errors import CameraError
from device.video import Format, Raw, encode
from device.video.pixels import Unpacker, frame_of
from device.video.stills import still_of
from virtual.cameras.card import Card

NOW = Instant(datetime(2026, 1, 2, tzinfo=UTC), 12.0, trusted=True)


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(1e-9, np.mean((one.astype(float) - other.astype(float)) ** 2))))


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


def test_yuyv_becomes_one_fine_jpeg_in_its_own_sampling() -> None:
    data = np.empty((96, 128, 2), np.uint8)
    data[..., 0] = 40 + smooth(96, 128) // 2
    data[..., 1] = 90 + smooth(96, 128) // 4
    raw = Raw(Format.YUYV, 128, 96, data.tobytes())
    picture = Unpacker().i420(raw)
    still = still_of(raw, picture, NOW)
    again = Unpacker().i420(Raw(Format.MJPEG, 128, 96, still.data))
    assert (still.media_type, still.width, still.height) == ("image/jpeg", 128, 96)
    assert psnr(again[:96], picture[:96]) > 44
    assert psnr(again[96:], picture[96:]) > 40
    header = still.data[still.data.index(b"\xff\xc0") :]
    assert (header[11], header[14]) == (0x22, 0x12), "twice the luma across, as much down: 4:2:2, as the sensor's"


@pytest.mark.parametrize("layout", [Format.NV12, Format.I420])
def test_planar_frames_become_one_fine_jpeg(layout: Format) -> None:
    planar = np.concatenate([40 + smooth(96, 128) // 2, 90 + smooth(48, 128) // 4])
    raw = Raw(layout, 128, 96, planar.tobytes())
    picture = Unpacker().i420(raw)
    again = Unpacker().i420(Raw(Format.MJPEG, 128, 96, still_of(raw, picture, NOW).data))
    assert psnr(again[:96], picture[:96]) > 44


def test_frame_that_cannot_be_read_never_becomes_a_still() -> None:
    with pytest.raises(CameraError):
        Unpacker().i420(Raw(Format.MJPEG, 128, 96, b"\xff\xd8\xff"))
