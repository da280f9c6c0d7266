# SPDX-License-Identifier: Apache-2.0
"""f17: the wrong scope selected: the label is its row's everywhere, and a capture names the camera it came from."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from device.attachments import Attachments
from device.clock import SystemClock
from device.codes import Site
from device.errors import Refusal
from device.station.eyes import Eyes
from device.video import Cameras, Format, Raw
from device.video.pixels import Unpacker
from virtual.cameras import VirtualCamera
from virtual.cameras.card import Card
from virtual.cameras.film import LazyFilm

ROWS = """
[[camera]]
id = "scope-1"
label = "Otoscope Ouest"
role = "otoscope"
match = "virtual:small"

[[camera]]
id = "scope-2"
label = "Dermatoscope"
role = "dermatoscope"
match = "virtual:large"
"""
SIZES = {"small": (160, 120), "large": (320, 240)}


@pytest.fixture
async def cameras(tmp_path: Path) -> AsyncIterator[Cameras]:
    (tmp_path / "cameras.toml").write_text(ROWS, "utf-8")
    sources = {name: VirtualCamera(LazyFilm(Card(), size, 30.0)) for name, size in SIZES.items()}
    generators = {name: lambda _, source=source: source for name, source in sources.items()}
    made = Cameras.load(tmp_path / "cameras.toml", tmp_path, SystemClock(trusted=True), lambda _: None, generators)
    made.start()
    for camera in made:
        await camera.next(0, 5)
    yield made
    made.stop()


@pytest.fixture
def kept(tmp_path: Path) -> Attachments:
    return Attachments(tmp_path / "captures")


async def test_f17_label_is_the_rows_wherever_the_camera_is_shown(cameras: Cameras, kept: Attachments) -> None:
    eyes = Eyes(cameras, kept)
    assert [(one.id, one.label, one.role) for one in eyes.states] == [
        ("scope-1", "Otoscope Ouest", "otoscope"),
        ("scope-2", "Dermatoscope", "dermatoscope"),
    ]


@pytest.mark.parametrize(
    ("chosen", "site", "label", "role", "size"),
    [
        ("scope-1", Site.LEFT_EAR, "Otoscope Ouest", "otoscope", SIZES["small"]),
        ("scope-2", Site.HEEL, "Dermatoscope", "dermatoscope", SIZES["large"]),
    ],
)
async def test_f17_capture_names_its_source_and_is_of_it(  # noqa: PLR0917 - one row a scope
    cameras: Cameras, kept: Attachments, chosen: str, site: Site, label: str, role: str, size: tuple[int, int]
) -> None:
    eyes = Eyes(cameras, kept)
    eyes.choose(chosen)
    taken = await eyes.capture(site, "operator")
    assert (taken.camera, taken.camera_label, taken.role, taken.site) == (chosen, label, role, site)
    data = kept.get(taken.sha256)
    picture = Unpacker().i420(Raw(Format.MJPEG, *size, data))
    assert (picture.shape[1], picture.shape[0] * 2 // 3) == size == (taken.width, taken.height)


async def test_f17_site_of_another_scope_is_refused_as_is_none(cameras: Cameras, kept: Attachments) -> None:
    eyes = Eyes(cameras, kept)
    eyes.choose("scope-2")
    with pytest.raises(Refusal) as caught:
        await eyes.capture(Site.LEFT_EAR, "operator")
    assert caught.value.code == "CMD-42"


async def test_f17_capture_asked_for_before_another_scope_was_chosen_is_of_the_first(
    cameras: Cameras, kept: Attachments
) -> None:
    eyes = Eyes(cameras, kept)
    asked = asyncio.create_task(eyes.capture(Site.LEFT_EAR, "practitioner"))
    await asyncio.sleep(0)
    eyes.choose("scope-2")
    taken = await asked
    assert (taken.camera, taken.width) == ("scope-1", SIZES["small"][0])
