# SPDX-License-Identifier: Apache-2.0
"""The two JPEG decoders against each other; ``test_pixels.py`` holds both to the standard's own arithmetic."""

import logging
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from device.errors import CameraError
from device.video import Format, Raw
from device.video.pixels import Unpacker, frame_of
from device.video.stills import encode
from device.video.turbo import Turbo
from virtual.cameras.card import Card

Planes = npt.NDArray[np.uint8]


def card(width: int, height: int, layout: str = "yuv420p") -> bytes:
    frame = frame_of(Card().draw(0.3, (width, height)))
    return encode(frame if layout == "yuv420p" else frame.reformat(format=layout), 2)


def by_ffmpeg(data: bytes) -> Planes:
    return Unpacker(Turbo("libmissing.so.0")).i420(Raw(Format.MJPEG, 0, 0, data))


@pytest.mark.parametrize("layout", ["yuv420p", "yuv422p"])
@pytest.mark.parametrize(("width", "height"), [(160, 120), (162, 118), (1280, 720)])
def test_both_decoders_give_the_same_picture(width: int, height: int, layout: str) -> None:
    data = card(width, height, layout)
    ours, theirs = Turbo().decode(data), by_ffmpeg(data)
    assert ours is not None, "libturbojpeg0 is on this machine"
    assert ours.shape == theirs.shape == (height * 3 // 2, width)
    off = np.abs(ours.astype(int) - theirs.astype(int))
    assert off[:height].max() <= 3
    assert off[height:].mean() < 1


def cropped(data: bytes, width: int, height: int) -> bytes:
    """The JPEG with other sides in its frame header (SOF0), as a sensor with odd ones has them."""
    place = data.index(b"\xff\xc0") + 5
    return data[:place] + height.to_bytes(2) + width.to_bytes(2) + data[place + 4 :]


@pytest.mark.parametrize("layout", ["yuv420p", "yuv422p"])
def test_last_odd_row_and_column_are_dropped(layout: str) -> None:
    data = card(160, 112, layout)
    whole, odd = Turbo().decode(data), Turbo().decode(cropped(data, 159, 111))
    assert whole is not None
    assert odd is not None
    assert odd.shape == (165, 158)
    assert np.array_equal(odd[:110], whole[:110, :158])


def test_one_decoder_takes_sizes_as_they_come() -> None:
    turbo = Turbo()
    for width, height in ((160, 120), (320, 240), (160, 120)):
        got = turbo.decode(card(width, height))
        assert got is not None
        assert got.shape == (height * 3 // 2, width)


def test_rarer_samplings_are_left_to_ffmpeg() -> None:
    import cv2  # noqa: PLC0415 - an encoder of another make, for a JPEG without colours

    _, coded = cv2.imencode(".jpg", np.full((48, 64), 90, np.uint8))
    data = coded.tobytes()
    assert Turbo().decode(data) is None
    picture = Unpacker().i420(Raw(Format.MJPEG, 64, 48, data))
    assert picture.shape == (72, 64)
    assert abs(float(picture[:48].mean()) - (16 + 90 * 219 / 255)) < 1


def test_header_that_asks_for_more_memory_than_any_sensor_is_refused() -> None:
    with pytest.raises(CameraError, match="60000x60000") as caught:
        Turbo().decode(cropped(card(160, 120), 60000, 60000))
    assert caught.value.code == "CAM-05"


def torn(data: bytes) -> bytes:
    return data[:2] + b"\xff\xc4\x00\x1f\x00" + b"\xff" * 28 + data[2:]


@pytest.mark.parametrize("spoil", [torn, lambda _: b""])
def test_decoder_goes_on_after_a_frame_that_it_cannot_read(spoil: Callable[[bytes], bytes]) -> None:
    turbo, whole = Turbo(), card(160, 120)
    with pytest.raises(CameraError) as caught:
        turbo.decode(spoil(whole))
    assert caught.value.code == "CAM-05"
    assert turbo.decode(whole) is not None


def test_machine_without_the_library_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "device.video.turbo"):
        for _ in range(2):
            assert Turbo("libnowhere.so.9").decode(card(160, 120)) is None
    assert len(caplog.records) == 1
