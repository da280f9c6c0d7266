# SPDX-License-Identifier: Apache-2.0
"""The V4L2 source over a scripted ``VideoCapture`` that behaves as OpenCV's does over the kernel's vivid driver."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from device.codes import Site
from device.errors import CameraError
from device.video import CameraRow, Format
from device.video.modes import modes_of
from device.video.v4l2 import FAILURES, SETTLING, V4l2Source, find
from tests.device.video.kernel import Driver as Kernel


class Driver:
    """A ``VideoCapture`` for every opening, all of one device. ``isOpened`` stays true after an unplug, as OpenCV's."""

    def __init__(self) -> None:
        self.opened: list[tuple[str, int]] = []
        self.sizes: list[tuple[int, int]] = []
        self.released = 0
        self.reads: list[tuple[bool, Any]] = []
        self.accepts = True
        self.forces: int | None = None

    def __call__(self, name: str, api: int) -> "Opened":
        self.opened.append((name, api))
        return Opened(self)


class Opened:
    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.properties: dict[int, float] = {}

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        return self.driver.accepts

    def set(self, name: int, value: float) -> bool:
        self.properties[name] = value
        return True

    def get(self, name: int) -> float:
        if name == cv2.CAP_PROP_FOURCC and self.driver.forces is not None:
            return self.driver.forces
        return self.properties[name]

    def read(self) -> tuple[bool, Any]:
        size = int(self.get(cv2.CAP_PROP_FRAME_WIDTH)), int(self.get(cv2.CAP_PROP_FRAME_HEIGHT))
        self.driver.sizes.append(size)
        if self.driver.reads:
            return self.driver.reads.pop(0)
        return True, np.frombuffer(b"\xff\xd8%dx%d\xff\xd9" % size, np.uint8)[None]

    def release(self) -> None:
        self.driver.released += 1


@pytest.fixture
def plugged(tmp_path: Path) -> Path:
    node = tmp_path / "video7"
    node.touch()
    name = tmp_path / "usb-Otoscope_123-video-index0"
    name.symlink_to(node)
    return name


@pytest.fixture
def make(plugged: Path) -> Callable[..., tuple[V4l2Source, Driver]]:
    def made(**changes: Any) -> tuple[V4l2Source, Driver]:
        fields: dict[str, Any] = {
            "id": "ear", "label": "Otoscope", "role": "otoscope",
            "match": str(plugged.with_name("usb-Otoscope_*-index0")),
            "size": (640, 480), "rate": 30.0, "sites": (Site.LEFT_EAR,),
        }  # fmt: skip
        driver = Driver()
        return V4l2Source(CameraRow(**fields | changes), driver), driver

    return made


def test_opened_by_its_name_raw_and_through_v4l2(make, plugged: Path) -> None:
    source, driver = make()
    source.open()
    assert driver.opened == [(str(plugged), cv2.CAP_V4L2)]
    assert source._capture.properties[cv2.CAP_PROP_CONVERT_RGB] == 0
    raw = source.read()
    assert raw == (Format.MJPEG, 640, 480, b"\xff\xd8640x480\xff\xd9", 0)
    source.close()
    source.close()
    assert driver.released == 1


def test_unplugged_camera_is_absent_though_opencv_says_it_is_open(make, plugged: Path) -> None:
    source, driver = make()
    source.open()
    driver.reads = [(False, None)]
    plugged.unlink()
    with pytest.raises(CameraError) as caught:
        source.read()
    assert caught.value.code == "CAM-01"
    with pytest.raises(CameraError) as caught:
        source.open()
    assert caught.value.code == "CAM-01"


def test_failed_reads_are_counted(make) -> None:
    source, driver = make()
    source.open()
    driver.reads = [(False, None)] * (FAILURES - 1)
    assert [source.read() for _ in range(FAILURES - 1)] == [None] * (FAILURES - 1)
    assert source.read() is not None
    driver.reads = [(False, None)] * FAILURES
    with pytest.raises(CameraError) as caught:
        [source.read() for _ in range(FAILURES)]
    assert caught.value.code == "CAM-02"


def test_camera_that_does_not_open_or_gives_another_format_is_unusable(make) -> None:
    source, driver = make()
    driver.accepts = False
    with pytest.raises(CameraError) as caught:
        source.open()
    assert caught.value.code == "CAM-04"
    driver.accepts, driver.forces = True, cv2.VideoWriter.fourcc(*"YUYV")
    with pytest.raises(CameraError, match="YUYV") as caught:
        source.open()
    assert caught.value.code == "CAM-04"
    assert driver.released == 2


