# SPDX-License-Identifier: Apache-2.0
from pathlib import Path
from typing import get_args

import pytest

from device.camera import Role
from device.clock import SystemClock
from device.codes import Site
from device.errors import ConfigurationError
from device.video import Cameras, load_rows
from device.video.rows import SITES
from virtual.cameras import GENERATORS

SHIPPED = Path("config/cameras.toml")
GOOD = """
[[camera]]
id = "room"
label = "Salle"
role = "room"
match = "/dev/v4l/by-id/usb-*-video-index0"
size = [1280, 720]
rate = 30.0
sites = ["room", "face"]
"""


def load(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cameras.toml"
    path.write_text(text, "utf-8")
    load_rows(path)


def test_shipped_file_has_a_room_and_an_otoscope() -> None:
    rows = {row.id: row for row in load_rows(SHIPPED)}
    assert [row.label for row in rows.values()] == ["Salle", "Otoscope"]
    assert set(rows["otoscope"].sites) == {Site.LEFT_EAR, Site.RIGHT_EAR}
    assert rows["otoscope"].still == (1600, 1200)


def test_row_is_read(tmp_path: Path) -> None:
    load(tmp_path, GOOD)


@pytest.mark.parametrize("role", get_args(Role))
def test_row_may_leave_all_to_the_cart_and_its_captures_still_have_sites(tmp_path: Path, role: Role) -> None:
    path = tmp_path / "cameras.toml"
    path.write_text(
        f'[[camera]]\nid = "one"\nlabel = "Une"\nrole = "{role}"\nmatch = "/dev/v4l/by-id/usb-*-video-index0"\n',
        "utf-8",
    )
    (row,) = load_rows(path)
    assert (row.size, row.rate, row.format, row.still) == (None, None, None, None)
    assert row.sites == SITES[role]
    assert len(set(row.sites)) == len(row.sites) > 1, "a side or a site is asked for"


def test_sites_of_each_role_are_its_own() -> None:
    assert set(SITES["otoscope"]) == {Site.LEFT_EAR, Site.RIGHT_EAR}
    assert {Site.UPPER_TEETH, Site.LOWER_TEETH, Site.TONGUE} <= set(SITES["intra-oral"])
    assert {Site.SACRUM, Site.HEEL} <= set(SITES["dermatoscope"]), "where residents' skin fails first"
    assert Site.BLADDER in SITES["ultrasound"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"room"\nlabel', '"the room"\nlabel', "id"),
        ('label = "Salle"\n', "", "label"),
        ('role = "room"', 'role = "kitchen"', "kitchen"),
        ('"/dev/v4l/by-id/usb-*-video-index0"', '"/dev/video0"', "match"),
        ("[1280, 720]", "[1280]", "size"),
        ("[1280, 720]", "[1281, 720]", "size"),
        ("30.0", "0", "rate"),
        ("30.0", '"fast"', "rate"),
        ('"face"', '"soul"', "soul"),
        ("rate", "speed", "speed"),
        ("[[camera]]", "[camera]", "no [[camera]] row"),
        ("[[camera]]", "[[cameras]]", "unknown: cameras"),
        ("[[camera]]", "[[camera]", "line 2"),
    ],
)
def test_bad_row_is_named_with_its_reason(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, GOOD.replace(old, new, 1))
    assert str(tmp_path / "cameras.toml") in str(caught.value)
    assert said in str(caught.value)
    assert caught.value.code == "CFG-20"


def test_second_bad_row_is_the_one_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"camera 2 \(ear\).*rate"):
        load(tmp_path, GOOD + GOOD.replace('"room"', '"ear"', 1).replace("30.0", "-1"))


def test_two_rows_may_not_share_an_id_or_a_device(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="second row of that id"):
        load(tmp_path, GOOD + GOOD.replace("index0", "index2"))
    with pytest.raises(ConfigurationError, match="as room does"):
        load(tmp_path, GOOD + GOOD.replace('id = "room"', 'id = "ear"'))


def test_missing_file_and_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cameras\.toml"):
        load_rows(tmp_path / "cameras.toml")
    (tmp_path / "cameras.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match=r"cameras\.toml"):
        load_rows(tmp_path / "cameras.toml")


async def test_cameras_are_found_by_id_and_one_is_chosen(tmp_path: Path) -> None:
    cameras = Cameras.load(SHIPPED, tmp_path, SystemClock(), lambda _: None, GENERATORS)
    assert [camera.id for camera in cameras] == ["room", "otoscope"]
    assert "room" in cameras
    assert "tail" not in cameras
    assert cameras.choose("room").chosen
    assert cameras.choose("otoscope").chosen
    assert not cameras["room"].chosen
    with pytest.raises(KeyError):
        cameras.choose("tail")
    assert cameras["otoscope"].chosen


async def test_virtual_camera_that_does_not_exist_is_named(tmp_path: Path) -> None:
    path = tmp_path / "cameras.toml"
    path.write_text(GOOD.replace("/dev/v4l/by-id/usb-*-video-index0", "virtual:ward"), "utf-8")
    with pytest.raises(ConfigurationError, match=r"camera room: no virtual camera ward \(there are: otoscope, room\)"):
        Cameras.load(path, tmp_path, SystemClock(), lambda _: None, GENERATORS)
