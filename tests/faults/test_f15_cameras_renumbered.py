# SPDX-License-Identifier: Apache-2.0
"""f15: cameras renumbered, two identical cameras: each keeps its role, or is refused by name; none takes another's."""

from pathlib import Path

import pytest

from device.errors import CameraError
from device.video.v4l2 import find
from tests.device.video.kernel import Bus

LEFT, RIGHT = "1.1", "1.2"


@pytest.fixture
def bus(tmp_path: Path) -> Bus:
    return Bus(tmp_path)


def row(bus: Bus, socket: str) -> str:
    return str(bus.by_path / f"*-usb-0:{socket}:1.0-video-index0")


def test_f15_twins_keep_their_roles_by_their_sockets_in_whatever_order_they_come(bus: Bus) -> None:
    otoscope, dermatoscope = bus.plug(LEFT), bus.plug(RIGHT)
    assert find(row(bus, LEFT), bus.sys).resolve() == otoscope
    assert find(row(bus, RIGHT), bus.sys).resolve() == dermatoscope
    bus.unplug(LEFT)
    bus.unplug(RIGHT)
    dermatoscope, otoscope = bus.plug(RIGHT), bus.plug(LEFT)
    assert dermatoscope.name < otoscope.name, "the numbers changed hands"
    assert find(row(bus, LEFT), bus.sys).resolve() == otoscope
    assert find(row(bus, RIGHT), bus.sys).resolve() == dermatoscope


def test_f15_twin_left_alone_does_not_take_the_others_role(bus: Bus) -> None:
    bus.plug(LEFT)
    dermatoscope = bus.plug(RIGHT)
    bus.unplug(LEFT)
    with pytest.raises(CameraError) as caught:
        find(row(bus, LEFT), bus.sys)
    assert caught.value.code == "CAM-01"
    assert find(row(bus, RIGHT), bus.sys).resolve() == dermatoscope


def test_f15_name_by_id_that_twins_share_is_refused_with_what_to_do(bus: Bus) -> None:
    """udev keeps one by-id name for twins without serial numbers, of whichever came last: it must not be trusted."""
    name = str(bus.by_id / "usb-Maker_Scope-video-index0")
    bus.plug(LEFT)
    assert find(name, bus.sys).name == "usb-Maker_Scope-video-index0"
    bus.plug(RIGHT)
    with pytest.raises(CameraError, match=r"1-1\.1.*by-path") as caught:
        find(name, bus.sys)
    assert caught.value.code == "CAM-04"


def test_f15_units_with_serial_numbers_keep_their_roles_in_any_socket(bus: Bus) -> None:
    bus.plug(LEFT, serial="SN1")
    bus.plug(RIGHT, serial="SN2")
    bus.unplug(LEFT)
    bus.unplug(RIGHT)
    second, first = bus.plug(LEFT, serial="SN2"), bus.plug(RIGHT, serial="SN1")
    assert find(str(bus.by_id / "usb-Maker_Scope_SN1-video-index0"), bus.sys).resolve() == first
    assert find(str(bus.by_id / "usb-Maker_Scope_SN2-video-index0"), bus.sys).resolve() == second


def test_f15_pattern_that_two_units_match_is_refused_and_both_are_named(bus: Bus) -> None:
    bus.plug(LEFT, serial="SN1")
    bus.plug(RIGHT, serial="SN2")
    with pytest.raises(CameraError, match=r"SN1.*SN2") as caught:
        find(str(bus.by_id / "usb-Maker_Scope_*-video-index0"), bus.sys)
    assert caught.value.code == "CAM-04"