def test_still_of_the_streams_size_is_the_next_frame(make) -> None:
    source, driver = make()
    source.open()
    assert source.still().data == b"\xff\xd8640x480\xff\xd9"
    assert len(driver.opened) == 1


def test_larger_still_switches_settles_and_switches_back(make) -> None:
    source, driver = make(still=(1600, 1200))
    source.open()
    still = source.still()
    assert (still.width, still.height, still.data) == (1600, 1200, b"\xff\xd81600x1200\xff\xd9")
    assert driver.sizes == [(1600, 1200)] * (SETTLING + 1)
    assert source.read().data == b"\xff\xd8640x480\xff\xd9"


def test_stream_comes_back_after_a_still_that_failed(make) -> None:
    source, driver = make(still=(1600, 1200))
    source.open()
    driver.reads = [(False, None)] * FAILURES
    with pytest.raises(CameraError):
        source.still()
    assert source.read().data == b"\xff\xd8640x480\xff\xd9"


def test_renumbered_camera_is_found_by_its_name(make, plugged: Path, tmp_path: Path) -> None:
    source, driver = make()
    source.open()
    source.close()
    (tmp_path / "video9").touch()
    plugged.unlink()
    plugged.symlink_to(tmp_path / "video9")
    source.open()
    assert driver.opened[1][0] == str(plugged)


def test_two_devices_for_one_row_are_refused_and_named(tmp_path: Path) -> None:
    for number in (0, 1):
        (tmp_path / f"video{number}").touch()
        (tmp_path / f"usb-Twin_{number}-index0").symlink_to(tmp_path / f"video{number}")
    with pytest.raises(CameraError, match=r"Twin_0.*Twin_1") as caught:
        find(str(tmp_path / "usb-Twin_*-index0"))
    assert caught.value.code == "CAM-04"


def test_two_names_of_one_device_are_one(tmp_path: Path) -> None:
    (tmp_path / "video0").touch()
    for name in ("usb-One_a-index0", "usb-One_b-index0"):
        (tmp_path / name).symlink_to(tmp_path / "video0")
    assert find(str(tmp_path / "usb-One_*-index0")).name == "usb-One_a-index0"


def test_real_opencv_refuses_what_is_no_camera(plugged: Path) -> None:
    row = CameraRow(
        id="ear", label="O", role="otoscope", match=str(plugged), size=(640, 480), rate=30.0, sites=(Site.LEFT_EAR,)
    )
    with pytest.raises(CameraError) as caught:
        V4l2Source(row).open()
    assert caught.value.code == "CAM-04"


WEBCAM = {
    b"YUYV": {(640, 480): [(1, 30)], (1280, 720): [(1, 10)]},
    b"MJPG": {(1280, 720): [(1, 30)], (1920, 1080): [(1, 30)]},
}


def of_webcam(source: V4l2Source) -> V4l2Source:
    source._modes = lambda node: modes_of(node, Kernel(WEBCAM))
    return source


def test_row_that_says_nothing_streams_in_the_cheapest_mode_and_stills_are_the_sensors_largest(make) -> None:
    source, driver = make(size=None, rate=None)
    of_webcam(source).open()
    assert source._capture.properties[cv2.CAP_PROP_FPS] == 30
    assert source.read() == (Format.MJPEG, 1280, 720, b"\xff\xd81280x720\xff\xd9", 0)
    still = source.still()
    assert (still.width, still.height) == (1920, 1080)
    assert source.read().width == 1280
    assert len(driver.opened) == 3


def test_row_forces_its_format_and_stills_stay_in_it(make) -> None:
    source, _ = make(size=None, rate=None, format="YUYV")
    of_webcam(source).open()
    assert source.read().format is Format.YUYV
    assert (source._stream.width, source._still.width) == (640, 1280)


def test_format_that_the_device_has_not_got_is_unusable_and_the_others_are_named(make) -> None:
    source, driver = make(format="NV12")
    with pytest.raises(CameraError, match=r"no NV12, only MJPG, YUYV") as caught:
        of_webcam(source).open()
    assert caught.value.code == "CAM-04"
    assert driver.opened == []


def test_choice_is_logged_once_not_at_each_opening(make, caplog: pytest.LogCaptureFixture) -> None:
    source, _ = make(size=None)
    with caplog.at_level("INFO", "device.video.v4l2"):
        for _ in range(3):
            of_webcam(source).open()
    assert [record.getMessage() for record in caplog.records] == [
        "camera ear: MJPG 1280x720 at 30/s, stills MJPG 1920x1080 at 30/s"
    ]
