# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

from device.video.usb import buttons_of, speed_of, twins_of, unit_of
from tests.device.video.kernel import Bus


def test_unit_and_its_speed_are_found_from_any_name_of_a_node(tmp_path: Path) -> None:
    bus = Bus(tmp_path)
    node = bus.plug("1.3", serial="SN1", speed="5000")
    by_id = bus.by_id / "usb-Maker_Scope_SN1-video-index0"
    assert unit_of(node, bus.sys) == unit_of(by_id, bus.sys) == bus.sys / "devices/usb1/1-1.3"
    assert speed_of(by_id, bus.sys) == 5000


def test_camera_elsewhere_than_on_the_usb_has_neither_unit_nor_twins_and_no_slow_port(tmp_path: Path) -> None:
    bus = Bus(tmp_path)
    (bus.sys / "devices/platform/vivid.0").mkdir(parents=True)
    described = bus.sys / "class/video4linux/video7"
    described.mkdir()
    (described / "device").symlink_to(bus.sys / "devices/platform/vivid.0")
    node = bus.dev / "video7"
    assert unit_of(node, bus.sys) is None
    assert (speed_of(node, bus.sys), twins_of(node, bus.sys), buttons_of(node, bus.sys)) == (5000, (), ())
    assert (unit_of(bus.dev / "video8", bus.sys), buttons_of(bus.dev / "video8", bus.sys)) == (None, ())


def test_low_speed_is_no_whole_number(tmp_path: Path) -> None:
    bus = Bus(tmp_path)
    assert speed_of(bus.plug("1.1", speed="1.5"), bus.sys) == 1
    assert speed_of(bus.plug("1.2", speed="unknown"), bus.sys) == 480


def test_twins_are_units_that_nothing_tells_apart(tmp_path: Path) -> None:
    bus = Bus(tmp_path)
    node = bus.plug("1.1")
    bus.plug("1.2", maker="Other_Scope")
    assert twins_of(node, bus.sys) == ()
    bus.plug("1.4")
    assert twins_of(node, bus.sys) == ("1-1.4",)
    numbered = bus.plug("2.1", serial="A")
    bus.plug("2.2", serial="B")
    assert twins_of(numbered, bus.sys) == ()


def test_button_is_that_of_the_cameras_own_interface(tmp_path: Path) -> None:
    bus = Bus(tmp_path)
    silent, handy = bus.plug("1.1"), bus.plug("1.2", button=True)
    other = bus.plug("1.3", button=True)
    assert buttons_of(silent, bus.sys) == ()
    assert buttons_of(handy, bus.sys) == ("event4",)
    assert buttons_of(other, bus.sys) == ("event5",)
