# SPDX-License-Identifier: Apache-2.0
"""What a driver answers, and which of it is chosen. The answers' bytes are those of ``linux/videodev2.h``."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import CameraError
from device.video import Format
from device.video.choice import BYTES, COST, Wish, still, stream
from device.video.modes import Mode, modes_of
from tests.device.video.kernel import METADATA, Driver, Ranges

THIRTY, FIFTEEN, TEN, FIVE = (1, 30), (1, 15), (1, 10), (1, 5)
WEBCAM = {
    b"YUYV": {(640, 480): [THIRTY, FIFTEEN], (1280, 720): [TEN, FIVE], (1920, 1080): [FIVE]},
    b"MJPG": {(640, 480): [THIRTY], (1280, 720): [THIRTY, FIFTEEN], (1920, 1080): [THIRTY]},
    b"H264": {(1920, 1080): [THIRTY]},
}
"""As a common webcam on a High Speed port offers them."""
MJPEG, YUYV, NV12 = Format.MJPEG, Format.YUYV, Format.NV12


@pytest.fixture
def node(tmp_path: Path) -> Path:
    made = tmp_path / "video0"
    made.touch()
    return made


def test_all_that_a_driver_offers_is_read_but_formats_that_we_cannot(node: Path) -> None:
    modes = modes_of(node, Driver(WEBCAM))
    assert modes[0] == Mode(YUYV, 640, 480, 30.0)
    assert Mode(MJPEG, 1920, 1080, 30.0) in modes
    assert {mode.format for mode in modes} == {MJPEG, YUYV}
    assert len(modes) == 9
    assert str(modes[0]) == "YUYV 640x480 at 30/s"


def test_ranges_are_read_at_their_usual_values(node: Path) -> None:
    modes = modes_of(node, Ranges({b"NV12": {}}))
    assert Mode(NV12, 1600, 1200, 10.0) in modes
    assert Mode(NV12, 640, 480, 25.0) in modes
    assert not [mode for mode in modes if mode.width > 1600 or mode.rate > 25 or mode.rate < 8]
    assert (1024, 768) in {(mode.width, mode.height) for mode in modes}


def test_what_is_no_video_device_offers_nothing(node: Path) -> None:
    assert modes_of(node) == ()


def test_metadata_node_of_a_uvc_camera_is_refused_and_the_right_one_named(node: Path) -> None:
    with pytest.raises(CameraError, match="-video-index0") as caught:
        modes_of(node, Driver(WEBCAM, METADATA))
    assert caught.value.code == "CAM-04"


def test_device_that_goes_away_is_absent(node: Path, tmp_path: Path) -> None:
    driver = Driver(WEBCAM)
    driver.gone = True
    for call in (lambda: modes_of(node, driver), lambda: modes_of(tmp_path / "video9")):
        with pytest.raises(CameraError) as caught:
            call()
        assert caught.value.code == "CAM-01"


def test_driver_that_never_ends_is_not_asked_for_ever(node: Path) -> None:
    class Endless(Driver):
        def _interval(self, answer: bytearray) -> None:
            answer[0:4] = bytes(4)
            super()._interval(answer)

    driver = Endless({b"MJPG": {(640, 480): [THIRTY]}})
    assert modes_of(node, driver) == (Mode(MJPEG, 640, 480, 30.0),)
    assert driver.questions < 200


def test_driver_that_fails_otherwise_is_as_one_that_has_no_more(node: Path) -> None:
    def broken(_: int, __: int, ___: bytearray) -> int:
        raise OSError(errno.EIO, "Input/output error")

    assert modes_of(node, broken) == ()


def offered(driver: Driver, tmp_path: Path) -> tuple[Mode, ...]:
    node = tmp_path / "video0"
    node.touch()
    return modes_of(node, driver)


def test_webcam_streams_720p_as_jpeg_for_its_raw_is_slow(tmp_path: Path) -> None:
    modes = offered(Driver(WEBCAM), tmp_path)
    assert stream(modes, Wish()) == Mode(MJPEG, 1280, 720, 30.0)


def test_fast_port_lets_the_cheaper_raw_format_through() -> None:
    modes = [Mode(kind, 1280, 720, 30.0) for kind in (MJPEG, YUYV, NV12)]
    assert stream(modes, Wish(), speed=5000) == Mode(NV12, 1280, 720, 30.0)
    assert stream(modes[:2], Wish(), speed=5000) == Mode(YUYV, 1280, 720, 30.0)
    assert stream(modes, Wish(), speed=480) == Mode(MJPEG, 1280, 720, 30.0)


def test_small_raw_picture_that_fits_the_bus_is_cheaper_than_a_jpeg() -> None:
    modes = [Mode(MJPEG, 640, 480, 15.0), Mode(YUYV, 640, 480, 15.0)]
    assert stream(modes, Wish(size=(640, 480), rate=15.0)) == modes[1]


def test_raw_only_scope_is_slowed_rather_than_shrunk_to_nothing_or_taking_the_whole_bus() -> None:
    modes = [
        Mode(YUYV, 640, 480, 30.0),
        Mode(YUYV, 640, 480, 15.0),
        Mode(YUYV, 320, 240, 30.0),
        Mode(YUYV, 1600, 1200, 5.0),
    ]
    assert stream(modes, Wish()) == modes[1]
    assert still(modes, Wish(), modes[1]) == modes[3]


def test_row_forces_format_size_and_rate(tmp_path: Path) -> None:
    modes = offered(Driver(WEBCAM), tmp_path)
    assert stream(modes, Wish(YUYV, (1280, 720), 10.0)) == Mode(YUYV, 1280, 720, 10.0)
    assert stream(modes, Wish(size=(1920, 1080))) == Mode(MJPEG, 1920, 1080, 30.0)
    assert stream(modes, Wish(rate=15.0)) == Mode(MJPEG, 1280, 720, 15.0)
    assert stream(modes, Wish(NV12)) is None


def test_size_that_the_device_has_not_got_becomes_the_nearest_larger_one(tmp_path: Path) -> None:
    modes = offered(Driver(WEBCAM), tmp_path)
    assert stream(modes, Wish(size=(1024, 576))) == Mode(MJPEG, 1280, 720, 30.0)


def test_stills_are_the_largest_and_the_sensors_own_jpeg(tmp_path: Path) -> None:
    modes = offered(Driver(WEBCAM), tmp_path)
    streaming = Mode(MJPEG, 1280, 720, 30.0)
    assert still(modes, Wish(), streaming) == Mode(MJPEG, 1920, 1080, 30.0)
    assert still(modes, Wish(size=(1280, 720)), streaming) == streaming
    slower = Mode(MJPEG, 1280, 720, 15.0)
    assert still(modes, Wish(size=(1280, 720)), slower) == slower, "no stop of the stream for nothing"
    assert still(modes, Wish(YUYV), streaming) == Mode(YUYV, 1920, 1080, 5.0)
    assert still([streaming], Wish(), streaming) == streaming
    assert still([], Wish(), streaming) == streaming


def test_every_format_has_its_cost_and_its_weight() -> None:
    assert set(COST) == set(BYTES) == set(Format)


MODES = st.builds(
    Mode, st.sampled_from(Format), st.integers(16, 4000), st.integers(16, 4000), st.floats(1, 120, allow_nan=False)
)
SIZES = st.none() | st.tuples(st.integers(16, 4000), st.integers(16, 4000))


@given(
    st.lists(MODES),
    st.none() | st.sampled_from(Format),
    SIZES,
    st.none() | st.floats(1, 120),
    st.sampled_from([12, 480, 5000]),
)
def test_choice_is_always_one_of_the_offers_and_of_the_wished_format(
    modes: list[Mode], kind: Format | None, size: tuple[int, int] | None, rate: float | None, speed: int
) -> None:
    chosen = stream(modes, Wish(kind, size, rate), speed)
    candidates = [mode for mode in modes if kind in (None, mode.format)]
    assert (chosen in candidates) if candidates else chosen is None
    if chosen is not None:
        taken = still(modes, Wish(kind), chosen)
        assert taken.width * taken.height == max(mode.width * mode.height for mode in candidates)


def test_node_that_nobody_answers_at_does_not_hold_us(tmp_path: Path) -> None:
    """Opening a FIFO for reading waits for ever, but not the way that a device is opened."""
    os.mkfifo(tmp_path / "video0")
    assert modes_of(tmp_path / "video0") == ()
